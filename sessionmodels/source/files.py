"""Exported files as a source: Parquet, CSV and JSON Lines, read in place by DuckDB."""

from glob import glob
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

READERS: Final = {
    ".parquet": "read_parquet",
    ".pq": "read_parquet",
    ".csv": "read_csv",
    ".tsv": "read_csv",
    ".json": "read_json",
    ".jsonl": "read_json",
    ".ndjson": "read_json",
}
# Nothing is left to guessing from the first rows: a quote or a `#` further down would be read otherwise, or be lost.
OPTIONS: Final = {
    "read_parquet": "hive_partitioning = false",
    "read_csv": """all_varchar = true, header = true, delim = ',', quote = '"', escape = '"', comment = \'\'""",
    "read_json": "sample_size = -1, maximum_depth = 1",
}
PACKED: Final = {".gz", ".zst"}


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
        self.reader = reader_of(pattern)


@compiles(read_files, "duckdb")
def _duckdb(element: read_files, compiler: Any, **_kw: Any) -> str:
    def quoted(value: str) -> str:
        return compiler.render_literal_value(value, String())

    given = OPTIONS[element.reader]
    if element.reader == "read_csv" and ".tsv" in element.pattern.lower():
        given = given.replace("','", r"'\t'")
    if element.reader == "read_json" and element.names:
        given = "columns = {" + ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in element.names) + "}"
    return f"{element.reader}({quoted(element.pattern)}, union_by_name = true, {given})"


class Describe(Executable, ClauseElement):
    """Ask for the names and types of the columns in the files, as the reader sees them."""

    inherit_cache = False

    def __init__(self, files: read_files) -> None:
        """Take the files."""
        self.files = files


@compiles(Describe, "duckdb")
def _describe_select(element: Describe, compiler: Any, **kw: Any) -> str:
    return f"DESCRIBE SELECT * FROM {compiler.process(element.files, **kw)}"  # noqa: S608 - the path is a rendered literal


def reader_of(pattern: str) -> str:
    """Return DuckDB's reader for the files of a pattern.

    Raises:
        SettingsError: their ending is none of those that can be read.
    """
    if Path(pattern).is_dir():
        msg = f"tracks={pattern!r} is a folder; write a pattern for the files in it, such as '{pattern.rstrip('/')}/*.parquet'"
        raise SettingsError(msg)
    endings = [ending.lower() for ending in Path(pattern).suffixes]
    if endings and endings[-1] in PACKED:
        endings.pop()
    if not endings or endings[-1] not in READERS:
        known = ", ".join(READERS)
        msg = f"tracks={pattern!r} ends in nothing that can be read ({known}); write a pattern such as 'events/*.parquet'"
        raise SettingsError(msg)
    return READERS[endings[-1]]


def file_source(connection: Connection, settings: Settings, pattern: str) -> Source:
    """Return the files that the setting `tracks` names.

    Raises:
        SettingsError: the engine reads no files, or the pattern's ending is unknown.
        SourceError: no file matches, one cannot be read, or together they are no table of events.
    """
    described = _describe(connection, pattern)
    as_read = read_files(_absolute(pattern), tuple(described))
    typed = [column(name, Text() if as_read.reader == "read_json" else kind) for name, kind in described.items()]
    return assign_parts(as_read.table_valued(*typed, name="tracks"), pattern, settings, connection.dialect)


def refuse_no_files(pattern: str) -> None:
    """Refuse a pattern of local files that none matches, before anything is opened.

    Raises:
        SettingsError: the pattern's ending is unknown, or it is a folder.
        SourceError: no file matches.
    """
    reader_of(pattern)
    if "://" not in pattern and not glob(pattern, recursive=True):  # noqa: PTH207 - a Path takes no pattern from the root
        msg = f"tracks={pattern!r}: no file matches; see that the files exist"
        raise SourceError(msg)


def _absolute(pattern: str) -> str:
    """Return the path from the root, since a view on files may be asked from another folder."""
    return pattern if "://" in pattern else str(Path(pattern).absolute())


def _describe(connection: Connection, pattern: str) -> dict[str, TypeEngine[Any]]:
    try:
        rows = connection.execute(Describe(read_files(pattern))).all()
    except UnsupportedCompilationError:
        instead = "give url='duckdb:///sessionmodels.duckdb', or set source_table in place of tracks"
        msg = f"tracks={pattern!r}: only DuckDB reads files; {instead}"
        raise SettingsError(msg) from None
    except DBAPIError as error:
        why = str(error.orig).splitlines()[0]
        msg = f"tracks={pattern!r} cannot be read: {why}; see that the files exist and are what their ending says"
        raise SourceError(msg) from error
    return {row[0]: _type(row[1]) for row in rows}


def _type(spelt: str) -> TypeEngine[Any]:
    if spelt.startswith("TIMESTAMP"):
        return TIMESTAMP(timezone=spelt.endswith("WITH TIME ZONE"))
    return {"VARCHAR": Text(), "DATE": DATE(), "DOUBLE": Double(), "FLOAT": Double()}.get(spelt, NullType())
