"""What exists in the target. Everything that can be refused is refused here, before anything is changed."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, MetaData, Table

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
from sessionmodels.incremental.possible import why_impossible
from sessionmodels.relations.graph import Graph, Relation, bind
from sessionmodels.relations.naming import duplicates_name, new_token
from sessionmodels.settings import Settings
from sessionmodels.source.columns import Source
from sessionmodels.source.database import table_source, with_identity_graph
from sessionmodels.source.files import file_source
from sessionmodels.state.builds import Builds
from sessionmodels.warehouses.catalogue import Catalogue, Existing
from sessionmodels.warehouses.locks.lock import Place
from sessionmodels.warehouses.placement import placed, refuse_kinds, refuse_long_names
from sessionmodels.warehouses.warehouse import Job, Warehouse


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
    schema_exists = settings.target_schema is None or catalogue.has_schema(settings.target_schema)
    source = find_source(connection, settings)
    source = replace(source, is_table=_is_table(source, catalogue))
    if schema_exists:
        settings, source = _taken_over(settings, source, catalogue, warehouse, warns=comparing)
    graph = _bound(settings, source, request, warehouse)
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
    settings: Settings, source: Source, catalogue: Catalogue, warehouse: Warehouse, *, warns: bool
) -> tuple[Settings, Source]:
    """Return the settings and the source as they must be beside what an earlier version built."""
    takeover = Takeover(settings, catalogue, warehouse)
    kept = takeover.with_tables_kept()
    if source.zoned and takeover.views_on_plain_times:
        source = replace(source, zoned=False)
    if warns:
        takeover.warn()
    return kept, source


def _bound(settings: Settings, source: Source, request: Request, warehouse: Warehouse) -> Graph:
    """Return the relations, and whether incremental builds can continue from them."""
    graph = bind(settings, source)
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
        refuse_replacing_unseen(catalogue, graph.source.tables, existing, chosen)
    elif target.schema_exists:
        existing = with_ownership(existing, graph, records, rolls_back=warehouse.transactions.rolls_back)
        refuse_replacing_others(existing, chosen)
    if target.schema_exists:
        touches_duplicates = graph.continues or not target.request.is_part
        replacing = target.request.replace_existing
        refuse_foreign_own_tables(catalogue, graph, place, touches_duplicates=touches_duplicates, replacing=replacing)
    return existing


def _job(target: _Target, connection: Connection, warehouse: Warehouse, existing: Mapping[str, Existing]) -> Job:
    catalogue, settings, source = target.catalogue, target.settings, target.graph.source
    schema, exists = settings.target_schema, target.schema_exists
    return Job(
        warehouse,
        connection.dialect,
        target.graph,
        target.chosen,
        existing,
        orphans=orphans(catalogue, settings) if exists else {},
        new_schema=() if exists else catalogue.make_schema(schema or "", settings.source_schema),
        build=new_token(settings.table_prefix),
        events=catalogue.rows(source.table) if isinstance(source.table, Table) else 0,
        schema=target.place.schema,
        duplicates=catalogue.existing(Table(duplicates_name(settings), MetaData(), schema=schema)) if exists else None,
        former=former_events(catalogue, settings) if exists else None,
        source=_source_name(source, settings, catalogue),
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
    return ", ".join(settings.files)


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


def find_source(connection: Connection, settings: Settings) -> Source:
    """Return the files or the table that the settings name, with the table of the identity graph if they name one."""
    source = file_source(connection, settings) if settings.tracks else table_source(connection, settings)
    return with_identity_graph(source, connection, settings)
