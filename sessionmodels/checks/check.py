"""What a check is: a rule that every row must follow. Several checks look at the same rows, which are then read once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, BigInteger, ColumnElement, case, func, select
from sqlalchemy.sql.expression import ColumnClause
from sqlalchemy.sql.visitors import iterate

from sessionmodels.model import KEYWORD, POSITIONAL, AnySelect, parameters
from sessionmodels.settings import Settings

Rows = Callable[..., CTE]
Offends = Callable[..., ColumnElement[bool]]
Counts = Callable[..., ColumnElement[int]]
WhyNot = Callable[[Settings], str]
Shows = Callable[[Settings], tuple[str, ...]]


def always(_settings: Settings) -> str:
    """Return no reason: a check with it applies under all settings."""
    return ""


@dataclass(frozen=True)
class Scan:
    """Rows that several checks look at, read from one relation or more."""

    name: str
    """The name of the rows in the SQL."""

    rows: Rows
    reads: tuple[str, ...]
    """The names of the relations that it reads."""

    sets: tuple[str, ...] = ()
    """The names of the settings that it depends on."""

    proof: Callable[..., AnySelect] | None = None
    """Reads the same relations, and returns a select of one value, which is true only if no row breaks a rule. They
    are counted only if it is false. None if there is no such select."""


@dataclass(frozen=True)
class Check:
    """One rule about the rows of a scan, not yet bound to tables."""

    relation: str
    """The relation that is wrong if it does not hold."""

    rule: str
    says: str
    """What must hold, in one sentence."""

    scan: Scan
    offends: Offends
    """Returns the condition that is true for the rows that break the rule."""

    shows: Shows
    """Returns the columns of such a row that tell a reader what is wrong."""

    sets: tuple[str, ...] = ()
    """The names of the settings that the condition depends on."""

    about: tuple[str, ...] = ()
    """The settings whose values a reader must know."""

    why_not: WhyNot = always
    """Returns why it does not apply under the settings; empty if it does."""

    counts: Counts | None = None
    """Returns how many rows break the rule, where there is a quicker way than to look at each row."""

    is_own: bool = False
    """Whether it is the user's own. Such a check looks at each row by itself, also in a view."""

    @property
    def name(self) -> str:
        """Its name: the relation and the rule."""
        return f"{self.relation}.{self.rule}"

    def sentence(self, settings: Settings) -> str:
        """Return what must hold, with the values of the settings that decide it."""
        values = ", ".join(f"{name} = {getattr(settings, name)!r}" for name in self.about)
        return f"{self.says.rstrip('.')} ({values})." if values else self.says


@dataclass(frozen=True)
class BoundCheck:
    """A check of the tables in a warehouse."""

    name: str
    relation: str
    says: str
    number: ColumnElement[int]
    """How many rows of the scan break the rule."""

    find: Callable[[], AnySelect]
    """Returns the select of the rows that break the rule, with few columns. Most checks hold, and never need it."""


@dataclass(frozen=True)
class BoundScan:
    """Rows in a warehouse, and the checks of them."""

    name: str
    rows: CTE
    checks: tuple[BoundCheck, ...]

    proof: AnySelect | None = None
    """The select of one value that is true only if no row breaks a rule, if there is one."""

    @property
    def counts(self) -> AnySelect:
        """The select of one row: how many rows break each rule."""
        return select(*(one.number.label(label_of(one.name)) for one in self.checks)).select_from(self.rows)

    @property
    def queries(self) -> tuple[AnySelect, ...]:
        """The selects that answer whether the rules hold: the proof, if there is one, and the numbers."""
        return (self.counts,) if self.proof is None else (self.proof, self.counts)


def number_of(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """Return how many rows satisfy a condition."""
    return func.count(case((condition, 1)), type_=BigInteger)


def narrowed(rows: CTE, condition: ColumnElement[bool], shown: Sequence[str]) -> CTE:
    """Return the rows with only the columns that a condition needs, and these, so that a reader of the SQL sees no others."""
    needed = {one.name for one in iterate(condition) if isinstance(one, ColumnClause) and one.table is rows}
    query: Any = rows.element
    return query.with_only_columns(*(one for one in query.selected_columns if one.name in needed | set(shown))).cte(rows.name)


def label_of(name: str) -> str:
    """Return a check's name as the name of a column."""
    return name.replace(".", "__")


def scan(rows: Rows) -> Scan:
    """Turn the decorated function into the scan of its name. Its positional parameters name relations, the others settings."""
    return Scan(rows.__name__, rows, parameters(rows, POSITIONAL), parameters(rows, KEYWORD))


def shown(columns: Sequence[str] | Shows) -> Shows:
    """Return the columns to show as a function of the settings."""
    return columns if callable(columns) else lambda _: tuple(columns)


def check(  # noqa: PLR0913 - all that a reader must know of a check
    relation: str, of: Scan, says: str, *, shows: Sequence[str] | Shows, about: Sequence[str] = (), why_not: WhyNot = always
) -> Callable[[Offends], Check]:
    """Turn the decorated function into the check of its name.

    The function returns the condition that is true for the rows that break the rule. Parameters after the `*` name settings.
    """

    def made(offends: Offends) -> Check:
        sets = parameters(offends, KEYWORD)
        return Check(relation, offends.__name__, says, of, offends, shown(shows), sets, tuple(about), why_not)

    return made
