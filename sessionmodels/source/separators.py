"""Which character separates the columns of CSV files: found in their headers, never guessed from their rows."""

import csv
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from sessionmodels.errors import SourceError
from sessionmodels.source.patterns import absolutes, called, is_remote
from sessionmodels.source.readers import Describe, Reader, read_files
from sessionmodels.source.unreadable import local_files, opened

NAMES: Final[Mapping[str, str]] = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
"""The separators that are known, the commonest first."""


def separator_of(connection: Connection, patterns: Sequence[str], reader: Reader) -> str:
    """Return the separator of these files.

    Raises:
        SourceError: two files have different ones, or none has any.
    """
    usual = reader.separator or ","
    headers = {file: header for file in local_files(patterns) if (header := _header(file))}
    found = {file: _most_columns(header, usual) for file, header in headers.items()}
    if not found:
        _refuse_empty(patterns)
        return _of_description(connection, patterns, reader)
    first, separator = next(iter(found.items()))
    for file, other in found.items():
        if other != separator:
            msg = f"{first!r} is separated by {NAMES[separator]}, {file!r} by {NAMES[other]}; convert one, or build them apart"
            raise SourceError(msg)
    _refuse_one_column(first, headers[first], separator)
    return separator


def _refuse_empty(patterns: Sequence[str]) -> None:
    files = local_files(patterns)
    if files and all(_is_empty(file) for file in files):
        msg = f"{called(files)} is empty; its first line must name the columns"
        raise SourceError(msg)


def _is_empty(file: str) -> bool:
    try:
        with opened(file) as raw:
            return not raw.read(1)
    except (OSError, EOFError):
        return False


def _header(file: str) -> str:
    """Return a file's first line; nothing where it cannot be read, of which DuckDB will tell."""
    try:
        with opened(file) as raw:
            return raw.readline().decode("utf-8-sig").strip("\r\n")
    except (OSError, EOFError, UnicodeDecodeError):
        return ""


def _columns(header: str, separator: str) -> int:
    try:
        return len(next(csv.reader([header], delimiter=separator), []))
    except csv.Error:
        return 1


def _most_columns(header: str, usual: str) -> str:
    return max((usual, *NAMES), key=lambda separator: _columns(header, separator))


def _refuse_one_column(file: str, header: str, separator: str) -> None:
    if _columns(header, separator) == 1:
        msg = (
            f"{file!r} has one column only, {header[:60]!r}; its first line must name the columns, separated by commas, "
            "semicolons, tabs or vertical bars"
        )
        raise SourceError(msg)


def _of_description(connection: Connection, patterns: Sequence[str], reader: Reader) -> str:
    """Return the separator of files that only DuckDB can look into: the one that gives more than one column."""
    usual = reader.separator or ","
    if not any(is_remote(pattern) or pattern.lower().endswith(".zst") for pattern in patterns):
        return usual
    try:
        rows = connection.execute(Describe(read_files(absolutes(patterns), reader, hive_partitioning=False))).all()
    except DBAPIError:
        return usual
    return _most_columns(rows[0][0], usual) if len(rows) == 1 else usual
