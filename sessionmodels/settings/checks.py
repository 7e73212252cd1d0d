"""The user's own checks, and the levels of all checks: what a build or `check` must know of them before it starts."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, cast

from pydantic import BeforeValidator, PlainSerializer

from sessionmodels.errors import did_you_mean
from sessionmodels.errors.redaction import quiet, shown
from sessionmodels.models import MODELS
from sessionmodels.settings.where import Where, where_of
from sessionmodels.settings.whole_number import is_whole_number

Level = Literal["fail", "warn"]
NO_CONDITIONS: Final = Where()
KNOWN: Final = "relation", "name", "where", "level", "tolerate"
EXAMPLE: Final = (
    "{'relation': 'sessions', 'name': 'too_long', 'where': [{'column': 'session_duration', 'operator': '>', 'value': 1440}]}"
)


@dataclass(frozen=True)
class ChosenCheck:
    """A check of the user's own, or, without conditions, the level of a check that there is anyway."""

    relation: str
    rule: str
    where: Where = NO_CONDITIONS
    """What no row may satisfy."""

    level: Level = "fail"
    tolerate: int = 0
    """How many rows may break it."""

    @property
    def name(self) -> str:
        """The relation and the rule, as of every check."""
        return f"{self.relation}.{self.rule}"

    @property
    def plain(self) -> dict[str, Any]:
        """The check as it is written."""
        where = {"where": self.where.plain} if self.where else {}
        return {"relation": self.relation, "name": self.rule, **where, "level": self.level, "tolerate": self.tolerate}


def _checks(given: Any) -> Any:
    if not isinstance(given, list | tuple):
        msg = f"expected a list of checks such as [{EXAMPLE}], got {shown(given)}"
        raise ValueError(msg)  # noqa: TRY004 - the library reports a ValueError, not a TypeError
    found = tuple(one if isinstance(one, ChosenCheck) else _check(one) for one in given)
    names = [one.name for one in found]
    if twice := next((name for name in names if names.count(name) > 1), None):
        msg = f"{twice!r} is there twice; keep one of them, or give one another name"
        raise ValueError(msg)
    return found


def _check(given: Any) -> ChosenCheck:
    if not isinstance(given, Mapping) or not {"relation", "name"} <= given.keys():
        msg = f"expected a check with a relation and a name, such as {EXAMPLE}, got {shown(given)}"
        raise ValueError(msg)
    relation, rule = str(given["relation"]), str(given["name"])
    if relation not in MODELS:
        msg = f"there is no relation {quiet(relation)!r}; {did_you_mean(relation, MODELS)}"
        raise ValueError(msg)
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,62}", rule):
        msg = f"{quiet(rule)!r} is not the name of a check; write letters, digits and underscores, such as 'too_long'"
        raise ValueError(msg)
    try:
        if wrong := next(_wrong(given), None):
            raise ValueError(wrong)  # noqa: TRY301 - named below, as what is wrong with the conditions
        where = where_of(given["where"]) if "where" in given else NO_CONDITIONS
    except ValueError as error:
        msg = f"{relation}.{rule}: {error}"
        raise ValueError(msg) from None
    return ChosenCheck(relation, rule, where, given.get("level", "fail"), given.get("tolerate", 0))


def _wrong(given: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with a check, apart from its names and its conditions."""
    level, tolerate = given.get("level", "fail"), given.get("tolerate", 0)
    if unknown := next((str(name) for name in given if name not in KNOWN), None):
        yield f"there is no {quiet(unknown)!r} in a check; {did_you_mean(unknown, KNOWN)}"
    if "where" in given and not given["where"]:
        yield f"where names no condition; write what no row may be, such as in {EXAMPLE}"
    if level not in {"fail", "warn"}:
        yield f"level is {shown(level)}; write 'fail' or 'warn'"
    if not is_whole_number(tolerate, least=0):
        yield f"tolerate is {shown(tolerate)}; write how many rows may break it, such as 3"


def _written(checks: Any) -> list[dict[str, Any]]:
    return [one.plain for one in cast("tuple[ChosenCheck, ...]", checks)]


if TYPE_CHECKING:  # the setting accepts more types than it stores
    from collections.abc import Sequence

    ChosenChecks = Sequence[Mapping[str, Any] | ChosenCheck]
else:
    ChosenChecks = Annotated[tuple[Any, ...], BeforeValidator(_checks), PlainSerializer(_written)]
