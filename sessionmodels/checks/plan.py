"""Binds the checks to the tables in a warehouse, and says which of them do not apply there and why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import FromClause, select

from sessionmodels.checks import CHECKS, DECLARED
from sessionmodels.checks.check import BoundCheck, BoundScan, Check, Scan, narrowed
from sessionmodels.checks.own import own_checks
from sessionmodels.model import Kind
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


def plan_checks(
    graph: Graph,
    found: Mapping[str, Kind],
    rows: Mapping[str, FromClause] | None = None,
    *,
    rows_expire: bool = False,
    absent: str = "missing",
) -> Planned:
    """Return the checks of these relations.

    Args:
        graph: the relations under their names in the warehouse.
        found: which of them exist, and as what.
        rows: where their rows are read; in the relations themselves by default.
        rows_expire: whether the warehouse drops old rows, so that what remains need not add up.
        absent: what the other relations are.

    Raises:
        SettingsError: a check in the settings is wrong.
    """
    every = (*CHECKS.values(), *own_checks(graph, CHECKS))
    reasons = {one: _why_absent(one, graph, found, absent) for one in every}
    reasons |= {one: _why_not(one, graph, found, rows_expire=rows_expire) for one, why in reasons.items() if not why}
    by_scan: dict[Scan, list[Check]] = {}
    for one in every:
        if not reasons[one]:
            by_scan.setdefault(one.scan, []).append(one)
    read = rows or {one.name: one.table for one in graph.relations}
    scans = tuple(_bound(scan, checks, graph.settings, read) for scan, checks in by_scan.items())
    return Planned(scans, tuple(_not_run(graph.settings, reasons)))


def _not_run(settings: Settings, reasons: Mapping[Check, str]) -> Iterator[NotRun]:
    for one, why in reasons.items():
        if why:
            yield NotRun(one.name, one.relation, one.sentence(settings), why)


def _why_absent(check: Check, graph: Graph, found: Mapping[str, Kind], absent: str) -> str:
    missing = sorted(graph[name].table.name for name in {check.relation, *check.scan.reads} if name not in found)
    return f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} {absent}" if missing else ""


def _why_not(check: Check, graph: Graph, found: Mapping[str, Kind], *, rows_expire: bool) -> str:
    model = MODELS[check.relation]
    if model.kind == found[check.relation] == "view" and not check.is_own:
        return f"a view of {', '.join(graph[name].table.name for name in model.reads)}, where this is checked"
    if rows_expire and check not in DECLARED and not check.is_own:
        return "bigquery_partition_expiration_days drops old rows"
    return check.why_not(graph.settings)


def _bound(scan: Scan, checks: list[Check], settings: Settings, read: Mapping[str, FromClause]) -> BoundScan:
    rows = scan.rows(*(all_rows(MODELS[name], read[name], settings, name) for name in scan.reads), **_chosen(scan.sets, settings))

    def bound(check: Check) -> BoundCheck:
        sets, shown = _chosen(check.sets, settings), check.shows(settings)
        offends = check.offends(rows, **sets)
        few = narrowed(rows, offends, shown)
        offending = select(*(few.c[name] for name in shown)).where(check.offends(few, **sets))
        return BoundCheck(check.name, check.relation, check.sentence(settings), offends, offending)

    return BoundScan(scan.name, rows, tuple(map(bound, checks)))


def _chosen(names: tuple[str, ...], settings: Settings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in names}
