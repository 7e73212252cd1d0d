"""The statements of a build as text for a dialect, without connecting."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Dialect, create_engine, literal
from sqlalchemy.dialects import registry
from sqlalchemy.exc import NoSuchModuleError

from sessionmodels.errors import SettingsError
from sessionmodels.graph import Graph, bind, choose
from sessionmodels.incremental.base import why_impossible
from sessionmodels.incremental.increment import Increment
from sessionmodels.redaction import whole
from sessionmodels.settings import Settings
from sessionmodels.source.database import as_table
from sessionmodels.source.files import file_source
from sessionmodels.source.parts import Source, assign_parts
from sessionmodels.source.patterns import called
from sessionmodels.sql.epoch import EpochNumber
from sessionmodels.target import refuse_kinds, with_schema
from sessionmodels.warehouses import warehouse_of
from sessionmodels.warehouses.drivers import missing_dialect
from sessionmodels.warehouses.statement import Schema, Statement, literal_text
from sessionmodels.warehouses.warehouse import Job, Step, Warehouse

# The formatter takes a backslash for an escape and a `--` for a comment, also inside a string, so it never sees one.
_plain = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*\"""")
_backslashed = re.compile(r"""'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`\\]|\\.)*`""", re.DOTALL)

LAST_LOADED: Final = datetime(2026, 1, 31, tzinfo=UTC)
FIRST_TOUCHED: Final = datetime(2026, 1, 29, tzinfo=UTC)
"""Moments that a build would know from the last one, and from who is touched."""

STAND_IN = "Ü"
"""A letter that no name has outside of quotes, as often as what it stands for is long, so that columns stay aligned."""


def write_statements(settings: Settings, dialect: str, *, select: str | Sequence[str] | None = None) -> Iterator[str]:
    """Yield what is taken for granted, and each statement of a first build under a comment that says what it is for.

    Raises:
        SettingsError: the dialect is none of the five, its package is missing, or the selection names no relation.
    """
    warehouse, names = warehouse_of(dialect), choose(select)
    graph, words = documented_graph(settings, dialect), dialect_of(warehouse)
    made = "CREATE SCHEMA IF NOT EXISTS {schema}"
    schema = (Statement(made, schema=Schema(settings.target_schema)),) if settings.target_schema else ()
    yield _taken_for_granted(settings, warehouse, words)
    plan = warehouse.renew(Job(warehouse, words, graph, graph.chosen(names), new_schema=schema))
    yield from _written((*plan.steps, *plan.sweep), words, settings)


def write_increment(settings: Settings, dialect: str) -> Iterator[str]:
    """Yield the statements of an incremental build, as if the last one had seen all that was loaded by `LAST_LOADED`.

    Raises:
        SettingsError: as `write_statements`; or no build of these settings can be incremental.
    """
    warehouse, words = warehouse_of(dialect), dialect_of(warehouse_of(dialect))
    graph = documented_graph(settings, dialect, keep=True)
    if impossible := why_impossible(graph, warehouse):
        msg = f"no build of these settings can be incremental: {impossible}"
        raise SettingsError(msg)
    yield f"-- An incremental build on {warehouse.title}, after one that has seen all that was loaded by {LAST_LOADED:%Y-%m-%d}."
    job = Job(warehouse, words, graph, graph.relations)
    increment = Increment(job, LAST_LOADED - timedelta(hours=settings.overlap_hours))
    yield from _written(increment.steps(FIRST_TOUCHED), words, settings)


def _written(steps: Iterable[Step], words: Dialect, settings: Settings) -> Iterator[str]:
    for step in steps:
        yield f"-- {step.relation}: {step.does}\n{texts_of(step, words, settings)}"


def texts_of(step: Step, dialect: Dialect, settings: Settings) -> str:
    """Return a step's statements, a line's end after each; where files have a password or a token in their URL, it is masked."""
    text = "\n".join(f"{text_of(statement, dialect)};" for statement in step.statements)
    for file in settings.files:
        text = text.replace(_rendered(file, dialect), _rendered(whole(file), dialect))
    return text


def documented_graph(settings: Settings, dialect: str, *, keep: bool = False) -> Graph:
    """Return the relations over a source as RudderStack's loader makes it there, or over files, which DuckDB looks into.

    Raises:
        SettingsError: as `write_statements`.
        SourceError: the files cannot be read, or are no events.
    """
    warehouse = warehouse_of(dialect)
    refuse_kinds(settings, warehouse)
    if warehouse.default_schema:
        settings = with_schema(settings, warehouse.default_schema)
    if settings.tracks:
        if not warehouse.is_a_file:
            msg = f"tracks={called(settings.files)!r}: only DuckDB reads files; leave out tracks, or write the SQL of duckdb"
            raise SettingsError(msg)
        with create_engine(f"{dialect}://").connect() as connection:
            return bind(settings, file_source(connection, settings), keep=keep)
    return bind(settings, documented_source(settings, warehouse), keep=keep)


def text_of(statement: Any, dialect: Dialect) -> str:
    """Return a statement as text that can be pasted into the warehouse's own console."""
    import sqlparse  # noqa: PLC0415 - only for showing

    text = literal_text(statement, dialect)
    if doubles_percent(dialect):
        text = text.replace("%%", "%")  # doubled for the driver, which is not here to halve it
    quoted = quoted_in(dialect)
    literals = iter(quoted.findall(text))
    bare = quoted.sub(lambda found: STAND_IN * len(found.group()), text)
    if " FROM" not in bare.replace("\n", " "):
        return text.strip()  # not a query: it would be torn apart, not laid out
    shown = sqlparse.format(bare, reindent=True, indent_columns=True, indent_width=2)
    shown = shown.strip().replace("CREATE\nTEMPORARY", "CREATE TEMPORARY")
    return re.sub(f"{STAND_IN}+", lambda _: next(literals), shown)


def doubles_percent(dialect: Dialect) -> bool:
    """Whether a percent sign is doubled in the text that a driver gets, which halves it."""
    return _rendered("%", dialect) == "'%%'"


def quoted_in(dialect: Dialect) -> re.Pattern[str]:
    """Return what finds the strings and the quoted names in a dialect's text."""
    return _backslashed if _rendered("\\", dialect) == r"'\\'" else _plain


def dialect_of(warehouse: Warehouse) -> Dialect:
    """Return SQLAlchemy's dialect for the warehouse.

    Raises:
        SettingsError: the package that brings it is not installed.
    """
    try:
        dialect = registry.load(warehouse.dialect)()
    except (NoSuchModuleError, ImportError):
        raise missing_dialect(warehouse) from None
    warehouse.mend(dialect)
    return dialect


def _rendered(value: str, dialect: Dialect) -> str:
    return literal_text(literal(value), dialect)


def documented_source(settings: Settings, warehouse: Warehouse) -> Source:
    """Return the `tracks` table as RudderStack's loader makes it there, under the names that the settings give it."""
    columns = {getattr(settings, f"{name}_column", None) or name: kind for name, kind in warehouse.loaded.items()}
    if settings.loaded_at_column:
        columns[settings.loaded_at_column] = warehouse.loaded["timestamp"]
    if settings.epoch_unit:
        columns[settings.timestamp_column] = EpochNumber(settings.epoch_unit)
    table = as_table(settings.source_table, settings.source_schema, columns.items())
    return assign_parts(table, settings.source_table, settings, dialect_of(warehouse))


def _taken_for_granted(settings: Settings, warehouse: Warehouse, words: Dialect) -> str:
    lines = [f"A first build on {warehouse.title}, as one script: the relations are not there yet."]
    if not settings.tracks:
        columns = documented_source(settings, warehouse).table.c
        listed = ", ".join(f"{column.name} {column.type.compile(dialect=words)}" for column in columns)
        lines += ["The source is taken to be as RudderStack's loader makes it there:", f"  {settings.source_table} ({listed})"]
    return "\n".join(f"-- {' '.join(line.splitlines())}" for line in lines)
