"""The user's own channels, sites and domains, which say where sessions come from beside the rules that are there by default."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Final, cast

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, ValidationInfo

from sessionmodels.errors import did_you_mean
from sessionmodels.errors.redaction import quiet, shown
from sessionmodels.settings.values import Value, storable
from sessionmodels.settings.where import BARE, LISTS, TEXTS, Condition, Where, where_of

FIELDS: Final = "source", "medium", "campaign", "site"
"""What a rule may look at: where a session came from, in lower case, and the kind of site of its source."""

KINDS: Final = "search", "social", "video", "shopping"
"""The kinds of sites that are known by default."""

KNOWN: Final = "channel", "where"
OPERATORS: Final = ("=", "!=", *LISTS, *BARE, *TEXTS)
EXAMPLE: Final = "{'channel': 'Podcast', 'where': [{'column': 'source', 'operator': '=', 'value': 'podcast'}]}"


@dataclass(frozen=True)
class OwnChannel:
    """A channel, and the conditions that must all hold for a session to have it."""

    channel: str
    where: Where

    @property
    def plain(self) -> dict[str, Any]:
        """The rule as it is written."""
        return {"channel": self.channel, "where": self.where.plain}

    @property
    def in_lower_case(self) -> Where:
        """The conditions with values like those of the fields: case does not matter."""
        return Where([replace(one, value=_lower(one.value)) for one in self.where.conditions])


def _lower(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_lower, value))
    return value if value is None else str(value).lower()


def _rules(given: Any, info: ValidationInfo) -> Any:
    if not isinstance(given, list | tuple):
        msg = f"expected a list of rules such as [{EXAMPLE}], got {shown(given)}"
        raise ValueError(msg)  # noqa: TRY004 - the library reports a ValueError, not a TypeError
    kinds = tuple(dict.fromkeys((*KINDS, *(info.data.get("channel_sites") or ()))))
    return tuple(one if isinstance(one, OwnChannel) else _rule(place, one, kinds) for place, one in enumerate(given, start=1))


def _rule(place: int, given: Any, kinds: tuple[str, ...]) -> OwnChannel:
    if not isinstance(given, Mapping):
        msg = f"rule {place}: expected a channel and its conditions, such as {EXAMPLE}, got {shown(given)}"
        raise ValueError(msg)  # noqa: TRY004 - as above
    channel = given.get("channel")
    if not isinstance(channel, str) or not channel.strip():
        msg = f"rule {place} has no channel; write its name, such as in {EXAMPLE}"
        raise ValueError(msg)
    try:
        if unknown := next((str(name) for name in given if name not in KNOWN), None):
            msg = f"there is no {quiet(unknown)!r} in a rule; {did_you_mean(unknown, KNOWN)}"
            raise ValueError(msg)  # noqa: TRY301 - named below, as what is wrong with the rule
        storable(channel)
        where = where_of(given.get("where") or ())
        if wrong := next(_wrong(where, kinds), None):
            raise ValueError(wrong)  # noqa: TRY301 - as above
    except ValueError as error:
        msg = f"rule {place}, {quiet(channel)!r}: {error}"
        raise ValueError(msg) from None
    return OwnChannel(channel.strip(), where)


def _wrong(where: Where, kinds: Iterable[str]) -> Iterator[str]:
    """Yield what is wrong with the conditions of a rule."""
    if where.expression is not None:
        yield "an expression of SQLAlchemy is no rule; write conditions of a column, an operator and a value"
    elif not where:
        yield f"where names no condition; write when a session has this channel, such as in {EXAMPLE}"
    for one in where.conditions:
        if one.column not in FIELDS:
            yield f"a rule cannot look at {quiet(one.column)!r}; {did_you_mean(one.column, FIELDS)}"
        if one.operator not in OPERATORS:
            yield f"{one.column!r} is a text, and no text is {one.operator} another; the operators are {', '.join(OPERATORS)}"
        yield from _unknown_kinds(one, kinds)


def _unknown_kinds(condition: Condition, kinds: Iterable[str]) -> Iterator[str]:
    """Yield which kinds of sites there are not. A rule for one would never hold."""
    if condition.column == "site" and condition.operator in {"=", "!=", *LISTS}:
        values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
        unknown = (str(one) for one in values if str(one).lower() not in kinds)
        yield from (f"there is no kind of site {quiet(one)!r}; {did_you_mean(one, kinds)}" for one in unknown)


def _sites(given: dict[str, list[str]]) -> dict[str, list[str]]:
    for kind, names in given.items():
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", kind):
            msg = f"{quiet(kind)!r} is not a kind of site; write lower-case letters, digits and underscores, such as 'search'"
            raise ValueError(msg)
        if not names:
            msg = f"{kind!r} has no site; list its sites, such as ['kagi.com']"
            raise ValueError(msg)
        for name in names:
            _refuse_no_host(name, f"{kind}: ", "'kagi.com', or a name that utm_source has")
    return given


def _domains(given: list[str]) -> list[str]:
    for name in given:
        _refuse_no_host(name, "", "'shop.example'; all hosts below it are yours, too")
    return given


def _refuse_no_host(name: str, before: str, example: str) -> None:
    """Refuse what is no host, nor the name of a site: it becomes part of a pattern."""
    if not re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*", name):
        msg = f"{before}{quiet(name)!r} is no host: write letters, digits, hyphens, underscores and dots only, such as {example}"
        raise ValueError(msg)


def _written(rules: Any) -> list[dict[str, Any]]:
    return [one.plain for one in cast("tuple[OwnChannel, ...]", rules)]


ChannelSites = Annotated[dict[str, list[Value]], AfterValidator(_sites)]
OwnDomains = Annotated[list[Value], AfterValidator(_domains)]
if TYPE_CHECKING:  # the setting accepts more types than it stores
    from collections.abc import Sequence

    ChannelRules = Sequence[Mapping[str, Any] | OwnChannel]
else:
    ChannelRules = Annotated[tuple[Any, ...], BeforeValidator(_rules), PlainSerializer(_written)]
