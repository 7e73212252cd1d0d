"""DuckDB's functions that read files, and their options."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from sqlalchemy import ClauseElement, Executable, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from sessionmodels.errors import SettingsError
from sessionmodels.source.patterns import absolute, called, is_gzipped, is_remote, matched, refuse_folder

CSV_OPTIONS: Final = """all_varchar = true, header = true, quote = '"', escape = '"', comment = \'\'"""
JSON_OPTIONS: Final = "sample_size = -1, maximum_depth = 1, map_inference_threshold = -1"


@dataclass(frozen=True)
class Reader:
    """One of DuckDB's functions that read files, with its options."""

    title: str
    """The name of the files' format in messages."""

    function: str
    options: str
    separator: str | None = None
    """The usual separator of columns; a file's header may use another. None if the format has no separator."""

    skip: int = 0
    """How many blank lines precede a file's header."""

    compression: str | None = None
    """The files' compression, unless each file's extension determines it."""

    @property
    def is_text(self) -> bool:
        """Whether the files are text. DuckDB then guesses types, unless options say otherwise."""
        return self.function != "read_parquet"


CSV: Final = Reader("CSV", "read_csv", CSV_OPTIONS, ",")
JSON: Final = Reader("JSON Lines", "read_json", JSON_OPTIONS)
PARQUET: Final = Reader("Parquet", "read_parquet", "")

# All options are explicit: guessed from the first rows, they could misread a quote or a `#` further down.
FORMATS: Final = {
    ".parquet": PARQUET,
    ".pq": PARQUET,
    ".csv": CSV,
    ".tsv": replace(CSV, separator="\t"),
    ".json": JSON,
    ".jsonl": JSON,
    ".ndjson": JSON,
}
"""By file extension."""

COMPRESSIONS: Final = {".gz": "gzip", ".zst": "zstd"}


class read_files(FunctionElement[Any]):  # noqa: N801 - a word of SQL, read as a function
    """The rows of all files that match these patterns, with columns united by name.

    CSV and JSON are read as text: guessed types would turn an id `007` into 7, and an upper-case UUID into a lower-case one.
    JSON's columns are given by name and type, because without them its reader guesses.
    """

    name = "read_files"
    inherit_cache = False

    def __init__(
        self, patterns: Sequence[str], reader: Reader, *, hive_partitioning: bool, columns: Mapping[str, str] | None = None
    ) -> None:
        """Store paths or glob patterns, and for JSON the columns to read."""
        super().__init__()
        self.patterns = tuple(patterns)
        self.reader = reader
        self.hive_partitioning = hive_partitioning
        self.types = columns or {}


@compiles(read_files, "duckdb")
def _duckdb(element: read_files, compiler: Any, **_kw: Any) -> str:
    def quoted(value: str) -> str:
        return compiler.render_literal_value(value, String())

    reader = element.reader
    patterns = ", ".join(map(quoted, element.patterns))
    arguments = [patterns if len(element.patterns) == 1 else f"[{patterns}]", "union_by_name = true"]
    # By default, DuckDB reads a folder `column=value` above a file as a column that replaces the file's own.
    arguments += [f"hive_partitioning = {str(element.hive_partitioning).lower()}", "hive_types_autocast = false"]
    if reader.function == "read_json" and element.types:
        listed = ", ".join(f"{quoted(name)}: {quoted(kind)}" for name, kind in element.types.items())
        arguments.append(f"columns = {{{listed}}}")
    elif reader.options:
        arguments.append(reader.options)
    if reader.separator:
        arguments += [f"delim = {quoted(reader.separator)}", f"skip = {reader.skip}"]
    if reader.compression:
        arguments.append(f"compression = {quoted(reader.compression)}")
    return f"{reader.function}({', '.join(arguments)})"


class Describe(Executable, ClauseElement):
    """A query for the names and types of the files' columns."""

    inherit_cache = False

    def __init__(self, files: read_files) -> None:
        """Store the files."""
        self.files = files


@compiles(Describe, "duckdb")
def _describe_select(element: Describe, compiler: Any, **kw: Any) -> str:
    return f"DESCRIBE SELECT * FROM {compiler.process(element.files, **kw)}"  # noqa: S608 - the path is a rendered literal


def reader_of(patterns: Sequence[str], *, raw_export: bool = False) -> Reader:
    """Return the reader of the files that match these patterns. A raw export with an unknown extension is JSON Lines.

    Raises:
        SettingsError: an extension is unknown, one of the patterns is a folder, or their formats differ.
    """
    readers = {pattern: _reader_of(pattern, raw_export=raw_export) for pattern in patterns}
    first_pattern, first = next(iter(readers.items()))
    for pattern, reader in readers.items():
        if reader.function != first.function:
            msg = (
                f"tracks mixes {first.title} ({first_pattern!r}) and {reader.title} ({pattern!r}); "
                "name files of one format, or convert them"
            )
            raise SettingsError(msg)
    same = {reader.compression for reader in readers.values()} == {first.compression}
    return first if same else replace(first, compression="auto")


def _compression_of_first(pattern: str) -> str | None:
    """Return the compression of the pattern's first local file, by its first bytes."""
    if is_remote(pattern) or not (files := matched(absolute(pattern))):
        return None
    with suppress(OSError), Path(files[0]).open("rb") as raw:
        return "gzip" if is_gzipped(raw) else None
    return None


def _reader_of(pattern: str, *, raw_export: bool) -> Reader:
    refuse_folder(pattern)
    extensions = [extension.lower() for extension in Path(pattern.partition("?")[0] if "://" in pattern else pattern).suffixes]
    compression = COMPRESSIONS.get(extensions[-1]) if extensions else None
    if compression:
        extensions.pop()
    reader = FORMATS.get(extensions[-1]) if extensions else None
    if reader is None and raw_export:
        reader = JSON
        compression = compression or _compression_of_first(pattern)
    if reader is None:
        supported = ", ".join(FORMATS)
        msg = (
            f"tracks={called([pattern])!r}: unsupported file extension; supported: {supported}; write a pattern such as "
            "'events/*.parquet'"
        )
        raise SettingsError(msg)
    return replace(reader, compression=compression)
