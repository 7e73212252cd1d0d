"""Examines the source on a connection."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine

from sessionmodels.connection.transaction import connected, named
from sessionmodels.display.format import count
from sessionmodels.doctor.columns import found_columns, likely_load_times, missing_context, zoneless
from sessionmodels.doctor.duplicates import Duplicates
from sessionmodels.doctor.figures import Figures, SourceFigures
from sessionmodels.doctor.findings import findings
from sessionmodels.doctor.ids import suspicious_id_of
from sessionmodels.doctor.landing import Lateness, Loads
from sessionmodels.doctor.profile import Profile
from sessionmodels.doctor.questions import Question, extents, questions
from sessionmodels.doctor.recommend import recommended, sessions_by_timeout
from sessionmodels.doctor.report import SourceReport
from sessionmodels.doctor.sources import FoundSources, find_sources
from sessionmodels.doctor.visitors import visitors_of
from sessionmodels.doctor.window import role_of_window, start_of, windowed
from sessionmodels.execution.dry_run import Planned
from sessionmodels.settings import Settings
from sessionmodels.source.columns import Source
from sessionmodels.sql.instant import as_utc
from sessionmodels.warehouses import warehouse_of
from sessionmodels.warehouses.render import plain_text_of, texts_of
from sessionmodels.warehouses.step import Step
from sessionmodels.warehouses.warehouse import Warehouse

AGAIN: Final = "Fix the cause and run it again."

Tell = Callable[[str], None]
Answers = Mapping[tuple[str, str], Sequence[Any]]
"""By the name of a query and its source, its rows."""

Found = TypeVar("Found")


def examine_source(
    engine: Engine, settings: Settings | None = None, *, since: datetime | None = None, tell: Tell | None = None
) -> SourceReport:
    """Examine the raw events before a build: what is odd about them, and which settings fit them. It only reads.

    Args:
        engine: an engine for the database with the raw events.
        settings: which tables or files, and the settings in force.
        since: only rows loaded then or later are examined; of a source without load times, events that happened then or later.
            Without it, those of the last 30 days up to each source's latest row.
        tell: is called with one sentence that says how many bytes will be read, before they are, on BigQuery.

    Raises:
        SettingsError: a setting does not fit the warehouse.
        SourceError: no source can be read.
        ConnectError: the warehouse cannot be reached.
        BuildError: the database rejected a query.
    """
    settings = settings or Settings()
    warehouse = warehouse_of(engine.dialect.name)
    with connected(engine, warehouse.transactions.isolation_level, reads_only=True) as connection:
        sources = find_sources(connection, settings, warehouse)
        examination = _Examination(connection, warehouse, sources, datetime.now(UTC), tell or (lambda _: None))
        return examination.report(since)


def plan_examination(engine: Engine, settings: Settings, since: datetime | None = None) -> tuple[Planned, ...]:
    """Return the queries that `examine_source` would run, and on BigQuery the bytes that each would read. None is run.

    Without `since`, the window is that of sources that were loaded just now.

    Raises:
        SettingsError: as `examine_source`.
        SourceError: as `examine_source`.
        ConnectError: as `examine_source`.
    """
    warehouse = warehouse_of(engine.dialect.name)
    with connected(engine, warehouse.transactions.isolation_level, reads_only=True) as connection:
        found = find_sources(connection, settings, warehouse)
        now = datetime.now(UTC)
        examination = _Examination(connection, warehouse, found, now, lambda _: None)
        first = extents(found.stream, now, since)
        starts = {one.name: start_of(now, since, one) for one in found.stream.sources}
        asked = [*first, *questions(windowed(found.stream, starts), found.settings, now)]
        return tuple(map(examination.planned, asked))


@dataclass(frozen=True)
class _Examination:
    """The connection on which the source is examined."""

    connection: Connection
    warehouse: Warehouse
    sources: FoundSources
    now: datetime
    tell: Tell

    @property
    def settings(self) -> Settings:
        return self.sources.settings

    def report(self, since: datetime | None) -> SourceReport:
        figures = self.figures(since)
        fitting = recommended(figures, self.settings)
        sessions = sessions_by_timeout(figures, self.settings)
        return SourceReport(figures, findings(figures, self.settings), fitting, sessions, self.settings.idle_minutes)

    def figures(self, since: datetime | None) -> Figures:
        stream = self.sources.stream
        first, found = self.answers(extents(stream, self.now, since), "to find the latest rows")
        latest = {name: row.latest and as_utc(row.latest) for (_, name), (row,) in found.items()}
        starts = {one.name: start_of(latest.get(one.name), since, one) for one in stream.sources}
        rest, rows = self.answers(questions(windowed(stream, starts), self.settings, self.now), "to examine the rows")
        found = {**found, **rows}
        return Figures(
            tuple(self.of_source(one, starts[one.name], found) for one in stream.sources),
            self.sources.unreadable,
            _made(Duplicates, found["duplicates", ""]),
            tuple(map(suspicious_id_of, found["ids", ""])),
            visitors_of(found["visitors", ""], self.settings),
            found["zone", ""][0].zone,
            self.now,
            first + rest if self.warehouse.driver.bytes_read else None,
        )

    def answers(self, asked: Iterable[Question], purpose: str) -> tuple[int, Answers]:
        """Return the bytes that these queries read, as far as the warehouse can tell, and their rows."""
        listed = list(asked)
        sizes = [size for size in map(self.size, listed) if size is not None]
        if sizes:
            self.tell(f"BigQuery reads {count(sum(sizes), 'byte')} {purpose}.")
        return sum(sizes), {(one.name, one.source): self.ask(one) for one in listed}

    def of_source(self, source: Source, start: datetime | None, found: Answers) -> SourceFigures:
        name, own, dialect = source.name, self.settings.of_source(source.name), self.connection.dialect
        loaded = source.has_load_times
        return SourceFigures(
            name,
            self.sources.called[name],
            tuple(found_columns(source, own, dialect)),
            missing_context(source, own),
            zoneless(source, dialect),
            likely_load_times(source),
            start,
            role_of_window(source),
            _made(Profile, found["profile", name], **({} if loaded else {"long_ago": found["extent", name][0].long_ago})),
            _made(Lateness, found["lateness", name]) if loaded else None,
            _made(Loads, found["loads", name]) if loaded else None,
        )

    def ask(self, question: Question) -> Sequence[Any]:
        self.warehouse.transactions.tag(self.connection, self.settings, question.name)
        called = question.source or "the source"
        with self.sources.stream.explained(), named(called, question.action, self.warehouse, way_out=AGAIN):
            return self.connection.execute(question.query).all()

    def planned(self, question: Question) -> Planned:
        """Return the query as a dry run shows it, with the secrets in the URLs of files masked."""
        name = question.source or "all sources"
        text = texts_of(Step(name, question.action, (question.query,)), self.connection.dialect, self.settings)
        return Planned(name, question.action, text, self.size(question))

    def size(self, question: Question) -> int | None:
        if self.warehouse.driver.bytes_read is None:
            return None
        text = plain_text_of(question.query, self.connection.dialect)
        return self.warehouse.driver.bytes_read(self.connection, self.settings, text)


def _made(kind: type[Found], rows: Sequence[Any], **other: Any) -> Found:
    """Return the only row as an object of this class, whose fields are its columns."""
    found = dict(rows[0]._mapping) | other  # noqa: SLF001 - public by its documentation
    values = {one.name: found[one.name] for one in fields(kind)}  # pyright: ignore[reportArgumentType] - a dataclass
    return kind(**{name: as_utc(value) if isinstance(value, datetime) else value for name, value in values.items()})
