"""The separator of CSV files: read from their headers, never guessed from their rows."""

import csv
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from sessionmodels.display.format import count
from sessionmodels.errors import SourceError
from sessionmodels.source.patterns import absolutes, called, is_remote
from sessionmodels.source.readers import Describe, Reader, read_files
from sessionmodels.source.unreadable import local_files, opened

NAMES: Final[Mapping[str, str]] = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
"""The supported separators, the most common first."""


class Header(NamedTuple):
    """A file's first line that is not blank, and how many blank lines precede it."""

    line: str
    blank_lines: int


def headers_of(patterns: Sequence[str]) -> dict[str, Header]:
    """Return the header of each local file, without those that are empty or cannot be read: DuckDB reports these."""
    return {file: header for file in local_files(patterns) if (header := _header(file))}


def separator_of(connection: Connection, patterns: Sequence[str], reader: Reader, headers: Mapping[str, Header]) -> str:
    """Return the separator of these files.

    Raises:
        SourceError: the files have different separators, or none has any.
    """
    usual = reader.separator or ","
    found = {file: _most_columns(header.line, usual) for file, header in headers.items()}
    if not found:
        _refuse_empty(patterns)
        return _of_description(connection, patterns, reader)
    first, separator = next(iter(found.items()))
    for file, other in found.items():
        if other != separator:
            msg = (
                f"{first!r} is separated by {NAMES[separator]}, {file!r} by {NAMES[other]}; convert one, or build them separately"
            )
            raise SourceError(msg)
    _refuse_one_column(first, headers[first].line, separator)
    return separator


def _refuse_empty(patterns: Sequence[str]) -> None:
    files = local_files(patterns)
    if files and all(_is_empty(file) for file in files):
        msg = f"{called(files)} is empty; its first line must name the columns"
        raise SourceError(msg)


def _is_empty(file: str) -> bool:
    try:
        with opened(file) as raw:
            return not any(line.strip() for line in raw)
    except (OSError, EOFError):
        return False


def _header(file: str) -> Header | None:
    try:
        with opened(file) as raw:
            for blank, line in enumerate(raw):
                header = (line if blank else line.removeprefix(BOM_UTF8)).decode()
                if header.strip():
                    return Header(header.strip("\r\n"), blank)
    except (OSError, EOFError, UnicodeDecodeError):
        return None
    return None


def blank_lines(headers: Mapping[str, Header]) -> int:
    """Return how many blank lines precede the header of each file.

    Raises:
        SourceError: the files differ in this, and DuckDB skips the same number of lines in each file.
    """
    if not headers:
        return 0
    most, least = (choose(headers, key=lambda file: headers[file].blank_lines) for choose in (max, min))
    if headers[most].blank_lines != headers[least].blank_lines:
        more, fewer = count(headers[most].blank_lines, "blank line"), headers[least].blank_lines
        msg = f"{most!r} has {more} before its header, {least!r} has {fewer}; remove them"
        raise SourceError(msg)
    return headers[most].blank_lines


def refuse_doubled(headers: Mapping[str, Header], separator: str, needed: Iterable[str]) -> None:
    """Refuse a header in which a column that is read occurs twice, because it is unclear which one is meant.

    Raises:
        SourceError: there is such a header.
    """
    wanted = {name.lower() for name in needed}
    for file, header in headers.items():
        names = Counter(name.strip().lower() for name in next(csv.reader([header.line], delimiter=separator), []))
        twice = next((name for name in names if names[name] > 1 and name in wanted), None)
        if twice:
            msg = f"{file!r} has the column {twice!r} {names[twice]} times; rename all but one of them in the file's first line"
            raise SourceError(msg)


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
            f"{file!r} has only one column, {header[:60]!r}; its first line must name the columns, separated by commas, "
            "semicolons, tabs or vertical bars"
        )
        raise SourceError(msg)


def _of_description(connection: Connection, patterns: Sequence[str], reader: Reader) -> str:
    """Return the separator of files that only DuckDB can open: the one that gives more than one column."""
    usual = reader.separator or ","
    if not any(is_remote(pattern) or pattern.lower().endswith(".zst") for pattern in patterns):
        return usual
    try:
        rows = connection.execute(Describe(read_files(absolutes(patterns), reader, hive_partitioning=False))).all()
    except DBAPIError:
        return usual
    return _most_columns(rows[0][0], usual) if len(rows) == 1 else usual
