"""What is asked of a build, and what stands there: everything that can be refused is refused here, before anything is touched."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, Table

from sessionmodels.connection.transaction import named
from sessionmodels.errors import SettingsError, SourceError
from sessionmodels.execution.ownership import (
    claimed,
    own_names,
    published,
    refuse_foreign,
    refuse_others_under_own_names,
    refuse_replacing_others,
    refuse_replacing_unseen,
)
from sessionmodels.execution.privileges import refuse_uncreatable, refuse_unreadable
from sessionmodels.execution.target import (
    inspect_existing,
    orphans,
    refuse_colliding_prefixes,
    refuse_missing,
    refuse_overwriting,
)
from sessionmodels.graph import bind
from sessionmodels.incremental.base import why_impossible
from sessionmodels.models import MODELS
from sessionmodels.naming import TRACKS, new_token, retained_name
from sessionmodels.settings import Settings
from sessionmodels.source.clean import UNREADABLE_TIME, rejections, skipped_lines
from sessionmodels.source.columns import Source
from sessionmodels.source.database import table_source
from sessionmodels.source.epoch import as_epoch
from sessionmodels.source.files import file_source
from sessionmodels.sql.epoch import Epoch
from sessionmodels.state.builds import Builds
from sessionmodels.warehouses.catalogue import Catalogue
from sessionmodels.warehouses.locks.lock import Place
from sessionmodels.warehouses.placement import placed, refuse_kinds, refuse_long_names
from sessionmodels.warehouses.warehouse import Job, Warehouse


@dataclass(frozen=True)
class Request:
    """What somebody asks of a build."""

    settings: Settings
    names: frozenset[str]
    """Of the relations to build."""

    incremental: bool = False
    full_refresh: bool = False
    audit: float = 0.0
    """The share of visitors to compare with a fresh computation."""

    replace_existing: bool = False
    """Whether what somebody else made may be replaced."""

    @property
    def is_part(self) -> bool:
        """Whether only some relations are to be built."""
        return self.names != MODELS.keys()


def is_incremental(settings: Settings, names: frozenset[str], argument: bool | None) -> bool:
    """Return whether a build is incremental: as the argument says, else as the setting does, which is not meant for parts."""
    return (settings.incremental and names == MODELS.keys()) if argument is None else argument


def refuse_contradictions(request: Request) -> None:
    """Refuse an incremental build of a part: the rest would stay behind, and nothing could continue from it.

    Raises:
        SettingsError: it is one; or everything is to be built anew where nothing was to be incremental.
    """
    if request.incremental and request.is_part:
        msg = "an incremental build is of all relations; leave out select (--select), or incremental (--incremental)"
        raise SettingsError(msg)
    if request.audit and request.is_part:
        msg = "an audit is of all relations; leave out select (--select), or audit (--audit)"
        raise SettingsError(msg)
    if request.full_refresh and not request.incremental:
        msg = "full_refresh makes one incremental build a full one; say incremental (--incremental) too, or leave it out"
        raise SettingsError(msg)


def checked(engine: object, settings: object) -> Settings:
    """Return the settings to go by.

    Raises:
        SettingsError: an argument is of the wrong kind.
    """
    if not isinstance(engine, Engine):
        msg = f"build_all takes an engine, as sqlalchemy.create_engine makes it; found {type(engine).__name__}"
        raise SettingsError(msg)
    if not isinstance(settings, Settings | None):
        msg = f"build_all takes Settings(...); found {type(settings).__name__}"
        raise SettingsError(msg)
    return settings or Settings()


def inspect_target(connection: Connection, warehouse: Warehouse, request: Request, *, comparing: bool = True) -> Job:
    """Return what is asked of the warehouse, given what stands there; reads the catalogue alone.

    `comparing` also finds out which views are right and can be left alone.
    """
    refuse_kinds(request.settings, warehouse)
    warehouse.driver.patch_dialect(connection.dialect)
    refuse_unencodable(request.settings, warehouse.driver.encoding(connection))
    catalogue = warehouse.catalogue(connection)
    settings = placed(request.settings, catalogue, warehouse)
    refuse_unreadable(catalogue, settings)
    source = find_source(connection, settings)
    graph = bind(settings, source)
    if request.incremental and why_impossible(graph, warehouse) is None:
        graph = bind(settings, source, retain_events=True)
    chosen = graph.chosen(request.names)
    refuse_long_names(settings, connection.dialect)
    refuse_overwriting(catalogue, graph)
    target = settings.target_schema
    is_there = target is None or catalogue.has_schema(target)
    place = Place(target or catalogue.default_schema, settings.table_prefix)
    existing = inspect_existing(catalogue, graph, comparing=comparing) if is_there else {}
    if any(one.name not in existing for one in chosen) or not catalogue.kind(Builds(place).table.name, place.schema):
        refuse_uncreatable(catalogue, place.schema)
    if is_there:
        refuse_colliding_prefixes(catalogue, settings, place.schema)
        refuse_foreign(catalogue, own_names(settings, place) | {one.table.name for one in chosen}, place)
    if is_there and not request.replace_existing:
        existing = claimed(
            existing, graph, lambda: published(connection, catalogue, place), rolls_back=warehouse.transactions.rolls_back
        )
        refuse_replacing_others(existing, chosen)
    if request.replace_existing:
        refuse_replacing_unseen(catalogue, source.table, existing, chosen)
    if is_there:
        is_kept = graph.retains_events or not request.is_part
        refuse_others_under_own_names(catalogue, graph, place, retains=is_kept, replacing=request.replace_existing)
    refuse_missing(chosen, graph.relations, existing)
    return Job(
        warehouse,
        connection.dialect,
        graph,
        chosen,
        existing,
        orphans=orphans(catalogue, settings) if is_there else {},
        new_schema=() if is_there else catalogue.make_schema(target or "", settings.source_schema),
        build=new_token(settings.table_prefix),
        events=catalogue.rows(graph.source.table) if isinstance(graph.source.table, Table) else 0,
        schema=place.schema,
        retained=catalogue.existing(Table(retained_name(settings), MetaData(), schema=target)) if is_there else None,
        source=_which(source, settings, catalogue),
    )


def _which(source: Source, settings: Settings, catalogue: Catalogue) -> str:
    """Return which table a source is, wherever the search path has led, or which files."""
    if isinstance(source.table, Table):
        return catalogue.resolved(source.table)
    return ", ".join(settings.files)


def refuse_unencodable(settings: Settings, encoding: str) -> None:
    """Refuse a text that the database cannot store, in a name or an event's name.

    Raises:
        SettingsError: it names the setting.
    """
    for setting, value in settings.model_dump(exclude={"url", "tracks"}).items():
        for text in _texts(value):
            try:
                text.encode(encoding)
            except UnicodeEncodeError as error:
                what = f"{text!r} contains {text[error.start]!r}, which this database cannot store (its encoding is {encoding})"
                msg = f"{setting}: {what}; leave it out"
                raise SettingsError(msg) from None


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in (*value, *(value.values() if isinstance(value, dict) else ())):
            yield from _texts(one)


def place_of(job: Job) -> Place:
    """Return the tables that one build at a time may write."""
    return Place(job.schema, job.settings.table_prefix)


def find_source(connection: Connection, settings: Settings) -> Source:
    """Return the files or the table that the settings name, as they stand."""
    if settings.tracks:
        return file_source(connection, settings)
    return table_source(connection, settings)


def count_left_out(connection: Connection, warehouse: Warehouse, source: Source) -> Mapping[str | None, int]:
    """Count the raw events by the reason for which they are left out; null is none.

    Raises:
        SourceError: times are text, and not one of them can be read, or not one has a time of day.
    """
    with named(TRACKS, "count the events", warehouse):
        counted = connection.execute(rejections(source)).all()
    found: dict[str | None, int] = {row.reason: row.events for row in counted}
    if None not in found and UNREADABLE_TIME in found and source.window is None:
        example = next(row.example for row in counted if row.reason == UNREADABLE_TIME)
        instead = as_epoch(example) or "write '2026-01-31 12:00:00', in UTC or with an offset"
        msg = f"no time in the source can be read, such as {example!r}; {instead}"
        raise SourceError(msg)
    if None in found and source.window is None:
        _refuse_dates(source, {row.example for row in counted if row.reason != UNREADABLE_TIME})
    return found


def _refuse_dates(source: Source, examples: Collection[str | None]) -> None:
    """Refuse text that is a date in every row, as a column of dates is refused."""
    kind, example = source.columns["timestamp"].type, next(filter(None, examples), None)
    if example is None or isinstance(kind, Epoch) or any(one and ":" in one for one in examples):
        return
    msg = (
        f"every time in the source is a date, such as {example!r}, which has no time of day, so that all events of a day would"
        " happen at midnight; set timestamp_column to a column that has the time; or, if midnight is meant, write"
        f" '{example} 00:00:00'"
    )
    raise SourceError(msg)


def count_skipped(connection: Connection, warehouse: Warehouse, source: Source) -> Mapping[str, int]:
    """Count the lines of a raw export that are no events, by their type."""
    if source.skipped is None:
        return {}
    with named(TRACKS, "count the lines that are no events", warehouse):
        return {row.type: row.lines for row in connection.execute(skipped_lines(source.skipped))}
