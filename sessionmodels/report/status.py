"""What ran, how fresh each relation is, and through which moment sessions are complete: read from the table of builds."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from sessionmodels.connection.transaction import connected, named
from sessionmodels.display.blocks import Block, Grid
from sessionmodels.display.displayed import Displayed
from sessionmodels.display.format import Figure, age, count, moment, seconds
from sessionmodels.errors import TargetError
from sessionmodels.execution.ownership import refuse_untrusted
from sessionmodels.model import Kind, in_words
from sessionmodels.models import MODELS
from sessionmodels.naming import target_name
from sessionmodels.settings import Settings
from sessionmodels.state.builds import Build, Builds
from sessionmodels.warehouses import warehouse_of
from sessionmodels.warehouses.catalogue import Catalogue
from sessionmodels.warehouses.locks.lock import Place
from sessionmodels.warehouses.placement import placed_target


@dataclass(frozen=True)
class Freshness:
    """One relation: which build wrote it last, when that ended, and how many rows it left."""

    relation: str
    table: str
    build: int
    finished_at: datetime | None
    rows: int


@dataclass(frozen=True)
class MaterializedView:
    """One that stands: it shows what the views that it reads gave when it was computed."""

    relation: str
    table: str
    computed_at: datetime | None
    """When a build or a migration computed it last, UTC; None where that is not known. A `REFRESH` of your own is not known."""

    is_stale: bool
    """Whether a view that it reads was replaced since: refresh it."""


@dataclass(frozen=True)
class Status(Displayed):
    """The last builds, the latest first, and what they say of the relations."""

    builds: tuple[Build, ...]
    relations: tuple[Freshness, ...]
    """Those that were built."""

    watermark: datetime | None
    """The latest load time that the relations go by, UTC; None where no build was incremental."""

    complete_through: datetime | None
    """Sessions that ended by then are complete, but for events that are loaded late. None as for `watermark`."""

    missing_views: tuple[str, ...] = ()
    """Relations that the settings keep as views, by their names in the warehouse, where nothing stands."""

    materialized: tuple[MaterializedView, ...] = ()
    """Relations that the settings keep as materialized views, where they stand."""

    other_kinds: Mapping[str, tuple[Kind, Kind]] = field(default_factory=dict)
    """Relations that the settings keep as views, by their names in the warehouse, where something else stands: what each is to
    be, and what stands there."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data: times as ISO 8601."""
        return json.loads(json.dumps(asdict(self), default=datetime.isoformat))

    def to_json(self) -> str:
        """Return `to_dict` as JSON."""
        return json.dumps(self.to_dict(), indent=2)

    def blocks(self) -> Iterator[Block]:
        """Yield the missing views, the builds and what is to be said of each, and how fresh each relation is."""
        for view in self.missing_views:
            yield f"view {view} is missing; a build under these settings makes it, or your migrations do"
        for view, (wanted, stands) in self.other_kinds.items():
            yield (
                f"{view} is a {in_words(stands)} but should be a {in_words(wanted)}: if a build made it,"
                " `sessionmodels build` with the same settings replaces it"
            )
        yield from map(_about, self.materialized)
        if not self.builds:
            yield "nothing was built" if self.materialized else "nothing was built; views are always fresh"
            return
        yield Grid(("build", "mode", "outcome", "started", "took", "new rows", "late"), tuple(map(_row, self.builds)))
        yield from (f"build {one.number}: {why}" for one in self.builds for why in _remarks(one))
        rows = ((one.table, Figure(one.build), one.finished_at and age(one.finished_at), one.rows) for one in self.relations)
        yield Grid(("relation", "build", "built", "rows"), tuple(rows))
        yield self._completeness()

    def _completeness(self) -> str:
        if self.complete_through is None or self.watermark is None:
            return "Completeness is only tracked for incremental builds."
        through, loaded = moment(self.complete_through), moment(self.watermark)
        return f"Sessions are complete through {through} (events loaded by {loaded}), late events aside."


def status(engine: Engine, settings: Settings | None = None, *, last: int = 10) -> Status:
    """Return what is known of the builds of these tables.

    Args:
        engine: where the results are.
        settings: which tables are meant: `target_schema` and `table_prefix`; and which of them are views: `kinds`.
        last: how many builds to return.

    Raises:
        TargetError: nothing was built there yet, and no view stands; or the table of builds belongs to a role that the reader has
            no reason to trust.
        ConnectError: the warehouse cannot be reached.
    """
    settings = settings or Settings()
    warehouse = warehouse_of(engine.dialect.name)
    with connected(engine, reads_only=True) as connection, named("the builds", "read them", warehouse):
        catalogue = warehouse.catalogue(connection)
        named_schema, settings = settings.target_schema, placed_target(settings, catalogue, warehouse)
        schema = settings.target_schema or catalogue.default_schema
        builds = Builds(Place(schema, settings.table_prefix))
        refuse_untrusted(catalogue, {builds.table.name}, schema)
        views: dict[str, Kind] = {target_name(name, settings): kind for name, kind in settings.kinds.items() if kind != "table"}
        found: dict[str, Kind | None] = {view: catalogue.kind(view, schema) for view in views}
        missing = tuple(view for view, stands in found.items() if stands is None)
        others: dict[str, tuple[Kind, Kind]] = {
            view: (views[view], stands) for view, stands in found.items() if stands is not None and stands != views[view]
        }
        materialized = tuple(_materialized(catalogue, settings, schema))
        if not builds.exists(catalogue):
            if len(missing) + len(others) < len(views):  # views are all there is, and migrations have made them
                return Status((), (), None, None, missing, materialized, others)
            where = f"schema {named_schema!r}" if named_schema else "the default schema"
            msg = f"there is no {builds.table.name!r} in {where}; build first, or say where with target_schema"
            raise TargetError(msg)
        told = _status(connection, builds, settings, last)
        return replace(told, missing_views=missing, materialized=materialized, other_kinds=others)


def _materialized(catalogue: Catalogue, settings: Settings, schema: str | None) -> Iterator[MaterializedView]:
    computed = catalogue.computed(schema)
    for name, kind in settings.kinds.items():
        table = target_name(name, settings)
        if kind == "materialized_view" and table in computed:
            yield MaterializedView(name, table, computed[table].at, computed[table].is_stale)


def _status(connection: Connection, builds: Builds, settings: Settings, last: int) -> Status:
    standing = builds.last_visible(connection)
    wrote: dict[str, Build] = {}
    for build in builds.since_last_full(connection):
        for name in build.row_counts:
            wrote.setdefault(name, build)
    relations = (
        Freshness(name, target_name(name, settings), wrote[name].number, wrote[name].finished_at, wrote[name].row_counts[name])
        for name in MODELS
        if name in wrote
    )
    through = standing.complete_through if standing else None
    return Status(tuple(builds.last(connection, last)), tuple(relations), standing and standing.watermark, through)


def _about(view: MaterializedView) -> str:
    told = f"{view.table} is a materialized view"
    told += f", computed {age(view.computed_at)}" if view.computed_at else "; when it was computed is not known"
    if view.is_stale and view.computed_at:
        told += "; what it reads was replaced since, so refresh it: build, migrate, or REFRESH MATERIALIZED VIEW"
    return told


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
