"""Runs checks on a connection: a query or two for all checks of the same rows, and one more for each that does not hold."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Final, Self

from sqlalchemy import BigInteger, Connection, Select, TextClause, TextualSelect, func, literal_column, select, text

from sessionmodels.checks.check import BoundScan
from sessionmodels.checks.plan import Planned
from sessionmodels.checks.result import CheckReport, CheckResult, Outcome
from sessionmodels.connection.transaction import named
from sessionmodels.errors import SettingsError, did_you_mean
from sessionmodels.relations.graph import Graph
from sessionmodels.settings import Settings
from sessionmodels.warehouses.render import text_of
from sessionmodels.warehouses.warehouse import Warehouse

FEW: Final = literal_column("5")
"""How many rows that break a rule are shown. Not every driver supports a limit as a parameter."""

AGAIN: Final = "Fix the cause and check again."
CORRECT: Final = "Correct your select. On PostgreSQL and Redshift, write each table's name with its schema."
"""The search path is narrowed there, so that no other role's code can run."""

Own = Mapping[str, Select[Any] | str]
Offending = Select[Any] | TextualSelect


@dataclass(frozen=True)
class Levels:
    """Which checks only warn, and how many rows may break one."""

    warns: frozenset[str] = frozenset()
    tolerated: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Settings, warn: Iterable[str] = (), tolerate: Mapping[str, int] | None = None) -> Self:
        """Return the levels in the settings, and those beside them, which win."""
        chosen = settings.chosen_checks
        warns = {one.name for one in chosen if one.level == "warn"} | set(warn)
        return cls(frozenset(warns), {one.name: one.tolerate for one in chosen} | dict(tolerate or {}))

    def outcome(self, name: str, rows: int) -> Outcome:
        """Return the outcome of a check that this number of rows breaks."""
        if not rows:
            return "passed"
        if rows <= self.tolerated.get(name, 0):
            return "tolerated"
        return "warned" if name in self.warns else "failed"

    def refuse_unknown(self, known: frozenset[str]) -> None:
        """Refuse a name that no check has.

        Raises:
            SettingsError: there is no such check, or a number of rows is negative.
        """
        for name in (*self.warns, *self.tolerated):
            if name not in known:
                msg = f"there is no check {name!r}; {did_you_mean(name, known)}"
                raise SettingsError(msg)
        for name, rows in self.tolerated.items():
            if rows < 0:
                msg = f"tolerate: found {rows} for {name!r}; write how many rows may break it, such as 3"
                raise SettingsError(msg)


def refuse_names(own: Own, planned: Planned) -> None:
    """Refuse a check of the user's own that has the name of another.

    Raises:
        SettingsError: there is one.
    """
    for name in own:
        if name in planned.names:
            msg = f"{name!r} is already a check; give your own another name"
            raise SettingsError(msg)


def as_written(query: str) -> TextClause:
    """Return a query as somebody wrote it: a colon in it is a colon, not a parameter."""
    return text(query.strip().rstrip(";").replace(":", "\\:"))


@dataclass(frozen=True)
class Runner:
    """The connection on which checks run, and what is made of their numbers."""

    connection: Connection
    warehouse: Warehouse
    graph: Graph
    levels: Levels
    others: Mapping[str, Any] | None = None
    """The settings of the builds that differ from these; None if they are not known."""

    def scan(self, scan: BoundScan) -> Iterator[CheckResult]:
        """Yield the result of each check of the same rows."""
        self.warehouse.transactions.tag(self.connection, self.graph.settings, scan.name)
        with named(scan.name, "check it", self.warehouse, way_out=AGAIN):
            is_proved = scan.proof is not None and self.connection.execute(scan.proof).scalar_one()
            counted = [0] * len(scan.checks) if is_proved else self.connection.execute(scan.counts).one()
        for one, rows in zip(scan.checks, counted, strict=True):  # by place, because an engine may cut long names
            yield self._result(one.name, self.graph[one.relation].table.name, one.says, rows, one.find)

    def own(self, name: str, query: Select[Any] | str) -> CheckResult:
        """Return the result of a check of the user's own: a select of the rows that break a rule."""
        offending = as_written(query).columns() if isinstance(query, str) else query
        number = select(func.count(type_=BigInteger)).select_from(offending.subquery("offending"))
        with named(name, "check it", self.warehouse, way_out=CORRECT):
            rows = self.connection.execute(number).scalar_one()
        return self._result(name, "", "Your select finds no row.", rows, lambda: offending)

    def _result(self, name: str, table: str, says: str, rows: int, find: Callable[[], Offending]) -> CheckResult:
        outcome, tolerated = self.levels.outcome(name, rows), self.levels.tolerated.get(name, 0)
        if not rows:
            return CheckResult(name, table, says, outcome, tolerated=tolerated)
        offending = find()
        few = select(literal_column("*")).select_from(offending.subquery("offending")).limit(FEW)
        with named(name, "read a few rows", self.warehouse, way_out=AGAIN):
            result = self.connection.execute(few)
            examples = tuple(tuple(row) for row in result)
        query = text_of(offending, self.connection.dialect)
        return CheckResult(name, table, says, outcome, rows, tolerated, tuple(result.keys()), examples, query)


def run_checks(runner: Runner, planned: Planned, own: Own) -> CheckReport:
    """Run the planned checks and the user's own.

    Raises:
        SettingsError: a name is unknown, or is there twice.
        BuildError: the database rejected a query.
    """
    refuse_names(own, planned)
    runner.levels.refuse_unknown(planned.names | own.keys())
    started = perf_counter()
    found = [result for scan in planned.scans for result in runner.scan(scan)]
    found += [runner.own(name, query) for name, query in own.items()]
    not_run = (
        CheckResult(one.name, runner.graph[one.relation].table.name, one.says, "not_run", why=one.why) for one in planned.not_run
    )
    return CheckReport((*found, *not_run), round(perf_counter() - started, 3), runner.others)
