"""Binds the checks to the tables in a warehouse, and says which of them do not apply there and why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import FromClause, select

from sessionmodels.checks import CHECKS, DECLARED
from sessionmodels.checks.built_with import why_other
from sessionmodels.checks.check import BoundCheck, BoundScan, Check, Scan, narrowed, number_of
from sessionmodels.checks.own import own_checks
from sessionmodels.model import AnySelect, Kind
from sessionmodels.models import MODELS
from sessionmodels.relations.all_rows import all_rows
from sessionmodels.relations.graph import Graph
from sessionmodels.settings import Settings


@dataclass(frozen=True)
class NotRun:
    """A check that does not apply, and why."""

    name: str
    relation: str
    says: str
    why: str


@dataclass(frozen=True)
class Planned:
    """The checks to run, by the rows that they look at, and those that do not apply."""

    scans: tuple[BoundScan, ...]
    not_run: tuple[NotRun, ...]

    @property
    def names(self) -> frozenset[str]:
        """The names of all checks."""
        return frozenset(one.name for one in (*(check for scan in self.scans for check in scan.checks), *self.not_run))


@dataclass(frozen=True)
class Subject:
    """The relations that are checked, and what is known of them."""

    graph: Graph
    """The relations under their names in the warehouse."""

    found: Mapping[str, Kind]
    """Which of them exist, and as what."""

    rows: Mapping[str, FromClause] = field(default_factory=dict)
    """Where rows are read, if not in the relations themselves."""

    rows_expire: bool = False
    """Whether the warehouse drops old rows, so that what remains need not add up."""

    absent: str = "missing"
    """What the relations are that are not found."""

    others: Mapping[str, Any] = field(default_factory=dict)
    """The settings of the builds that differ from those of the check."""

    def rows_of(self, name: str) -> FromClause:
        """Return a relation's rows, with the filter by time that BigQuery may require."""
        table = self.rows.get(name, self.graph[name].table)
        return all_rows(MODELS[name], table, self.graph.settings, name)


def plan_checks(subject: Subject) -> Planned:
    """Return the checks of these relations. A check is not run if it depends on a setting that had another value in a build.

    Raises:
        SettingsError: a check in the settings is wrong.
    """
    every = (*CHECKS.values(), *own_checks(subject.graph, CHECKS))
    reasons = {one: _why_absent(one, subject) or _why_not(one, subject) for one in every}
    by_scan: dict[Scan, list[Check]] = {}
    for one in every:
        if not reasons[one]:
            by_scan.setdefault(one.scan, []).append(one)
    scans = tuple(_bound(scan, checks, subject) for scan, checks in by_scan.items())
    return Planned(scans, tuple(_not_run(subject.graph.settings, reasons)))


def _not_run(settings: Settings, reasons: Mapping[Check, str]) -> Iterator[NotRun]:
    for one, why in reasons.items():
        if why:
            yield NotRun(one.name, one.relation, one.sentence(settings), why)


def _why_absent(check: Check, subject: Subject) -> str:
    absent = {name for name in (check.relation, *check.scan.reads) if name not in subject.found}
    names = sorted(subject.graph[name].table.name for name in absent)
    return f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} {subject.absent}" if names else ""


def _why_not(check: Check, subject: Subject) -> str:
    model, graph = MODELS[check.relation], subject.graph
    if model.kind == subject.found[check.relation] == "view" and not check.is_own:
        return f"a view of {', '.join(graph[name].table.name for name in model.reads)}, where this is checked"
    if subject.rows_expire and check not in DECLARED and not check.is_own:
        return "bigquery_partition_expiration_days drops old rows"
    return why_other(check, graph.settings, subject.others) or check.why_not(graph.settings)


def _bound(scan: Scan, checks: list[Check], subject: Subject) -> BoundScan:
    settings = subject.graph.settings
    tables, chosen = tuple(map(subject.rows_of, scan.reads)), _chosen(scan.sets, settings)
    rows = scan.rows(*tables, **chosen)

    def bound(check: Check) -> BoundCheck:
        sets, shown = _chosen(check.sets, settings), check.shows(settings)
        offends = check.offends(rows, **sets)

        def find() -> AnySelect:
            few = narrowed(rows, offends, shown)
            return select(*(few.c[name] for name in shown)).where(check.offends(few, **sets))

        number = check.counts(rows, **sets) if check.counts else number_of(offends)
        return BoundCheck(check.name, check.relation, check.sentence(settings), number, find)

    return BoundScan(scan.name, rows, tuple(map(bound, checks)), scan.proof(*tables, **chosen) if scan.proof else None)


def _chosen(names: tuple[str, ...], settings: Settings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in names}
