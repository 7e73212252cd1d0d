"""Masks passwords and tokens. Every message, log record, error and repr of this package goes through here."""

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from sqlalchemy import URL

AnyError = TypeVar("AnyError", bound=BaseException)

MASK: Final = "***"
ENCODE: Final = (
    "special characters in its user and password must be percent-encoded: "
    "'@' as %40, '/' as %2F, ':' as %3A, '#' as %23, '?' as %3F, '%' as %25"
)
"""How to correct a URL that did not parse cleanly. No part of such a URL is printed, because it may belong to the password."""

LONG: Final = 8
"""Secrets of at least this length are masked inside longer words, too. Shorter ones are masked only as whole words."""

WORDS: Final = (
    r"password|passwd|pwd|passcode|passphrase|token|secret|signature|credential"
    r"|private_?key|api_?key|access_?key|account_?key|shared_?key"
)
_secret_key = re.compile(rf"{WORDS}|(^|[_.-])(key|sig|pass|auth)$", re.IGNORECASE)
_harmless_key = re.compile(r"(path|file|_in_password)$", re.IGNORECASE)  # the path of a key is no secret
# These must match in linear time: a message may repeat an id of any length.
_url = re.compile(r"(?P<scheme>[A-Za-z][\w+.-]{0,30})://(?P<rest>\S*)(?P<more>[^\n]*)")
_named = re.compile(
    rf"""(?P<key>(?:{WORDS})[\w.-]{{0,30}})(?P<sign>["']?\s*=\s*|["']\s*:\s*)"""
    r"""(?P<value>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s,;)&"']+)""",
    re.IGNORECASE,
)
_login = re.compile(r"(?P<before>authorization\W+(?:bearer|basic)\s+)\S+", re.IGNORECASE)
_no_host = re.compile(r"/(?!md:|motherduck:|:memory:|[A-Za-z]:)[^/@]*:")
_STOPS: Final = "\"')],;.:"
"""Characters that may follow a URL in a sentence without being part of it."""

_hash, _part_of_hash = re.compile("[0-9a-f]{64}"), re.compile("[0-9a-f]{6,64}")

Instead = Callable[[re.Match[str]], str]
_in_use: list[tuple[re.Pattern[str], Instead]] = []
"""The secrets of open connections and of the command's arguments, each with its replacement."""


def is_secret(key: str) -> bool:
    """Whether a key of a URL's query or of a settings file holds a secret, judged by its name."""
    return bool(_secret_key.search(key)) and not _harmless_key.search(key)


def redacted(text: str) -> str:
    """Return a text with masked secrets: the known ones, and those in anything that looks like a URL, `password=…` or a login."""
    for secret, instead in tuple(_in_use):
        text = secret.sub(instead, text)
    text = _named.sub(_masked_pair, without_urls(text))
    return _login.sub(rf"\g<before>{MASK}", text)


def without_urls(text: str) -> str:
    """Return a text with passwords and tokens masked in each URL. A URL that does not parse cleanly is masked as a whole."""
    return _url.sub(_masked_url, text)


def without_secrets(text: str, url: "URL") -> str:
    """Return a driver's message with every secret of the URL masked."""
    with hidden(url):
        return redacted(text)


def whole(value: str) -> str:
    """Return a value with secrets masked. If it is a URL, the URL is the whole value, whatever characters it contains."""
    before, is_url, rest = value.partition("://")
    if not is_url:
        return redacted(value)
    scheme = re.split(r"[^\w+.-]", before)[-1]
    return f"{before}://{MASK if _misread(rest) else _shown(scheme, rest)}"


def shown(value: Any) -> str:
    """Return the repr of a setting's value, without the secrets in it."""
    return repr(quiet(value))


def where(url: "URL") -> str:
    """Return a URL's user, host and database, without password and query. Only for URLs that are not `misread`."""
    user = f"{url.username}@" if url.username else ""
    port = f":{url.port}" if url.port else ""
    return f"{url.get_backend_name()}://{user}{url.host or ''}{port}/{url.database or ''}"


def misread(url: "URL | str", *, is_a_file: bool) -> bool:
    """Whether a URL did not parse cleanly, so that its host or database may contain a part of the password."""
    if isinstance(url, str):
        return not is_a_file and _misread(url.partition("://")[2])
    if "@" in (url.host or ""):
        return True
    is_query = re.match(r"\d*(/[^?]*)?\?[\w.-]+=", str(url.password or ""))  # the '@' was in the query
    return not is_a_file and (bool({"@", ":"} & {*(url.database or "")}) or bool(is_query))


class Quiet(str):
    """A text that may hold a URL. Its repr masks secrets, in messages and among a traceback's locals."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return the repr with secrets masked."""
        return repr(whole(str(self)))


def quiet(value: Any) -> Any:
    """Return the same value, with each text in it that looks like a URL made `Quiet`."""
    if isinstance(value, str):
        return Quiet(value) if "://" in value else value
    if isinstance(value, Mapping):
        return {quiet(key): quiet(one) for key, one in value.items()}
    return type(value)(map(quiet, value)) if isinstance(value, list | tuple) else value


def hidden(*what: "URL | str") -> AbstractContextManager[None]:
    """Mask the secrets of these URLs and arguments while the block runs."""
    return _masking([one for each in what for one in (_of_a_word(each) if isinstance(each, str) else _of_a_url(each))])


def hiding(*secrets: str) -> AbstractContextManager[None]:
    """Mask these texts while the block runs, and every part of a hash among them: databases quote parts of statements."""
    hashes = [one for one in secrets if _hash.fullmatch(one)]

    def without_part(found: re.Match[str]) -> str:
        return MASK if any(found[0] in one for one in hashes) else found[0]

    whole_ones = ((_pattern(one), _by_mask) for one in sorted(_spellings(secrets), key=len, reverse=True))
    return _masking([*whole_ones, (_part_of_hash, without_part)])


@contextmanager
def _masking(added: list[tuple[re.Pattern[str], Instead]]) -> Iterator[None]:
    _in_use.extend(added)
    try:
        yield
    finally:
        for one in added:
            _in_use.remove(one)


def masked(error: AnyError) -> AnyError:
    """Mask the messages of a driver's error and of its causes, and remove the frames, whose locals hold passwords."""
    seen: set[int] = set()
    left: list[Any] = [error]
    while left:
        one = left.pop()
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            left += [one.__cause__, one.__context__, getattr(one, "orig", None)]
            with suppress(Exception):  # some errors cannot be changed
                one.__traceback__ = None
                one.args = tuple(map(_redacted_value, one.args))
                vars(one).update({name: redacted(text) for name, text in vars(one).items() if isinstance(text, str)})
    return error


def logger(name: str) -> logging.Logger:
    """Return the logger of that name. Secrets are masked in its records before any handler sees them."""
    found = logging.getLogger(name)
    found.addFilter(_mask_record)
    return found


def _mask_record(record: logging.LogRecord) -> bool:
    record.msg = _redacted_value(record.msg)
    if isinstance(record.args, tuple):
        record.args = tuple(map(_redacted_value, record.args))
    for name in vars(record).keys() - _USUAL:
        setattr(record, name, _redacted_value(getattr(record, name)))
    return True


def _redacted_value(value: Any) -> Any:
    return redacted(str(value)) if isinstance(value, str | BaseException) else value


_USUAL: Final = vars(logging.makeLogRecord({})).keys()


def _by_mask(_found: re.Match[str]) -> str:
    return MASK


def _of_a_url(url: "URL") -> list[tuple[re.Pattern[str], Instead]]:
    query = [(key, [values] if isinstance(values, str) else values) for key, values in url.query.items()]
    secrets = [str(url.password or ""), *(value for key, values in query if is_secret(key) for value in values)]
    return [(_pattern(secret), _by_mask) for secret in sorted(_spellings(secrets), key=len, reverse=True)]


def _spellings(secrets: Iterable[str]) -> set[str]:
    """Return the secrets as they are, and as a URL, a repr and JSON write them."""
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


def _of_a_word(word: str) -> list[tuple[re.Pattern[str], Instead]]:
    instead = whole(word)
    return [] if instead == word else [(re.compile(re.escape(one)), lambda _: instead) for one in _spellings([word])]


def _masked_url(found: re.Match[str]) -> str:
    scheme, rest, more = found.group("scheme", "rest", "more")
    url = rest.rstrip(_STOPS)
    if not _misread(url) and not _has_blank_in_password(url, more):
        return f"{scheme}://{_shown(scheme, url)}{rest[len(url) :]}{without_urls(more)}"
    last = re.match(r".*@\S*", more)  # the password contains a blank: it ends at the line's last '@'
    stop = rest[len(url) :] if "@" in url and not last else ""
    return f"{scheme}://{MASK}{stop}{without_urls(more[last.end() :] if last else more)}"


def _has_blank_in_password(rest: str, more: str) -> bool:
    """Whether what looks like host and port is the user and the start of a password that contains a blank."""
    return bool(re.fullmatch(r"[^/@?]*:\d*", rest)) and bool(re.match(r"\s\S*@", more))


def _misread(rest: str) -> bool:
    """Whether the text after `scheme://` is not a clean `user:password@host:port/database?query`."""
    login, _, place = rest.rpartition("@")
    if "@" in login or (login.startswith("/") and ":" in login) or _no_host.match(rest):
        return True
    if not login.startswith("/") and (re.match(r"[^:]*[/?#]", login) or re.search(r"[?&][\w.-]+=", login)):
        return True  # the '@' is in a path or a query
    host = re.sub(r"^\[[^\]]*\]", "", re.split(r"[/?#]", place, maxsplit=1)[0])
    return ":" in host and not host.rpartition(":")[2].isdigit()


def _shown(scheme: str, rest: str) -> str:
    login, at, place = rest.rpartition("@")
    user, has_password, _ = login.partition(":")
    if at and not has_password and scheme.lower() in {"http", "https"}:
        user = MASK  # it may be a token
    place, has_query, query = place.partition("?")
    return f"{user}{f':{MASK}' if has_password else ''}{at}{place}{has_query}{_shown_query(query)}"


def _shown_query(query: str) -> str:
    from urllib.parse import unquote  # noqa: PLC0415 - as above

    parts: list[str] = []
    in_secret = False
    for part in query.split("&"):
        key, has_value, _ = part.partition("=")
        in_secret = is_secret(unquote(key)) if has_value else in_secret
        hidden_part = f"{key}={MASK}" if has_value else MASK
        parts.append(hidden_part if in_secret else part)
    return "&".join(parts)


def _masked_pair(found: re.Match[str]) -> str:
    key, sign, value = found.group("key", "sign", "value")
    return f"{key}{sign}{MASK}" if is_secret(key) else f"{key}{sign}{value}"
