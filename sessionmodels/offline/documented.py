"""A source as RudderStack's loader creates it in a warehouse, and the relations over it, for SQL without a connection."""

from dataclasses import replace

from sqlalchemy import create_engine

from sessionmodels.errors import SettingsError
from sessionmodels.relations.graph import Graph, bind
from sessionmodels.settings import Settings
from sessionmodels.source.columns import Source, assign_columns
from sessionmodels.source.database import as_table, graph_in
from sessionmodels.source.files import file_source
from sessionmodels.source.patterns import called
from sessionmodels.sql.epoch import EpochNumber
from sessionmodels.sql.text import LongText
from sessionmodels.warehouses import warehouse_of
from sessionmodels.warehouses.placement import refuse_kinds, with_schema
from sessionmodels.warehouses.render import dialect_of
from sessionmodels.warehouses.warehouse import Warehouse


def documented_graph(settings: Settings, dialect: str, *, continues: bool = False) -> Graph:
    """Return the relations over a source as RudderStack's loader creates it there, or over files, which DuckDB inspects.

    Raises:
        SettingsError: as `write_statements`.
        SourceError: the files cannot be read, or hold no events.
    """
    warehouse = warehouse_of(dialect)
    refuse_kinds(settings, warehouse)
    if warehouse.schemas.default:
        settings = with_schema(settings, warehouse.schemas.default)
    if settings.tracks:
        if not warehouse.is_a_file:
            msg = f"tracks={called(settings.files)!r}: only DuckDB reads files; remove tracks, or write the SQL of duckdb"
            raise SettingsError(msg)
        with create_engine(f"{dialect}://").connect() as connection:
            return bind(settings, _with_graph(file_source(connection, settings), settings), continues=continues)
    return bind(settings, documented_source(settings, warehouse), continues=continues)


def documented_source(settings: Settings, warehouse: Warehouse) -> Source:
    """Return the `tracks` table as RudderStack's loader creates it there, under the names in the settings.

    Of the context, it has what the session rules compare: without it, their SQL would not be there.
    """
    columns = {getattr(settings, f"{name}_column", None) or name: kind for name, kind in warehouse.loaded.items()}
    if settings.loaded_at_column:
        columns[settings.loaded_at_column] = warehouse.loaded["timestamp"]
    if settings.epoch_unit:
        columns[settings.timestamp_column] = EpochNumber(settings.epoch_unit)
    for name in settings.session_rules.context:
        columns |= dict.fromkeys(settings.context.get(name, [])[:1], warehouse.loaded["event"])
    table = as_table(settings.source_table, settings.source_schema, columns.items())
    source = assign_columns(table, settings.source_table, settings, dialect_of(warehouse))
    return _with_graph(replace(source, is_table=True), settings)


def _with_graph(source: Source, settings: Settings) -> Source:
    """Return the source with the identity graph's table under the names in the settings, if one is set."""
    if settings.identity != "table":
        return source
    columns = dict.fromkeys((settings.identity_alias_column, settings.identity_visitor_column), LongText())
    schema = settings.identity_schema or settings.source_schema
    table = as_table(settings.identity_table or "", schema, columns.items())
    return replace(source, identity_graph=graph_in(table, settings))
