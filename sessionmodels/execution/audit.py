"""Compares a sample of visitors, computed afresh from the source, with their rows in the relations.

An audit finds what incremental builds cannot find by load time: rows that were removed from the source or changed in it, and
rows that arrived later than the overlap.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, FromClause, Table, and_, func, literal_column, or_, select, union

from sessionmodels.execution.executor import Executor
from sessionmodels.execution.result import AuditResult, Difference
from sessionmodels.incremental.changes import changes
from sessionmodels.model import AnySelect
from sessionmodels.relations.graph import Relation
from sessionmodels.relations.naming import TRACKS
from sessionmodels.rules.event import VISITOR, of_event
from sessionmodels.source.clean import deduplicated_events, usable_events, with_ranks
from sessionmodels.sql.random import random_draw
from sessionmodels.warehouses.step import Step
from sessionmodels.warehouses.warehouse import Job

EXAMPLES = 3


class Audit:
    """A comparison of one sample, with working tables of its own."""

    def __init__(self, job: Job, share: float) -> None:
        """Store the job and the share of visitors to compare."""
        self.job, self.share = job, share
        self.workspace = job.warehouse.strategy.workspace(job)
        self.working: dict[str, Table] = {}
        self.identities = job.graph.carrying("identities")
        self.identity = job.graph.identity

    def steps(self) -> Iterator[Step]:
        """Yield the steps that compute the sample afresh. The whole source is read, because its history may have changed."""
        yield self._make(TRACKS, self._events(), "read and clean the events again")
        yield self._make(self.identities.name, self.identity.mapping_of(self.working[TRACKS]), "map every id again")
        if not self.identity.is_by_alias:
            yield self._make("visits", self._visits(), "find every visitor again")
        # A table of its own, because an engine may draw separately on each side of a union.
        yield self._make("known", self._known(), "list every visitor")
        yield self._make("visitors", self._sample(), "draw a random sample of visitors")
        yield self._make("slice", self._slice(), "select their events")
        for relation in self.job.graph.relations:
            if relation != self.identities:
                inputs = (self._input(name) for name in relation.model.reads)
                query = relation.model(*inputs, **self.job.graph.chosen_by(relation.model))
                yield self._make(relation.name, query, "recompute their rows")

    def clean_up(self) -> tuple[Step, ...]:
        """Return the steps that drop the audit's working tables."""
        return tuple(self.workspace.clean_up())

    def compare(self, executor: Executor) -> AuditResult:
        """Return how many visitors were compared, and how many rows differ in which relations."""
        visitors = executor.count("the audit", self.working["visitors"])
        found = (self._compare(executor, relation) for relation in self.job.graph.relations)
        return AuditResult(visitors, tuple(one for one in found if one.rows))

    def _compare(self, executor: Executor, relation: Relation) -> Difference:
        differing = changes(self._of_sample(relation, self.working[relation.name]), self._of_sample(relation, relation.table))
        rows = differing.cte("differing")
        counted = executor.fetch_one(relation.name, "compare the sample", select(func.count(type_=BigInteger)).select_from(rows))[
            0
        ]
        if not counted:
            return Difference(relation.name, 0, ())
        entity = rows.c[relation.model.entity_column]
        few = select(entity).distinct().order_by(entity).limit(literal_column(str(EXAMPLES)))
        return Difference(relation.name, counted, tuple(executor.connection.execute(few).scalars()))

    def _of_sample(self, relation: Relation, table: FromClause) -> AnySelect:
        """Return the rows of the sample's visitors, with the sign by which each counts: 1 if computed afresh, -1 if built."""
        sign = "1" if table is self.working[relation.name] else "-1"
        rows = select(*(table.c[one.name] for one in relation.table.c), literal_column(sign, BigInteger).label("change"))
        if "dbt_visitor_id" in table.c:
            return rows.where(table.c.dbt_visitor_id.in_(self._visitors()))
        return rows.where(table.c.session_id.in_(self._sessions()))

    def _visitors(self) -> AnySelect:
        return select(self.working["visitors"].c.dbt_visitor_id)

    def _sessions(self) -> Any:
        sessions = self.job.graph.carrying("sessions")
        both = self.working[sessions.name], sessions.table
        return union(*(select(one.c.session_id).where(one.c.dbt_visitor_id.in_(self._visitors())) for one in both))

    def _events(self) -> AnySelect:
        usable = usable_events(self.job.graph.stream).cte("usable_events_again")
        several, deduplicate = self.job.graph.stream.several, self.job.settings.deduplicate
        return deduplicated_events(
            with_ranks(self._as_built(usable), deduplicate=deduplicate, several=several).cte("ranked_events")
        )

    def _as_built(self, usable: FromClause) -> FromClause:
        """Exclude rows loaded after the build had read the source. Without a snapshot, such rows may exist."""
        events = self.job.graph.carrying("events")
        if self.job.warehouse.transactions.rolls_back or events.kind != "table":
            return usable
        known = (self._is_as_built(usable, events.table, name) for name in self.job.graph.stream.names)
        return select(usable).where(or_(usable.c.loaded_at.is_(None), *known)).cte("events_as_built")

    def _is_as_built(self, usable: FromClause, events: FromClause, source: str) -> ColumnElement[bool]:
        """Whether a row of a source was loaded no later than the latest of that source's rows in the results."""
        latest = select(func.max(events.c.loaded_at)).where(events.c.source == source).scalar_subquery()
        return and_(usable.c.source == source, usable.c.loaded_at <= latest)

    def _known(self) -> AnySelect:
        both = self.working[self.identities.name], self.identities.table
        if not self.identity.is_by_alias:  # a user who is also a device can be a visitor who is in no mapping
            both = self.working["visits"], self.job.graph.carrying("sessions").table
        known = union(*(select(one.c.dbt_visitor_id) for one in both)).cte("known_visitors")
        return select(known.c.dbt_visitor_id)

    def _sample(self) -> AnySelect:
        return select(self.working["known"].c.dbt_visitor_id).where(random_draw() < self.share)

    def _slice(self) -> AnySelect:
        visits = self._visits().cte("visits_again") if self.identity.is_by_alias else self.working["visits"]
        events = select(*of_event(visits), visits.c[VISITOR])
        return events.where(visits.c[VISITOR].in_(self._visitors()))

    def _visits(self) -> Any:
        """One row per event with its visitor. Other visitors' events may decide it, so a slice of the events is not enough."""
        return self.identity.visits(self.working[TRACKS], self.working[self.identities.name])

    def _input(self, name: str) -> FromClause:
        return self.working["slice" if name == TRACKS else name]

    def _make(self, name: str, query: AnySelect, action: str) -> Step:
        table = self.workspace.create(f"audit_{name}", query)
        self.working[name] = table.table
        return Step("the audit", action, (self.job.warehouse.tables.stage(table),))


def count_audit_steps(job: Job) -> int:
    """Return the number of an audit's steps, for progress."""
    audit = Audit(job, 1.0)
    return sum(1 for _ in audit.steps()) + len(audit.clean_up())


def run_audit(executor: Executor, share: float) -> AuditResult:
    """Audit the build's results, in the build's transaction if there is one."""
    audit = Audit(executor.job, share)
    with executor.cleaning_up(audit.clean_up):
        executor.execute(audit.steps())
        return audit.compare(executor)
