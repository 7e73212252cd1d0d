"""The source as RudderStack's loader creates it, once events have filled every column of the context."""

from dataclasses import replace

from sqlalchemy import FromClause, Table
from streams import CONTEXTS

from sessionmodels import Settings
from sessionmodels.offline.documented import documented_stream
from sessionmodels.relations.graph import Graph, bind
from sessionmodels.source.columns import Source, assign_columns
from sessionmodels.source.database import as_table
from sessionmodels.source.stream import Stream
from sessionmodels.sql.text import LongText
from sessionmodels.warehouses import warehouse_of
from sessionmodels.warehouses.render import dialect_of

COLUMNS = sorted({column for sent in CONTEXTS for column in sent})


def whole_stream(settings: Settings, dialect: str) -> Stream:
    """Return the documented tables, each with every column that the streams know."""
    documented = documented_stream(settings, warehouse_of(dialect))
    sources = [_whole(one.table, settings.of_source(one.name), dialect) for one in documented.sources]
    return Stream.of(sources, settings, documented.identity_graph)


def _whole(table: FromClause, settings: Settings, dialect: str) -> Source:
    assert isinstance(table, Table)
    columns = {name: LongText() for name in COLUMNS} | {one.name: one.type for one in table.c}
    found = as_table(table.name, table.schema, columns.items())
    return replace(assign_columns(found, table.name, settings, dialect_of(warehouse_of(dialect))), is_table=True)


def whole_graph(settings: Settings, dialect: str, *, continues: bool = False) -> Graph:
    """Return the relations over that table."""
    return bind(settings, whole_stream(settings, dialect), continues=continues)
