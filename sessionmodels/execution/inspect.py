"""The request for a build and what exists. Everything that can be refused is refused here, before anything is changed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, Table

from sessionmodels.errors import SettingsError
from sessionmodels.execution.ownership import (
    own_names,
    published,
    refuse_foreign,
    refuse_foreign_own_tables,
    refuse_replacing_others,
    refuse_replacing_unseen,
    with_ownership,
)
from sessionmodels.execution.privileges import refuse_uncreatable, refuse_unreadable
from sessionmodels.execution.takeover import Takeover
from sessionmodels.execution.target import (
    former_events,
    inspect_existing,
    orphans,
    refuse_colliding_prefixes,
    refuse_missing,
    refuse_overwriting,
)
from sessionmodels.incremental.possible import why_impossible
from sessionmodels.models import MODELS
from sessionmodels.relations.graph import bind
from sessionmodels.relations.naming import duplicates_name, new_token
from sessionmodels.settings import Settings
from sessionmodels.source.columns import Source
from sessionmodels.source.database import table_source
from sessionmodels.source.files import file_source
from sessionmodels.source.stream import Stream
from sessionmodels.source.where import refuse_unknown
from sessionmodels.state.builds import Builds
from sessionmodels.warehouses.catalogue import Catalogue
from sessionmodels.warehouses.locks.lock import Place
from sessionmodels.warehouses.placement import placed, refuse_kinds, refuse_long_names
from sessionmodels.warehouses.warehouse import Job, Warehouse


@dataclass(frozen=True)
class Request:
    """The request for a build."""

    settings: Settings
    names: frozenset[str]
    """The names of the relations to build."""

    incremental: bool = False
    full_refresh: bool = False
    audit: float = 0.0
    """The share of visitors to compare with a fresh computation."""

    replace_existing: bool = False
    """Whether tables and views that are not ours may be replaced."""

    @property
    def is_part(self) -> bool:
        """Whether only some relations are built."""
        return self.names != MODELS.keys()


def is_incremental(settings: Settings, names: frozenset[str], argument: bool | None) -> bool:
    """Return whether a build is incremental: by the argument, else by the setting, which does not apply to selections."""
    return (settings.incremental and names == MODELS.keys()) if argument is None else argument


def refuse_contradictions(request: Request) -> None:
    """Refuse options that contradict each other, such as an incremental build of a selection.

    Raises:
        SettingsError: an incremental build or an audit of a selection, or a full refresh without an incremental build.
    """
    if request.incremental and request.is_part:
        msg = "an incremental build is of all relations; remove select (--select) or incremental (--incremental)"
        raise SettingsError(msg)
    if request.audit and request.is_part:
        msg = "an audit is of all relations; remove select (--select) or audit (--audit)"
        raise SettingsError(msg)
    if request.full_refresh and not request.incremental:
        msg = "full_refresh turns an incremental build into a full one; add incremental (--incremental), or remove it"
        raise SettingsError(msg)


def checked(engine: object, settings: object) -> Settings:
    """Return the settings to use.

    Raises:
        SettingsError: an argument has the wrong type.
    """
    if not isinstance(engine, Engine):
        msg = f"build_all takes an engine, as sqlalchemy.create_engine returns it; found {type(engine).__name__}"
        raise SettingsError(msg)
    if not isinstance(settings, Settings | None):
        msg = f"build_all takes Settings(...); found {type(settings).__name__}"
        raise SettingsError(msg)
    return settings or Settings()


def inspect_target(connection: Connection, warehouse: Warehouse, request: Request, *, comparing: bool = True) -> Job:
    """Return the job for the warehouse, given what exists. Only the catalogue is read.

    `comparing` also finds out which views are up to date and need not be replaced.
    """
    refuse_kinds(request.settings, warehouse)
    warehouse.driver.patch_dialect(connection.dialect)
    refuse_unencodable(request.settings, warehouse.driver.encoding(connection))
    catalogue = warehouse.catalogue(connection)
    settings = placed(request.settings, catalogue, warehouse)
    refuse_unreadable(catalogue, settings)
    target = settings.target_schema
    schema_exists = target is None or catalogue.has_schema(target)
    stream = find_stream(connection, settings)
    if schema_exists:
        takeover = Takeover(settings, catalogue, warehouse)
        settings = takeover.with_tables_kept()
        if stream.zoned and takeover.views_on_plain_times:
            stream = stream.with_plain_times()
        if comparing:
            takeover.warn()
    stream = stream.known_as_tables(lambda source: _is_table(source, catalogue))
    graph = bind(settings, stream)
    if request.incremental and why_impossible(graph, warehouse) is None:
        graph = bind(settings, stream, continues=True)
    chosen = graph.chosen(request.names)
    refuse_long_names(settings, connection.dialect)
    refuse_overwriting(catalogue, graph)
    place = Place(target or catalogue.default_schema, settings.table_prefix)
    existing = inspect_existing(catalogue, graph, comparing=comparing) if schema_exists else {}
    if any(one.name not in existing for one in chosen) or not catalogue.kind(Builds(place).table.name, place.schema):
        refuse_uncreatable(catalogue, place.schema)
    if schema_exists:
        refuse_colliding_prefixes(catalogue, settings, place.schema)
        refuse_foreign(catalogue, own_names(settings, place) | {one.table.name for one in chosen}, place)
    if schema_exists and not request.replace_existing:
        existing = with_ownership(
            existing, graph, lambda: published(connection, catalogue, place), rolls_back=warehouse.transactions.rolls_back
        )
        refuse_replacing_others(existing, chosen)
    if request.replace_existing:
        refuse_replacing_unseen(catalogue, [source.table for source in stream.sources], existing, chosen)
    if schema_exists:
        touches_duplicates = graph.continues or not request.is_part
        refuse_foreign_own_tables(
            catalogue, graph, place, touches_duplicates=touches_duplicates, replacing=request.replace_existing
        )
    refuse_missing(chosen, graph.relations, existing)
    return Job(
        warehouse,
        connection.dialect,
        graph,
        chosen,
        existing,
        orphans=orphans(catalogue, settings) if schema_exists else {},
        new_schema=() if schema_exists else catalogue.make_schema(target or "", _schema_of(stream.first, settings)),
        build=new_token(settings.table_prefix),
        events=sum(catalogue.rows(one.table) for one in stream.sources if isinstance(one.table, Table)),
        schema=place.schema,
        duplicates=catalogue.existing(Table(duplicates_name(settings), MetaData(), schema=target)) if schema_exists else None,
        former=former_events(catalogue, settings) if schema_exists else None,
        source=", ".join(_source_name(source, settings, catalogue) for source in stream.sources),
    )


def _is_table(source: Source, catalogue: Catalogue) -> bool:
    """Whether the source is known to be a table, whose rows are the same for every statement of a transaction."""
    if not isinstance(source.table, Table):
        return False
    schema = source.table.schema or catalogue.schema_of_source(source.table.name)
    return catalogue.kind(source.table.name, schema) == "table"


def _source_name(source: Source, settings: Settings, catalogue: Catalogue) -> str:
    """Return the source's table, resolved by the search path, or its files."""
    if isinstance(source.table, Table):
        return catalogue.resolved(source.table)
    return ", ".join(settings.of_source(source.name).files)


def _schema_of(source: Source, settings: Settings) -> str | None:
    return source.table.schema if isinstance(source.table, Table) else settings.source_schema


def refuse_unencodable(settings: Settings, encoding: str) -> None:
    """Refuse names and event names that the database cannot store.

    Raises:
        SettingsError: there is such a text; the message names the setting.
    """
    for setting, value in settings.model_dump(exclude={"url", "tracks"}).items():
        for text in _texts(value):
            try:
                text.encode(encoding)
            except UnicodeEncodeError as error:
                what = f"{text!r} contains {text[error.start]!r}, which this database cannot store (its encoding is {encoding})"
                msg = f"{setting}: {what}; remove it"
                raise SettingsError(msg) from None


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in (*value, *(value.values() if isinstance(value, dict) else ())):
            yield from _texts(one)


def place_of(job: Job) -> Place:
    """Return the place of the tables that only one build at a time may write."""
    return Place(job.schema, job.settings.table_prefix)


def find_stream(connection: Connection, settings: Settings) -> Stream:
    """Return the tables and files that the settings name."""
    found = [settings.of_source(name) for name in settings.source_names]
    sources = [(file_source if one.tracks else table_source)(connection, one) for one in found]
    # Lines of files that several sources read are counted once.
    sources = [
        source if one.files not in [other.files for other in found[:place]] else replace(source, skipped=None)
        for place, (one, source) in enumerate(zip(found, sources, strict=True))
    ]
    refuse_unknown(settings.where, [source.table for source in sources])
    return Stream.of(sources, settings.context)
