"""Exported files as a source: Parquet, CSV and JSON Lines, read in place by DuckDB."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, column, select, type_coerce
from sqlalchemy.exc import DBAPIError, UnsupportedCompilationError

from sessionmodels.errors import SettingsError, SourceError
from sessionmodels.errors.redaction import masked
from sessionmodels.settings import Settings
from sessionmodels.source.columns import LOAD_TIMES, TEXTS, TIMES, Source, assign_columns
from sessionmodels.source.epoch import in_units, refuse_unitless
from sessionmodels.source.exported_columns import ROOTS, exported_columns
from sessionmodels.source.nested import nested_fields, roots
from sessionmodels.source.patterns import absolutes, called, refuse_missing, refuse_twice
from sessionmodels.source.raw_exports import TIMES as EXPORTED_TIMES
from sessionmodels.source.raw_exports import read_export, refuse_raw_export
from sessionmodels.source.readers import Describe, Reader, read_files, reader_of
from sessionmodels.source.separators import blank_lines, headers_of, refuse_doubled, separator_of
from sessionmodels.source.types import type_of
from sessionmodels.source.unreadable import refuse_utf_16, unreadable, why_unreadable


def file_source(connection: Connection, settings: Settings) -> Source:
    """Return the files of a source: those that the setting `tracks` names, or the source itself.

    Raises:
        SettingsError: the engine reads no files, or the files have an unknown format or several formats, or are named twice.
        SourceError: no file matches, one cannot be read, or together they are not a table of events.
    """
    with _named(settings):
        return _file_source(connection, settings)


def _file_source(connection: Connection, settings: Settings) -> Source:
    patterns = settings.files
    _refuse_other_engines(connection, settings)
    reader = _reader(connection, settings)
    lines = _lines(connection, settings, reader)
    explain = partial(why_unreadable, patterns, reader)
    if settings.format is None:
        refuse_raw_export((one.name for one in lines.c), called(patterns), settings)
        refuse_unitless(connection, lines, called(patterns), settings)
        return replace(_assigned(connection, lines, settings), why_unreadable=explain)
    export = read_export(lines, called(patterns), settings)
    source = _assigned(connection, export.events, settings)
    skipped = None if export.skipped is None else _with_types(_assigned(connection, export.skipped, settings), settings)
    return replace(source, skipped=skipped, why_unreadable=explain)


def _assigned(connection: Connection, table: FromClause, settings: Settings) -> Source:
    return assign_columns(table, called(settings.files), settings, connection.dialect)


def _with_types(skipped: Source, settings: Settings) -> Source:
    """Return the lines that are not events with their types, even if the source's events have a name that is set."""
    columns = {**skipped.columns, "event": skipped.table.c[settings.event_column]}
    return replace(skipped, columns=columns, event_name=None, where=None)


def _lines(connection: Connection, settings: Settings, reader: Reader) -> FromClause:
    """Return the rows of the files with typed columns, including nested fields that are named with dots."""
    described = _describe(connection, settings, reader)
    inside = roots(described, settings) | ({*ROOTS} & described.keys() if settings.format else set())
    is_json = reader.function == "read_json"
    types = {name: "JSON" if name in inside else "VARCHAR" for name in described} if is_json else described
    files = read_files(
        absolutes(settings.files), reader, hive_partitioning=settings.hive_partitioning, columns=types if is_json else None
    )
    times = EXPORTED_TIMES if settings.format else ()
    kinds = in_units({name: type_of(kind) for name, kind in types.items()}, settings, text=True, more=times)
    lines = files.table_valued(*(column(name, kind) for name, kind in kinds.items()), name="tracks")
    nested = _counted(nested_fields(connection, lines, called(settings.files), settings), settings)
    nested += exported_columns(lines, settings) if settings.format else []
    return select(*_outside(lines, nested), *nested).subquery("tracks") if nested else lines


def _outside(lines: FromClause, nested: Sequence[Any]) -> list[ColumnElement[Any]]:
    return [one for one in lines.c if one.name not in {field.name for field in nested}]


def _counted(nested: Sequence[Any], settings: Settings) -> list[ColumnElement[Any]]:
    """Return the nested fields, with times in the setting's unit."""
    kinds = in_units({field.name: field.type for field in nested}, settings, text=True)
    return [type_coerce(field, kinds[field.name]).label(field.name) for field in nested]


def refuse_no_files(settings: Settings) -> None:
    """Refuse files that cannot be read, before opening anything.

    Raises:
        SettingsError: their format is unknown, they have several formats, one is a folder, or one is named twice.
        SourceError: no file matches.
    """
    for source in map(settings.of_source, settings.source_names):
        if source.files:
            with _named(source):
                _refuse_no_files(source)


@contextmanager
def _named(settings: Settings) -> Iterator[None]:
    """Replace the setting `tracks` in errors by the one that names the files of this source."""
    try:
        yield
    except (SettingsError, SourceError) as error:
        name, text = settings.spelt("tracks"), str(error)
        if name == "tracks":
            raise
        message = name + text.removeprefix("tracks") if text.startswith(("tracks=", "tracks ")) else f"{name}: {text}"
        raise type(error)(message) from error.__cause__


def _refuse_no_files(settings: Settings) -> None:
    _format(settings)
    refuse_missing(settings.files)
    refuse_twice(settings.files)


def _refuse_other_engines(connection: Connection, settings: Settings) -> None:
    patterns = settings.files
    try:
        read_files((), _format(settings), hive_partitioning=False).compile(dialect=connection.dialect)
    except UnsupportedCompilationError:
        instead = "give url='duckdb:///sessionmodels.duckdb', or set source_table instead of tracks"
        msg = f"tracks={called(patterns)!r}: only DuckDB reads files; {instead}"
        raise SettingsError(msg) from None


def _format(settings: Settings) -> Reader:
    return reader_of(settings.files, raw_export=settings.format is not None)


def _reader(connection: Connection, settings: Settings) -> Reader:
    """Return the files' reader, with the separator that their headers use."""
    _refuse_no_files(settings)
    reader = _format(settings)
    if reader.is_text:
        refuse_utf_16(settings.files)
    if not reader.separator:
        return reader
    headers = headers_of(settings.files)
    separator = separator_of(connection, settings.files, reader, headers)
    refuse_doubled(headers, separator, _names(settings))
    return replace(reader, separator=separator, skip=blank_lines(headers))


def _names(settings: Settings) -> Iterator[str]:
    """Yield the names of the columns that are read."""
    yield from (name for part in (*TEXTS, *TIMES) if (name := getattr(settings, f"{part}_column")))
    yield from LOAD_TIMES


def _describe(connection: Connection, settings: Settings, reader: Reader) -> Mapping[str, str]:
    files = read_files(absolutes(settings.files), reader, hive_partitioning=settings.hive_partitioning)
    try:
        return {row[0]: row[1] for row in connection.execute(Describe(files))}
    except DBAPIError as error:
        raise unreadable(settings.files, reader, error) from masked(error)
