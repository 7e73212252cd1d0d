"""Exported files as a source: Parquet, CSV and JSON Lines, read in place by DuckDB."""

from glob import escape, glob
from pathlib import Path
from typing import Any, Final

from sqlalchemy import ClauseElement, Connection, Executable, String, Text, column
from sqlalchemy.exc import DBAPIError, UnsupportedCompilationError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import DATE, TIMESTAMP, Double, NullType, TypeEngine

from sessionmodels.errors import SettingsError, SourceError
from sessionmodels.settings import Settings
from sessionmodels.source.parts import Source, assign_parts

CSV: Final = """all_varchar = true, header = true, skip = 0, delim = ',', quote = '"', escape = '"', comment = \'\'"""
TSV: Final = CSV.replace("','", r"'\t'")
JSON: Final = "sample_size = -1, maximum_depth = 1, map_inference_threshold = -1"
PARQUET: Final = "hive_types_autocast = false"

# Nothing is left to guessing from the first rows: a quote or a `#` further down would be read otherwise, or be lost.
FORMATS: Final = {
    ".parquet": ("read_parquet", PARQUET),
    ".pq": ("read_parquet", PARQUET),
    ".csv": ("read_csv", CSV),
    ".tsv": ("read_csv", TSV),
    ".json": ("read_json", JSON),
    ".jsonl": ("read_json", JSON),
    ".ndjson": ("read_json", JSON),
}
"""By a file's ending, DuckDB's reader and what it is told."""

PACKED: Final = {".gz": "gzip", ".zst": "zstd"}


class read_files(FunctionElement[Any]):  # noqa: N801 - a word of SQL, read as a function
    """The rows of all files that a pattern matches, columns brought together by name.

    CSV and JSON are read as text: guessing would turn an id `007` into 7, and an upper-case UUID into a lower-case one.
    JSON takes its columns by name; without them its reader guesses.
    """

    name = "read_files"
    inherit_cache = False

    def __init__(self, pattern: str, names: tuple[str, ...] = ()) -> None:
        """Take a path or a glob pattern, and for JSON the columns to read."""
        super().__init__()
        self.pattern = pattern
        self.names = names
        self.reader, self.told = format_of(pattern)


@compiles(read_files, "duckdb")
def _duckdb(element: read_files, compiler: Any, **_kw: Any) -> str:
    def quoted(value: str) -> str:
        return compiler.render_literal_value(value, String())

    told = element.told
    if element.reader == "read_json" and element.names:
        columns = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in element.names)
        told = told.replace(JSON, f"columns = {{{columns}}}")
    return f"{element.reader}({quoted(element.pattern)}, union_by_name = true, {told})"


class Describe(Executable, ClauseElement):
    """Ask for the names and types of the columns in the files, as the reader sees them."""

    inherit_cache = False

    def __init__(self, files: read_files) -> None:
        """Take the files."""
        self.files = files


@compiles(Describe, "duckdb")
def _describe_select(element: Describe, compiler: Any, **kw: Any) -> str:
    return f"DESCRIBE SELECT * FROM {compiler.process(element.files, **kw)}"  # noqa: S608 - the path is a rendered literal


def format_of(pattern: str) -> tuple[str, str]:
    """Return DuckDB's reader for the files of a pattern, and its options.

    Raises:
        SettingsError: their ending is none of those that can be read.
    """
    if Path(pattern).is_dir():
        msg = f"tracks={pattern!r} is a folder; write a pattern for the files in it, such as '{pattern.rstrip('/')}/*.parquet'"
        raise SettingsError(msg)
    endings = [ending.lower() for ending in Path(pattern).suffixes]
    packed = PACKED.get(endings[-1]) if endings else None
    if packed:
        endings.pop()
    if not endings or endings[-1] not in FORMATS:
        known = ", ".join(FORMATS)
        msg = f"tracks={pattern!r} ends in nothing that can be read ({known}); write a pattern such as 'events/*.parquet'"
        raise SettingsError(msg)
    reader, told = FORMATS[endings[-1]]
    return reader, f"{told}, compression = '{packed}'" if packed else told


def file_source(connection: Connection, settings: Settings, pattern: str) -> Source:
    """Return the files that the setting `tracks` names.

    Raises:
        SettingsError: the engine reads no files, or the pattern's ending is unknown.
        SourceError: no file matches, one cannot be read, or together they are no table of events.
    """
    files = _absolute(pattern)
    described = _describe(connection, files, pattern)
    as_read = read_files(files, tuple(described))
    typed = [column(name, Text() if as_read.reader == "read_json" else kind) for name, kind in described.items()]
    return assign_parts(as_read.table_valued(*typed, name="tracks"), pattern, settings, connection.dialect)


def refuse_no_files(pattern: str) -> None:
    """Refuse a pattern of local files that none matches, before anything is opened.

    Raises:
        SettingsError: the pattern's ending is unknown, or it is a folder.
        SourceError: no file matches.
    """
    format_of(pattern)
    if "://" not in pattern and not glob(_absolute(pattern), recursive=True):  # noqa: PTH207 - a Path takes no pattern from the root
        msg = f"tracks={pattern!r}: no file matches; see that the files exist"
        raise SourceError(msg)


def _absolute(pattern: str) -> str:
    """Return the pattern from the root, since a view on files may be asked from another folder."""
    if "://" in pattern:
        return pattern
    here = escape(str(Path.cwd()))  # a `[` in the folder's own name is no pattern
    return str(Path(here) / Path(pattern).expanduser())


def _describe(connection: Connection, files: str, pattern: str) -> dict[str, TypeEngine[Any]]:
    try:
        rows = connection.execute(Describe(read_files(files))).all()
    except UnsupportedCompilationError:
        instead = "give url='duckdb:///sessionmodels.duckdb', or set source_table in place of tracks"
        msg = f"tracks={pattern!r}: only DuckDB reads files; {instead}"
        raise SettingsError(msg) from None
    except DBAPIError as error:
        why = " ".join(str(error.orig).split()[:60])
        msg = f"tracks={pattern!r} cannot be read: {why}; see that the files exist and are what their ending says"
        raise SourceError(msg) from error
    return {row[0]: _type(row[1]) for row in rows}


def _type(spelt: str) -> TypeEngine[Any]:
    if spelt.startswith("TIMESTAMP"):
        return TIMESTAMP(timezone=spelt.endswith("WITH TIME ZONE"))
    return {"VARCHAR": Text(), "DATE": DATE(), "DOUBLE": Double(), "FLOAT": Double()}.get(spelt, NullType())
