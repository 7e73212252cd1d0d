"""Records one build in the table of builds: its start, when readers start to see its results, and its end."""

import logging
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, Executable

from sessionmodels.connection.transaction import ALL_CHANGED, PARTLY_CHANGED
from sessionmodels.errors import brief
from sessionmodels.errors.redaction import logger
from sessionmodels.execution.execute import Outcome
from sessionmodels.execution.fingerprint import fingerprint
from sessionmodels.execution.inspect import place_of
from sessionmodels.execution.invariants import column_types, definitions
from sessionmodels.execution.mode import Decision
from sessionmodels.execution.result import AuditResult
from sessionmodels.state.builds import LONGEST_ERROR, Build, Builds
from sessionmodels.state.recorded import recorded
from sessionmodels.state.watermark import earliest
from sessionmodels.warehouses.catalogue import Catalogue
from sessionmodels.warehouses.step import Step
from sessionmodels.warehouses.strategies.steps import grant_builds
from sessionmodels.warehouses.tags import package_version

LOG = logger("sessionmodels")
KILLED = "it was killed, or its connection was lost"
RESULTS_CHANGED: Final = frozenset({ALL_CHANGED, PARTLY_CHANGED})


class BuildLog:
    """The row of one build."""

    def __init__(self, connection: Connection, decided: Decision, started_at: datetime) -> None:
        """Record that a build starts, and that unfinished builds were killed, which the holder of the lock knows."""
        self.connection = connection
        self.finished_at = started_at
        self.job, self.warehouse = decided.job, decided.job.warehouse
        self.builds = Builds(place_of(decided.job))
        with connection.begin():
            self._create_or_extend_table(self.warehouse.catalogue(connection))
            record_killed(connection, self.builds)
            self.build = self._new_row(decided, started_at)
            connection.execute(self.builds.insert(self.build))
        LOG.info("build %d starts: %s", self.build.number, self.build.mode, extra={"build": self.build.number})

    def _create_or_extend_table(self, catalogue: Catalogue) -> None:
        if not self.builds.exists(catalogue):
            self.connection.execute(self.builds.create())
            return
        for column in self.builds.missing(catalogue):
            self.connection.execute(self.builds.add_column(column))

    def start_swapping(self) -> None:
        """Record that readers may see some of the results from now on."""
        self.connection.execute(self.builds.update(self.build.build, changed="some"))

    def done(self, outcome: Outcome) -> Executable:
        """Return the statement that records the build as done. It runs in the transaction of the results."""
        catalogue = self.warehouse.catalogue(self.connection)  # a new one, because a catalogue caches what it reads
        state: dict[str, Any] = {
            "granted_to": tuple(self.job.settings.grant_to),
            "view_definitions": definitions(catalogue, self.job.graph),
            "column_types": column_types(catalogue, self.job.graph),
        }
        if outcome.forgotten is not None:
            state["forgotten"] = outcome.forgotten
        return self.builds.update(self.build.build, finished_at=self._finished(), **_outcome_values(outcome), **state)

    def grants(self) -> Iterator[Step]:
        """Yield steps that grant the readers of the results access to the table of builds."""
        schema = self.job.schema
        owns = bool(self.job.settings.grant_to and schema and self.warehouse.catalogue(self.connection).owns_schema(schema))
        return grant_builds(self.job, self.builds, owns_schema=owns)

    def audited(self, audit: AuditResult) -> Executable:
        """Return the statement that records an audit without a build."""
        return self.builds.update(self.build.build, outcome="done", finished_at=self._finished(), **_audited(audit))

    @property
    def seconds(self) -> float:
        """The build's duration, from the recorded times, so that `status` shows the same."""
        return (self.finished_at - self.build.started_at).total_seconds()

    def _finished(self) -> datetime:
        self.finished_at = datetime.now(UTC)
        return self.finished_at

    def failed(self, error: BaseException, changed: str) -> None:
        """Record why the build failed, if possible. The caller still raises the error itself."""
        why = brief(error)[:LONGEST_ERROR]
        # If all results are new but the build could not be recorded as done, no build can continue from them either.
        seen = "nothing" if self.warehouse.transactions.rolls_back or changed not in RESULTS_CHANGED else "some"
        ended = {"outcome": "failed", "changed": seen, "error": why, "finished_at": datetime.now(UTC)}
        self._write_if_possible(self.builds.update(self.build.build, **ended))
        level = logging.WARNING if getattr(error, "transient", False) else logging.ERROR  # it may be retried
        where = {"relation": getattr(error, "relation", None), "statement": getattr(error, "statement", None)}
        LOG.log(
            level,
            "build %d failed: %s",
            self.build.number,
            why,
            extra={"build": self.build.number, "outcome": "failed", "error": why, **where},
        )

    def _write_if_possible(self, statement: Executable) -> None:
        """Run a statement, and once more if the interrupt that stopped the build still reached it, or the rollback before it."""
        for _ in range(2):
            with suppress(Exception):
                with self.connection.begin():
                    self.connection.execute(statement)
                return
            with suppress(Exception):
                self.connection.rollback()

    def _new_row(self, decided: Decision, started_at: datetime) -> Build:
        return Build(
            build=decided.job.build,
            number=self.builds.next_number(self.connection),
            table_prefix=decided.job.settings.table_prefix,
            mode=decided.mode,
            reason=decided.reason,
            outcome="running",
            changed="nothing",
            started_at=started_at,
            package_version=package_version(),
            idle_minutes=decided.job.settings.idle_minutes,
            fingerprint=fingerprint(decided.job),
            forgotten=decided.job.graph.stream.forgotten and decided.job.graph.stream.forgotten.entries,
            settings=recorded(decided.job.settings),
            source=decided.job.source,
        )


def record_killed(connection: Connection, builds: Builds) -> None:
    """Record unfinished builds as killed. Only the holder of the lock knows that they were."""
    for killed in builds.unfinished(connection):
        LOG.warning("build %d was killed, or its connection was lost", killed.number, extra={"build": killed.number})
        connection.execute(builds.update(killed.build, outcome="failed", error=KILLED))


def _audited(audit: AuditResult) -> dict[str, int]:
    return {"visitors_audited": audit.visitors, "rows_differing": sum(one.rows for one in audit.differences)}


def _outcome_values(outcome: Outcome) -> dict[str, Any]:
    source, increment, audit = outcome.source, outcome.increment, outcome.audit
    values: dict[str, Any] = {
        "outcome": "done",
        "changed": "all",
        "row_counts": {one.name: one.rows for one in outcome.relations},
        "kept_rows": outcome.kept_rows,
    }
    if outcome.watermarks:
        values["watermark"] = earliest(outcome.watermarks)
        values["watermarks"] = {name: mark.to_dict() for name, mark in outcome.watermarks.items()}
    if source:
        values["sources"] = {name: one.to_dict() for name, one in source.sources.items()}
        values |= {"events_read": source.events_read, "events_kept": source.events_kept}
        values |= {"duplicates_removed": source.duplicates_removed, "left_out": source.left_out}
    if audit:
        values |= _audited(audit)
    return values | (vars(increment) if increment else {})
