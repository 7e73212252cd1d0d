"""The last builds, the freshness of each relation, and how far sessions are complete, from the table of builds."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from sessionmodels.connection.transaction import connected, named
from sessionmodels.display.blocks import Block, Grid
from sessionmodels.display.displayed import PlainData
from sessionmodels.display.format import Figure, age, count, moment, seconds
from sessionmodels.errors import TargetError
from sessionmodels.execution.source_result import EachSource, each_source
from sessionmodels.execution.takeover import Takeover
from sessionmodels.model import Kind, in_words
from sessionmodels.models import MODELS
from sessionmodels.reading.read import trusted_builds
from sessionmodels.relations.naming import target_name
from sessionmodels.settings import Settings
from sessionmodels.state.builds import Build, Builds
from sessionmodels.warehouses import warehouse_of
from sessionmodels.warehouses.catalogue import Catalogue
from sessionmodels.warehouses.placement import placed_target


@dataclass(frozen=True)
class Freshness:
    """One relation: the build that wrote it last, when that ended, and how many rows it wrote."""

    relation: str
    table: str
    build: int
    finished_at: datetime | None
    rows: int


@dataclass(frozen=True)
class MaterializedView:
    """An existing materialized view, with its rows as of when it was computed."""

    relation: str
    table: str
    computed_at: datetime | None
    """When a build or a migration last computed it, UTC; None if unknown. A `REFRESH` of your own is not recorded."""

    is_stale: bool
    """Whether a view that it reads was replaced since then. If so, refresh it."""


@dataclass(frozen=True)
class Status(PlainData):
    """The last builds, the latest first, and the state of the relations."""

    builds: tuple[Build, ...]
    relations: tuple[Freshness, ...]
    """The relations that were built."""

    watermark: datetime | None
    """The latest load time in the relations, UTC; None if no build was incremental."""

    complete_through: datetime | None
    """Sessions that ended by then are complete, except for late events. None as for `watermark`."""

    sources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By source, what the last build read of it: rows read, kept, removed as duplicates and excluded, and its watermark."""

    missing_views: tuple[str, ...] = ()
    """Views in the settings that do not exist, by their names in the warehouse."""

    materialized: tuple[MaterializedView, ...] = ()
    """Materialized views in the settings that exist."""

    other_kinds: Mapping[str, tuple[Kind, Kind]] = field(default_factory=dict)
    """Views in the settings that are something else in the warehouse, by name: the intended kind, and the existing one."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data: times as ISO 8601."""
        return json.loads(json.dumps(asdict(self), default=datetime.isoformat))

    def blocks(self) -> Iterator[Block]:
        """Yield missing views, the builds with remarks, and the freshness of each relation."""
        never = bool(self.builds) and not self.relations and not self.materialized
        if never and not self.other_kinds:
            yield "nothing is built yet: no build has succeeded"
        for view in () if never else self.missing_views:
            yield f"view {view} is missing; a build with these settings creates it, or your migrations do"
        for view, (wanted, found) in self.other_kinds.items():
            yield (
                f"{view} is a {in_words(found)} but should be a {in_words(wanted)}: if a build created it,"
                " `sessionmodels build` with the same settings replaces it"
            )
        yield from map(_about, self.materialized)
        if not self.builds:
            yield "nothing was built" if self.materialized else "nothing was built; views are always fresh"
            return
        yield Grid(("build", "mode", "outcome", "started", "took", "new rows", "late"), tuple(map(_row, self.builds)))
        yield from (f"build {one.number}: {why}" for one in self.builds for why in _remarks(one))
        if len(self.sources) > 1:
            yield each_source({name: EachSource.from_dict(one) for name, one in self.sources.items()})
        if never:
            return
        rows = ((one.table, Figure(one.build), one.finished_at and age(one.finished_at), one.rows) for one in self.relations)
        yield Grid(("relation", "build", "built", "rows"), tuple(rows))
        yield self._completeness()

    def _completeness(self) -> str:
        if self.complete_through is None or self.watermark is None:
            return "Completeness is only tracked for incremental builds."
        through, loaded = moment(self.complete_through), moment(self.watermark)
        follows_sdk = any(one.settings.get("sdk_sessions") for one in self.builds)
        sdk = ", and for those of an SDK session that goes on (sdk_sessions)" if follows_sdk else ""
        return f"Sessions are complete through {through} (events loaded by {loaded}), except for late events{sdk}."


def status(engine: Engine, settings: Settings | None = None, *, last: int = 10) -> Status:
    """Return the status of the builds of these tables.

    Args:
        engine: an engine for the results' database.
        settings: which tables (`target_schema` and `table_prefix`), and which of them are views (`kinds`).
        last: how many builds to return.

    Raises:
        TargetError: nothing was built there yet, and no view exists; or the table of builds belongs to a role that the reader
            must not trust.
        ConnectError: the warehouse cannot be reached.
    """
    settings = settings or Settings()
    warehouse = warehouse_of(engine.dialect.name)
    with connected(engine, reads_only=True) as connection, named("the builds", "read them", warehouse):
        catalogue = warehouse.catalogue(connection)
        named_schema, settings = settings.target_schema, placed_target(settings, catalogue, warehouse)
        settings = Takeover(settings, catalogue, warehouse).with_tables_kept()
        schema = settings.target_schema or catalogue.default_schema
        builds = trusted_builds(catalogue, settings)
        views: dict[str, Kind] = {target_name(name, settings): kind for name, kind in settings.kinds.items() if kind != "table"}
        found: dict[str, Kind | None] = {view: catalogue.kind(view, schema) for view in views}
        missing = tuple(view for view, kind in found.items() if kind is None)
        others: dict[str, tuple[Kind, Kind]] = {
            view: (views[view], kind) for view, kind in found.items() if kind is not None and kind != views[view]
        }
        materialized = tuple(_materialized(catalogue, settings, schema))
        if not builds.exists(catalogue):
            if len(missing) + len(others) < len(views):  # there are only views, created by migrations
                views_only = {"missing_views": missing, "materialized": materialized, "other_kinds": others}
                return Status((), (), None, None, **views_only)
            where = f"schema {named_schema!r}" if named_schema else "the default schema"
            msg = f"there is no {builds.table.name!r} in {where}; build first, or set target_schema to where it is"
            raise TargetError(msg)
        result = _status(connection, builds, settings, last)
        return replace(result, missing_views=missing, materialized=materialized, other_kinds=others)


def _materialized(catalogue: Catalogue, settings: Settings, schema: str | None) -> Iterator[MaterializedView]:
    computed = catalogue.computed(schema)
    for name, kind in settings.kinds.items():
        table = target_name(name, settings)
        if kind == "materialized_view" and table in computed:
            yield MaterializedView(name, table, computed[table].at, computed[table].is_stale)


def _status(connection: Connection, builds: Builds, settings: Settings, last: int) -> Status:
    latest = builds.last_visible(connection)
    last_writer: dict[str, Build] = {}
    for build in builds.since_last_whole(connection):
        for name in build.row_counts:
            last_writer.setdefault(name, build)
    relations = (
        Freshness(
            name,
            target_name(name, settings),
            last_writer[name].number,
            last_writer[name].finished_at,
            last_writer[name].row_counts[name],
        )
        for name in MODELS
        if name in last_writer
    )
    through = latest.complete_through if latest else None
    sources = latest.sources if latest else {}
    return Status(tuple(builds.last(connection, last)), tuple(relations), latest and latest.watermark, through, sources)


def _about(view: MaterializedView) -> str:
    text = f"{view.table} is a materialized view"
    text += f", computed {age(view.computed_at)}" if view.computed_at else "; it is unknown when it was computed"
    if view.is_stale and view.computed_at:
        text += "; a view that it reads was replaced since, so refresh it: build, migrate, or REFRESH MATERIALIZED VIEW"
    return text


def _row(build: Build) -> tuple[Any, ...]:
    outcome = "running?" if build.outcome == "running" else build.outcome
    took = None if build.finished_at is None else seconds((build.finished_at - build.started_at).total_seconds())
    return Figure(build.number), build.mode, outcome, moment(build.started_at), took, build.events_new, build.late_events


def _remarks(build: Build) -> Iterator[str]:
    if build.reason:
        yield f"full build: {build.reason}"
    if build.visitors_audited:
        yield f"{count(build.visitors_audited, 'visitor')} audited, {count(build.rows_differing or 0, 'differing row')}"
    if build.error:
        yield build.error
