"""Finds the raw table in the database."""

import warnings
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column, Connection, Inspector, MetaData, Table, inspect
from sqlalchemy.exc import SAWarning

from sessionmodels.errors import SourceError, did_you_mean
from sessionmodels.settings import Settings
from sessionmodels.source.columns import Source, assign_columns
from sessionmodels.source.epoch import in_units, refuse_unitless


def table_source(connection: Connection, settings: Settings) -> Source:
    """Return the table or view that the settings name.

    Raises:
        SourceError: it does not exist, or is not a table of events.
    """
    inspector = inspect(connection)
    schema = settings.source_schema
    name = _name(inspector, settings.source_table, schema, settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # about types of columns that are not read
        found = inspector.get_columns(name, schema)
    called = name if schema is None else f"{schema}.{name}"
    table = as_table(name, schema, in_units({c["name"]: c["type"] for c in found}, settings).items())
    refuse_unitless(connection, table, called, settings)
    return assign_columns(table, called, settings, connection.dialect)


def as_table(name: str, schema: str | None, columns: Iterable[tuple[str, Any]]) -> Table:
    """Return a table with these columns, in a `MetaData` of its own, so that nothing ever creates it."""
    return Table(name, MetaData(), *(Column(column, kind) for column, kind in columns), schema=schema)


def _name(inspector: Inspector, name: str, schema: str | None, settings: Settings) -> str:
    if inspector.has_table(name, schema):
        return name
    if schema is not None and not inspector.has_schema(schema):
        known = {one.rpartition(".")[2] for one in inspector.get_schema_names()}  # DuckDB prefixes them with the database
        msg = f"there is no schema {schema!r} to read from ({did_you_mean(schema, known)}); set {settings.spelt('source_schema')}"
        raise SourceError(msg)
    names = [*inspector.get_table_names(schema), *inspector.get_view_names(schema)]
    alike = [one for one in names if one.lower() == name.lower()]
    if len(alike) == 1:
        return alike[0]
    where = f"schema {schema!r}" if schema else f"the default schema ({inspector.default_schema_name!r})"
    both = " and ".join(map(settings.spelt, ("source_table", "source_schema")))
    msg = f"there is no table {name!r} in {where} ({did_you_mean(name, names)}); set {both}"
    raise SourceError(msg)
