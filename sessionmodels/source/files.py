"""Exported files as a source: Parquet, CSV and JSON Lines, read in place by DuckDB."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import Connection, Text, column
from sqlalchemy.exc import DBAPIError, UnsupportedCompilationError
from sqlalchemy.types import DATE, TIMESTAMP, Double, NullType, TypeEngine

from sessionmodels.errors import SettingsError
from sessionmodels.settings import Settings
from sessionmodels.source.parts import Source, assign_parts
from sessionmodels.source.patterns import absolutes, called, refuse_missing, refuse_twice
from sessionmodels.source.readers import Describe, Reader, read_files, reader_of
from sessionmodels.source.separators import separator_of
from sessionmodels.source.unreadable import refuse_utf_16, unreadable, why_unreadable


def file_source(connection: Connection, settings: Settings) -> Source:
    """Return the files that the setting `tracks` names.

    Raises:
        SettingsError: the engine reads no files, or the files are of an unknown format, of several, or named twice.
        SourceError: no file matches, one cannot be read, or together they are no table of events.
    """
    patterns = settings.files
    _refuse_other_engines(connection, patterns)
    reader = _reader(connection, settings)
    described = _describe(connection, settings, reader)
    columns = dict.fromkeys(described, "VARCHAR") if reader.function == "read_json" else None
    lines = read_files(absolutes(patterns), reader, hive_partitioning=settings.hive_partitioning, columns=columns)
    typed = [column(name, Text() if columns else _type(spelt)) for name, spelt in described.items()]
    table = lines.table_valued(*typed, name="tracks")
    source = assign_parts(table, called(patterns), settings, connection.dialect)
    return replace(source, why_unreadable=partial(why_unreadable, patterns, reader))


def refuse_no_files(settings: Settings) -> None:
    """Refuse files that cannot be read, before anything is opened.

    Raises:
        SettingsError: their format is unknown, they are of several, one is a folder, or one is named twice.
        SourceError: no file matches.
    """
    reader_of(settings.files)
    refuse_missing(settings.files)
    refuse_twice(settings.files)


def _refuse_other_engines(connection: Connection, patterns: Sequence[str]) -> None:
    try:
        read_files((), reader_of(patterns), hive_partitioning=False).compile(dialect=connection.dialect)
    except UnsupportedCompilationError:
        instead = "give url='duckdb:///sessionmodels.duckdb', or set source_table in place of tracks"
        msg = f"tracks={called(patterns)!r}: only DuckDB reads files; {instead}"
        raise SettingsError(msg) from None


def _reader(connection: Connection, settings: Settings) -> Reader:
    """Return what reads the files, with the separator that their headers have."""
    refuse_no_files(settings)
    reader = reader_of(settings.files)
    if reader.is_text:
        refuse_utf_16(settings.files)
    return replace(reader, separator=separator_of(connection, settings.files, reader)) if reader.separator else reader


def _describe(connection: Connection, settings: Settings, reader: Reader) -> Mapping[str, str]:
    files = read_files(absolutes(settings.files), reader, hive_partitioning=settings.hive_partitioning)
    try:
        return {row[0]: row[1] for row in connection.execute(Describe(files))}
    except DBAPIError as error:
        raise unreadable(settings.files, reader, error) from error


def _type(spelt: str) -> TypeEngine[Any]:
    if spelt.startswith("TIMESTAMP"):
        return TIMESTAMP(timezone=spelt.endswith("WITH TIME ZONE"))
    return {"VARCHAR": Text(), "DATE": DATE(), "DOUBLE": Double(), "FLOAT": Double()}.get(spelt, NullType())
