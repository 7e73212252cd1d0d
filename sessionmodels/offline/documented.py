"""A source as RudderStack's loader creates it in a warehouse, and the relations over it, for SQL without a connection."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

from sqlalchemy import Connection, create_engine

from sessionmodels.errors import SettingsError
from sessionmodels.relations.graph import Graph, bind
from sessionmodels.relations.keyed_views import HASHED, refuse_views_with_key
from sessionmodels.settings import Settings
from sessionmodels.settings.one_source import EVENT_NAMES
from sessionmodels.source.columns import Source, assign_columns
from sessionmodels.source.database import as_table, graph_in
from sessionmodels.source.files import file_source
from sessionmodels.source.identity_graph import IdentityGraph
from sessionmodels.source.patterns import called
from sessionmodels.source.stream import Stream
from sessionmodels.source.where import columns_of
from sessionmodels.sql.epoch import EpochNumber
from sessionmodels.sql.text import LongText
from sessionmodels.warehouses import warehouse_of
from sessionmodels.warehouses.placement import refuse_kinds, with_schema
from sessionmodels.warehouses.render import dialect_of
from sessionmodels.warehouses.warehouse import Warehouse


def documented_graph(settings: Settings, dialect: str, *, continues: bool = False, with_context: bool = False) -> Graph:
    """Return the relations over a source as RudderStack's loader creates it there, or over files, which DuckDB inspects.

    A table has columns of the context only `with_context`, or if the session rules compare them: not every loader writes them.

    Raises:
        SettingsError: as `write_statements`.
        SourceError: the files cannot be read, or hold no events.
    """
    warehouse = warehouse_of(dialect)
    refuse_kinds(settings, warehouse)
    if settings.hash_ids:
        refuse_views_with_key(settings, HASHED)
    if warehouse.schemas.default:
        settings = with_schema(settings, warehouse.schemas.default)
    with _inspecting_files(settings, warehouse) as connection:
        stream = documented_stream(settings, warehouse, connection, with_context=with_context)
    return bind(settings, stream, continues=continues)


def _inspecting_files(settings: Settings, warehouse: Warehouse) -> AbstractContextManager[Connection | None]:
    """Return a connection that can inspect the files to read, or none if there are none."""
    if not settings.all_files:
        return nullcontext()
    if not warehouse.is_a_file:
        msg = f"tracks={called(settings.all_files)!r}: only DuckDB reads files; remove tracks, or write the SQL of duckdb"
        raise SettingsError(msg)
    return create_engine(f"{warehouse.dialect}://").connect()


def documented_stream(
    settings: Settings, warehouse: Warehouse, connection: Connection | None = None, *, with_context: bool = False
) -> Stream:
    """Return the tables as RudderStack's loader creates them there, and files as a connection finds them."""
    found = (settings.of_source(name) for name in settings.source_names)
    sources = [
        file_source(connection, one) if connection and one.files else _documented(one, warehouse, with_context=with_context)
        for one in found
    ]
    return Stream.of(sources, settings, _graph(settings))


def _documented(settings: Settings, warehouse: Warehouse, *, with_context: bool) -> Source:
    """Return one source's table under the names in its settings.

    Of the context, it has at least what the session rules compare: without it, their SQL would not be there.
    """
    columns = {getattr(settings, f"{name}_column", None) or name: kind for name, kind in warehouse.loaded.items()}
    if settings.loaded_at_column:
        columns[settings.loaded_at_column] = warehouse.loaded["timestamp"]
    if settings.epoch_unit:
        columns[settings.timestamp_column] = EpochNumber(settings.epoch_unit)
    for name in settings.context if with_context else settings.session_rules.context:
        columns |= dict.fromkeys(settings.context.get(name, [])[:1], warehouse.loaded["event"])
    if settings.source_name in EVENT_NAMES and "event_column" not in settings.own:
        columns.pop(settings.event_column)
    columns |= {name: warehouse.loaded["event"] for name in columns_of(settings.row_filter) if name not in columns}
    table = as_table(settings.source_table, settings.source_schema, columns.items())
    source = assign_columns(table, settings.source_table, settings, dialect_of(warehouse))
    return replace(source, is_table=True)


def _graph(settings: Settings) -> IdentityGraph | None:
    """Return the identity graph's table under the names in the settings, if one is set."""
    if settings.identity != "table":
        return None
    columns = dict.fromkeys((settings.identity_alias_column, settings.identity_visitor_column), LongText())
    schema = settings.identity_schema or settings.source_schema
    return graph_in(as_table(settings.identity_table or "", schema, columns.items()), settings)
