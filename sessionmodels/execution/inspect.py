"""What exists in the target. Everything that can be refused is refused here, before anything is changed."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, MetaData, Table

from sessionmodels.errors import SettingsError
from sessionmodels.errors.redaction import whole
from sessionmodels.execution.missing_privileges import refuse_uncreatable, refuse_unreadable
from sessionmodels.execution.ownership import (
    own_names,
    published,
    refuse_foreign,
    refuse_foreign_own_tables,
    refuse_replacing_others,
    refuse_replacing_unseen,
    with_ownership,
)
from sessionmodels.execution.privacy import without_forgotten
from sessionmodels.execution.request import Request
from sessionmodels.execution.takeover import Takeover
from sessionmodels.execution.target import (
    former_events,
    inspect_existing,
    orphans,
    refuse_colliding_prefixes,
    refuse_missing,
    refuse_overwriting,
)
from sessionmodels.incremental.why_impossible import why_impossible
from sessionmodels.relations.graph import Graph, Relation, bind
from sessionmodels.relations.naming import duplicates_name, new_token
from sessionmodels.settings import Settings
from sessionmodels.source.columns import Source
from sessionmodels.source.database import identity_graph, table_source
from sessionmodels.source.files import file_source
from sessionmodels.source.raw_exports import type_of_lines
from sessionmodels.source.stream import Stream
from sessionmodels.source.where import refuse_unknown
from sessionmodels.state.builds import Builds
from sessionmodels.warehouses.catalogue import Catalogue, Existing
from sessionmodels.warehouses.locks.lock import Place
from sessionmodels.warehouses.placement import placed, refuse_kinds, refuse_long_names
from sessionmodels.warehouses.warehouse import Job, Warehouse


def inspect_target(catalogue: Catalogue, warehouse: Warehouse, request: Request, *, comparing: bool = True) -> Job:
    """Return the job for the warehouse, given what exists. Only the catalogue and the list of forgotten people are read.

    `comparing` also finds out which views are up to date and need not be replaced.
    """
    connection = catalogue.connection
    refuse_kinds(request.settings, warehouse)
    warehouse.driver.patch_dialect(connection.dialect)
    refuse_unencodable(request.settings, warehouse.driver.encoding(connection))
    settings = placed(request.settings, catalogue, warehouse)
    refuse_unreadable(catalogue, settings)
    schema_exists = settings.target_schema is None or catalogue.has_schema(settings.target_schema)
    stream = find_stream(connection, settings).known_as_tables(lambda source: _is_table(source, catalogue))
    if schema_exists:
        settings, stream = _taken_over(settings, stream, catalogue, warehouse, warns=comparing)
    if schema_exists or request.forgets:
        stream = without_forgotten(catalogue, settings, stream, forgets=request.forgets)
    graph = _bound(settings, stream, request, warehouse)
    target = _Target(catalogue, graph, graph.chosen(request.names), request, schema_exists)
    refuse_long_names(settings, connection.dialect)
    refuse_overwriting(catalogue, graph)
    existing = _existing(target, lambda: published(connection, catalogue, target.place), warehouse, comparing=comparing)
    refuse_missing(target.chosen, graph.relations, existing)
    return _job(target, connection, warehouse, existing)


@dataclass(frozen=True)
class _Target:
    """The relations of a build, and where they belong."""

    catalogue: Catalogue
    graph: Graph
    chosen: tuple[Relation, ...]
    request: Request
    schema_exists: bool

    @property
    def settings(self) -> Settings:
        """The settings of the build."""
        return self.graph.settings

    @property
    def place(self) -> Place:
        """The place of the tables that only one build at a time may write."""
        return Place(self.settings.target_schema or self.catalogue.default_schema, self.settings.table_prefix)


def _taken_over(
    settings: Settings, stream: Stream, catalogue: Catalogue, warehouse: Warehouse, *, warns: bool
) -> tuple[Settings, Stream]:
    """Return the settings and the sources as they must be beside what an earlier version built."""
    takeover = Takeover(settings, catalogue, warehouse)
    kept = takeover.with_tables_kept()
    if stream.zoned and takeover.views_on_plain_times:
        stream = stream.with_plain_times()
    if warns:
        takeover.warn()
    return kept, stream


def _bound(settings: Settings, stream: Stream, request: Request, warehouse: Warehouse) -> Graph:
    """Return the relations, and whether incremental builds can continue from them."""
    graph = bind(settings, stream)
    return replace(graph, continues=request.incremental and why_impossible(graph, warehouse) is None)


def _existing(
    target: _Target, records: Callable[[], Collection[str]], warehouse: Warehouse, *, comparing: bool
) -> Mapping[str, Existing]:
    """Return what exists under the names of the results, unless a build must not or cannot replace it."""
    catalogue, graph, chosen, place = target.catalogue, target.graph, target.chosen, target.place
    existing = inspect_existing(catalogue, graph, comparing=comparing) if target.schema_exists else {}
    if any(one.name not in existing for one in chosen) or not catalogue.kind(Builds(place).table.name, place.schema):
        refuse_uncreatable(catalogue, place.schema)
    if target.schema_exists:
        refuse_colliding_prefixes(catalogue, target.settings, place.schema)
        refuse_foreign(catalogue, own_names(target.settings, place) | {one.table.name for one in chosen}, place)
    if target.request.replace_existing:
        refuse_replacing_unseen(catalogue, graph.stream.tables, existing, chosen)
    elif target.schema_exists:
        existing = with_ownership(existing, graph, records, rolls_back=warehouse.transactions.rolls_back)
        refuse_replacing_others(existing, chosen)
    if target.schema_exists:
        touches_duplicates = graph.continues or not target.request.is_part
        replacing = target.request.replace_existing
        refuse_foreign_own_tables(catalogue, graph, place, touches_duplicates=touches_duplicates, replacing=replacing)
    return existing


def _job(target: _Target, connection: Connection, warehouse: Warehouse, existing: Mapping[str, Existing]) -> Job:
    catalogue, settings, stream = target.catalogue, target.settings, target.graph.stream
    schema, exists = settings.target_schema, target.schema_exists
    return Job(
        warehouse,
        connection.dialect,
        target.graph,
        target.chosen,
        existing,
        orphans=orphans(catalogue, settings) if exists else {},
        new_schema=() if exists else catalogue.make_schema(schema or "", _schema_of(stream.first, settings)),
        build=new_token(settings.table_prefix),
        events=sum(catalogue.rows(one.table) for one in stream.sources if isinstance(one.table, Table)),
        schema=target.place.schema,
        duplicates=catalogue.existing(Table(duplicates_name(settings), MetaData(), schema=schema)) if exists else None,
        former=former_events(catalogue, settings) if exists else None,
        forgets=target.request.forgets,
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
    return ", ".join(map(whole, settings.of_source(source.name).files))


def _schema_of(source: Source, settings: Settings) -> str | None:
    return source.table.schema if isinstance(source.table, Table) else settings.source_schema


def refuse_unencodable(settings: Settings, encoding: str) -> None:
    """Refuse names and event names that the database cannot store.

    Raises:
        SettingsError: there is such a text; the message names the setting.
    """
    for setting, value in settings.model_dump(exclude={"url": True, "tracks": True, "sources": {"__all__": {"files"}}}).items():
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


def _counting_lines_once(source: Source, before: Sequence[Settings], each: Sequence[Settings]) -> Source:
    """Return a source that counts the lines that no source of the same files reads, unless an earlier source does."""
    files = each[len(before)].files
    if not files or files in [one.files for one in before]:
        return replace(source, skipped=None)
    return replace(source, read_by_others=frozenset(type_of_lines(one.source_name) for one in each if one.files == files))


def find_stream(connection: Connection, settings: Settings) -> Stream:
    """Return the tables and files that the settings name, and the table of the identity graph if they name one."""
    found = [settings.of_source(name) for name in settings.source_names]
    sources = [(file_source if one.tracks else table_source)(connection, one) for one in found]
    sources = [_counting_lines_once(source, found[:place], found) for place, source in enumerate(sources)]
    refuse_unknown(settings.row_filter, [source.table for source in sources])
    return Stream.of(sources, settings, identity_graph(connection, settings))
