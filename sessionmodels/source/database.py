"""Finds the raw table in the database."""

import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, Connection, Inspector, MetaData, Table, inspect
from sqlalchemy.exc import SAWarning

from sessionmodels.errors import SourceError, did_you_mean
from sessionmodels.settings import Settings
from sessionmodels.source.columns import Source, assign_columns, find_column
from sessionmodels.source.epoch import in_units, refuse_unitless
from sessionmodels.source.identity_graph import IdentityGraph


def table_source(connection: Connection, settings: Settings) -> Source:
    """Return the table or view that the settings name.

    Raises:
        SourceError: it does not exist, or is not a table of events.
    """
    inspector = inspect(connection)
    schema = settings.source_schema
    spelt = settings.spelt("source_schema"), settings.spelt("source_table")
    name = _name(inspector, settings.source_table, schema, *spelt, files=settings.files_option)
    called = name if schema is None else f"{schema}.{name}"
    table = as_table(name, schema, in_units(_columns(inspector, name, schema), settings).items())
    refuse_unitless(connection, table, called, settings)
    return assign_columns(table, called, settings, connection.dialect)


def identity_graph(connection: Connection, settings: Settings) -> IdentityGraph | None:
    """Return the table that says whose an event is, if the setting `identity` names one.

    Raises:
        SourceError: the table or one of its two columns is missing.
    """
    if settings.identity != "table":
        return None
    inspector, schema = inspect(connection), settings.identity_schema or settings.source_schema
    name = _name(inspector, settings.identity_table or "", schema, "identity_schema", "identity_table")
    table = as_table(name, schema, _columns(inspector, name, schema).items())
    return graph_in(table, settings)


def graph_in(table: Table, settings: Settings) -> IdentityGraph:
    """Return the identity graph in a table.

    Raises:
        SourceError: a column is missing.
    """
    found = {}
    for role in ("alias", "visitor"):
        setting = f"identity_{role}_column"
        name = getattr(settings, setting)
        found[role] = find_column(table, name, table.fullname)
        if found[role] is None:
            hint = did_you_mean(name, (column.name for column in table.c))
            msg = f"{table.fullname} has no column {name!r} ({hint}); set {setting} to the column's name"
            raise SourceError(msg)
    return IdentityGraph(table, ignored=tuple(settings.ignored_ids), hash_ids=settings.hash_ids, **found)


@dataclass(frozen=True)
class _Found:
    """A column of a raw table. Two are equal if their types read alike."""

    name: str
    type_text: str
    kind: Any = field(compare=False)


def as_table(name: str, schema: str | None, columns: Iterable[tuple[str, Any]]) -> Table:
    """Return a table with these columns, in a `MetaData` of its own, so that nothing ever creates it.

    Equal columns give the same table, so that what is selected from it is known to be the same.
    """
    return _table(name, schema, tuple(_Found(column, f"{type(kind)}{kind!r}", kind) for column, kind in columns))


@lru_cache(maxsize=32)
def _table(name: str, schema: str | None, columns: tuple[_Found, ...]) -> Table:
    return Table(name, MetaData(), *(Column(one.name, one.kind) for one in columns), schema=schema)


def _columns(inspector: Inspector, name: str, schema: str | None) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # about types of columns that are not read
        return {column["name"]: column["type"] for column in inspector.get_columns(name, schema)}


def _name(  # noqa: PLR0913 - what a message names
    inspector: Inspector, name: str, schema: str | None, schema_setting: str, table_setting: str, *, files: str = ""
) -> str:
    """Return a table's name as the database spells it. Messages name the settings, and the option for files if there is one."""
    if inspector.has_table(name, schema):
        return name
    if schema is not None and not inspector.has_schema(schema):
        known = {one.rpartition(".")[2] for one in inspector.get_schema_names()}  # DuckDB prefixes them with the database
        msg = f"there is no schema {schema!r} to read from ({did_you_mean(schema, known)}); set {schema_setting}"
        raise SourceError(msg)
    names = [*inspector.get_table_names(schema), *inspector.get_view_names(schema)]
    alike = [one for one in names if one.lower() == name.lower()]
    if len(alike) == 1:
        return alike[0]
    where = f"schema {schema!r}" if schema else f"the default schema ({inspector.default_schema_name!r})"
    way_out = f"set {table_setting} and {schema_setting}"
    if files and inspector.dialect.name == "duckdb":
        way_out += f", or name its files: {files}"
    msg = f"there is no table {name!r} in {where} ({did_you_mean(name, names)}); {way_out}"
    raise SourceError(msg)
