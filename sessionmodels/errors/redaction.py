"""What may be said of URLs, passwords and tokens. Every message, log record, error and repr of this package goes through here."""

import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from sqlalchemy import URL

AnyError = TypeVar("AnyError", bound=BaseException)

MASK: Final = "***"
ENCODE: Final = (
    "special characters in its user and password must be percent-encoded: "
    "'@' as %40, '/' as %2F, ':' as %3A, '#' as %23, '?' as %3F, '%' as %25"
)
"""What to do with a URL that did not parse cleanly. No part of such a URL is printed: it may be one of the password."""

LONG: Final = 8
"""How long a secret is that is masked inside longer words, too; a short one is masked where it stands by itself."""

WORDS: Final = (
    r"password|passwd|pwd|passcode|passphrase|token|secret|signature|credential"
    r"|private_?key|api_?key|access_?key|account_?key|shared_?key"
)
_secret_key = re.compile(rf"{WORDS}|(^|[_.-])(key|sig|pass|auth)$", re.IGNORECASE)
_harmless_key = re.compile(r"(path|file|_in_password)$", re.IGNORECASE)  # where a key lies is no secret
# Their cost must be linear: a message may repeat an id of any length.
_url = re.compile(r"(?P<scheme>[A-Za-z][\w+.-]{0,30})://(?P<rest>\S*)(?P<more>[^\n]*)")
_named = re.compile(
    rf"""(?P<key>(?:{WORDS})[\w.-]{{0,30}})(?P<sign>["']?\s*=\s*|["']\s*:\s*)"""
    r"""(?P<value>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s,;)&"']+)""",
    re.IGNORECASE,
)
_login = re.compile(r"(?P<before>authorization\W+(?:bearer|basic)\s+)\S+", re.IGNORECASE)
_no_host = re.compile(r"/(?!md:|motherduck:|:memory:|[A-Za-z]:)[^/@]*:")
_STOPS: Final = "\"')],;.:"
"""What may follow a URL in a sentence, and is none of it."""

_in_use: list[tuple[re.Pattern[str], str]] = []
"""The secrets of connections that are open and of the command's arguments, and what stands in their place."""


def is_secret(key: str) -> bool:
    """Whether what a key of a URL's query or of a settings file holds is a secret, by the key's name."""
    return bool(_secret_key.search(key)) and not _harmless_key.search(key)


def redacted(text: str) -> str:
    """Return a text without the secrets in use, and without those of whatever looks like a URL, `password=…` or a login."""
    for secret, instead in tuple(_in_use):
        text = secret.sub(lambda _, instead=instead: instead, text)
    text = _named.sub(_masked_pair, without_urls(text))
    return _login.sub(rf"\g<before>{MASK}", text)


def without_urls(text: str) -> str:
    """Return a text with the password and the tokens of each URL in it masked, and nothing of one that did not parse cleanly."""
    return _url.sub(_masked_url, text)


def without_secrets(text: str, url: "URL") -> str:
    """Return a driver's message with every secret of the URL masked."""
    with hidden(url):
        return redacted(text)


def whole(value: str) -> str:
    """Return a value that is a URL, if it is one, without its secrets: it ends where the value ends, whatever stands in it."""
    before, is_url, rest = value.partition("://")
    if not is_url:
        return redacted(value)
    scheme = re.split(r"[^\w+.-]", before)[-1]
    return f"{before}://{MASK if _misread(rest) else _shown(scheme, rest)}"


def shown(value: Any) -> str:
    """Return the repr of a setting's value, without the secrets in it."""
    return repr(quiet(value))


def where(url: "URL") -> str:
    """Return which database a URL means, and as whom: no password, no query. Only for one that was not misread."""
    user = f"{url.username}@" if url.username else ""
    port = f":{url.port}" if url.port else ""
    return f"{url.get_backend_name()}://{user}{url.host or ''}{port}/{url.database or ''}"


def misread(url: "URL | str", *, is_a_file: bool) -> bool:
    """Whether a URL did not parse cleanly, so that a part of its password may stand where host or database should."""
    if isinstance(url, str):
        return not is_a_file and _misread(url.partition("://")[2])
    if "@" in (url.host or ""):
        return True
    is_query = re.match(r"\d*(/[^?]*)?\?[\w.-]+=", str(url.password or ""))  # the '@' stood in the query
    return not is_a_file and (bool({"@", ":"} & {*(url.database or "")}) or bool(is_query))


class Quiet(str):
    """A text that may hold a URL, which no repr shows with its secrets: not in a message, not among a traceback's locals."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return the repr without them."""
        return repr(whole(str(self)))


def quiet(value: Any) -> Any:
    """Return the same value, texts that look like a URL being quiet, and those under a secret's name."""
    if isinstance(value, str):
        return Quiet(value) if "://" in value else value
    if isinstance(value, Mapping):
        return {quiet(key): quiet(one) for key, one in value.items()}
    return type(value)(map(quiet, value)) if isinstance(value, list | tuple) else value


@contextmanager
def hidden(*what: "URL | str") -> Iterator[None]:
    """Mask the secrets of URLs that are in use, and of words that somebody typed, as long as the block runs."""
    added = [one for each in what for one in (_of_a_word(each) if isinstance(each, str) else _of_a_url(each))]
    _in_use.extend(added)
    try:
        yield
    finally:
        for one in added:
            _in_use.remove(one)


def masked(error: AnyError) -> AnyError:
    """Return a driver's error with what it says masked, and what its causes say; without frames, whose locals hold passwords."""
    seen: set[int] = set()
    left: list[Any] = [error]
    while left:
        one = left.pop()
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            left += [one.__cause__, one.__context__, getattr(one, "orig", None)]
            with suppress(Exception):  # one that cannot be changed
                one.__traceback__ = None
                one.args = tuple(map(_said, one.args))
                vars(one).update({name: redacted(text) for name, text in vars(one).items() if isinstance(text, str)})
    return error


def logger(name: str) -> logging.Logger:
    """Return the logger of that name, whose records hold no secret, whoever handles them."""
    found = logging.getLogger(name)
    found.addFilter(_mask_record)
    return found


def _mask_record(record: logging.LogRecord) -> bool:
    record.msg = _said(record.msg)
    if isinstance(record.args, tuple):
        record.args = tuple(map(_said, record.args))
    for name in vars(record).keys() - _USUAL:
        setattr(record, name, _said(getattr(record, name)))
    return True


def _said(value: Any) -> Any:
    return redacted(str(value)) if isinstance(value, str | BaseException) else value


_USUAL: Final = vars(logging.makeLogRecord({})).keys()


def _of_a_url(url: "URL") -> list[tuple[re.Pattern[str], str]]:
    query = [(key, [values] if isinstance(values, str) else values) for key, values in url.query.items()]
    secrets = [str(url.password or ""), *(value for key, values in query if is_secret(key) for value in values)]
    return [(_pattern(secret), MASK) for secret in sorted(_spellings(secrets), key=len, reverse=True)]


def _spellings(secrets: Iterable[str]) -> set[str]:
    """Return the secrets as a URL, a repr and JSON write them, too."""
    from urllib.parse import quote, quote_plus  # noqa: PLC0415 - `--help` needs none

    ways = (str, quote, quote_plus, lambda text: quote(text, safe=""), lambda text: repr(text)[1:-1], _in_json)
    return {way(secret) for secret in secrets if secret for way in ways}


def _in_json(text: str) -> str:
    import json  # noqa: PLC0415 - as above

    return json.dumps(text)[1:-1]


def _pattern(secret: str) -> re.Pattern[str]:
    before = r"(?<!\w)" if len(secret) < LONG and re.match(r"\w", secret) else ""
    after = r"(?!\w)" if len(secret) < LONG and re.search(r"\w$", secret) else ""
    return re.compile(f"{before}{re.escape(secret)}{after}")


def _of_a_word(word: str) -> list[tuple[re.Pattern[str], str]]:
    instead = whole(word)
    return [] if instead == word else [(re.compile(re.escape(one)), instead) for one in _spellings([word])]


def _masked_url(found: re.Match[str]) -> str:
    scheme, rest, more = found.group("scheme", "rest", "more")
    url = rest.rstrip(_STOPS)
    if not _misread(url) and not _goes_on(url, more):
        return f"{scheme}://{_shown(scheme, url)}{rest[len(url) :]}{without_urls(more)}"
    last = re.match(r".*@\S*", more)  # a blank in the password: it goes on to the last '@' of the line
    stop = rest[len(url) :] if "@" in url and not last else ""
    return f"{scheme}://{MASK}{stop}{without_urls(more[last.end() :] if last else more)}"


def _goes_on(rest: str, more: str) -> bool:
    """Whether what looks like host and port are the user and the start of a password with a blank in it."""
    return bool(re.fullmatch(r"[^/@?]*:\d*", rest)) and bool(re.match(r"\s\S*@", more))


def _misread(rest: str) -> bool:
    """Whether what follows `scheme://` is no clean `user:password@host:port/database?query`."""
    login, _, place = rest.rpartition("@")
    if "@" in login or (login.startswith("/") and ":" in login) or _no_host.match(rest):
        return True
    if not login.startswith("/") and (re.match(r"[^:]*[/?#]", login) or re.search(r"[?&][\w.-]+=", login)):
        return True  # the '@' stands in a path or a query
    host = re.sub(r"^\[[^\]]*\]", "", re.split(r"[/?#]", place, maxsplit=1)[0])
    return ":" in host and not host.rpartition(":")[2].isdigit()


def _shown(scheme: str, rest: str) -> str:
    login, at, place = rest.rpartition("@")
    user, has_password, _ = login.partition(":")
    if at and not has_password and scheme.lower() in {"http", "https"}:
        user = MASK  # a token may stand there by itself
    place, has_query, query = place.partition("?")
    return f"{user}{f':{MASK}' if has_password else ''}{at}{place}{has_query}{_shown_query(query)}"


def _shown_query(query: str) -> str:
    from urllib.parse import unquote  # noqa: PLC0415 - as above

    parts: list[str] = []
    in_secret = False
    for part in query.split("&"):
        key, has_value, _ = part.partition("=")
        in_secret = is_secret(unquote(key)) if has_value else in_secret
        told = f"{key}={MASK}" if has_value else MASK
        parts.append(told if in_secret else part)
    return "&".join(parts)


def _masked_pair(found: re.Match[str]) -> str:
    key, sign, value = found.group("key", "sign", "value")
    return f"{key}{sign}{MASK}" if is_secret(key) else f"{key}{sign}{value}"
