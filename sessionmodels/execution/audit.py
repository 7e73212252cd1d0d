"""A sample of visitors computed afresh from the source, held against what the relations say of them.

What an incremental build cannot see, since no load time tells of it, shows here: rows that were removed from the source or
changed in it, and rows that landed later than the overlap.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import BigInteger, FromClause, Table, func, literal_column, or_, select, union

from sessionmodels.execution.executor import Executor
from sessionmodels.execution.result import AuditResult, Difference
from sessionmodels.graph import Relation
from sessionmodels.incremental.changes import changes
from sessionmodels.model import AnySelect
from sessionmodels.naming import TRACKS
from sessionmodels.rules.event import of_event
from sessionmodels.rules.identity import alias_of
from sessionmodels.source.clean import deduplicated_events, usable_events, with_duplicate_rank
from sessionmodels.sql.random import random_draw
from sessionmodels.warehouses.step import Step
from sessionmodels.warehouses.warehouse import Job

EXAMPLES = 3


class Audit:
    """A comparison of one sample, by steps that make tables of their own."""

    def __init__(self, job: Job, share: float) -> None:
        """Take what was built, and which share of the visitors is looked at."""
        self.job, self.share = job, share
        self.workspace = job.warehouse.strategy.workspace(job)
        self.working: dict[str, Table] = {}
        self.identities = job.graph.carrying("identities")

    def steps(self) -> Iterator[Step]:
        """Yield what computes the sample afresh: the source is read whole, since its history may have changed."""
        yield self._make(TRACKS, self._events(), "read and clean the events again")
        yield self._make(self.identities.name, self.identities.model(self.working[TRACKS]), "map every id again")
        # A table of its own first: a draw over a union may be drawn on each side of it.
        yield self._make("known", self._known(), "list every visitor")
        yield self._make("visitors", self._sample(), "draw a random sample of visitors")
        yield self._make("slice", self._slice(), "select their events")
        for relation in self.job.graph.relations:
            if relation != self.identities:
                handed = (self._handed(name) for name in relation.model.reads)
                chosen = {name: getattr(self.job.settings, name) for name in relation.model.sets}
                yield self._make(relation.name, relation.model(*handed, **chosen), "recompute their rows")

    def clean_up(self) -> tuple[Step, ...]:
        """Return what takes away what only the audit needed."""
        return tuple(self.workspace.clean_up())

    def compare(self, executor: Executor) -> AuditResult:
        """Return how many visitors were looked at, and which relations differ in how many rows."""
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
        who = rows.c[relation.model.entity_column]
        few = select(who).distinct().order_by(who).limit(literal_column(str(EXAMPLES)))
        return Difference(relation.name, counted, tuple(executor.connection.execute(few).scalars()))

    def _of_sample(self, relation: Relation, table: FromClause) -> AnySelect:
        """Return the rows of the sample's visitors, with how often each counts: as they should be, or as they are."""
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
        usable = usable_events(self.job.graph.source).cte("usable_events_again")
        ranked = with_duplicate_rank(self._as_built(usable), deduplicate=self.job.settings.deduplicate).cte("ranked_events")
        return deduplicated_events(ranked)

    def _as_built(self, usable: FromClause) -> FromClause:
        """Leave out what was loaded after the build had read: where no snapshot holds, it may have come since."""
        if self.job.warehouse.transactions.rolls_back or not self.job.graph.retains_events:
            return usable
        latest = select(func.max(self.job.graph.staging.table.c.loaded_at)).scalar_subquery()
        return select(usable).where(or_(usable.c.loaded_at <= latest, usable.c.loaded_at.is_(None))).cte("events_as_built")

    def _known(self) -> AnySelect:
        both = self.working[self.identities.name], self.identities.table
        known = union(*(select(one.c.dbt_visitor_id) for one in both)).cte("known_visitors")
        return select(known.c.dbt_visitor_id)

    def _sample(self) -> AnySelect:
        return select(self.working["known"].c.dbt_visitor_id).where(random_draw() < self.share)

    def _slice(self) -> AnySelect:
        events, mapping = self.working[TRACKS], self.working[self.identities.name]
        joined = events.join(mapping, mapping.c.alias == alias_of(events))
        return select(*of_event(events)).select_from(joined).where(mapping.c.dbt_visitor_id.in_(self._visitors()))

    def _handed(self, name: str) -> FromClause:
        return self.working["slice" if name == TRACKS else name]

    def _make(self, name: str, query: AnySelect, action: str) -> Step:
        made = self.workspace.make(f"audit_{name}", query)
        self.working[name] = made.table
        return Step("the audit", action, (self.job.warehouse.tables.stage(made),))


def steps_of_audit(job: Job) -> int:
    """Return how many steps an audit takes, for progress."""
    audit = Audit(job, 1.0)
    return sum(1 for _ in audit.steps()) + len(audit.clean_up())


def audited(executor: Executor, share: float) -> AuditResult:
    """Carry out an audit of what was built, in the same transaction where there is one."""
    audit = Audit(executor.job, share)
    with executor.cleaning_up(audit.clean_up):
        executor.execute(audit.steps())
        return audit.compare(executor)
