"""The statements of a build as text for a dialect, without connecting."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ClauseElement, Dialect, literal
from sqlalchemy.dialects import registry
from sqlalchemy.exc import NoSuchModuleError

from sessionmodels.build import plan
from sessionmodels.errors import SettingsError
from sessionmodels.graph import Graph, bind, choose
from sessionmodels.settings import Settings
from sessionmodels.source.database import as_table
from sessionmodels.source.parts import cast_parts
from sessionmodels.warehouses import Warehouse, warehouse_of


def write_statements(settings: Settings, dialect: str, *, select: str | Sequence[str] | None = None) -> Iterator[str]:
    """Yield each statement of a first build, formatted, under a comment that says what it is for.

    The source is taken to be the `tracks` table as RudderStack's loader makes it there.

    Raises:
        SettingsError: the dialect is none of the five, its package is missing, or the selection names no relation.
    """
    warehouse, names = warehouse_of(dialect), choose(select)
    words = dialect_of(warehouse)
    graph = _documented(settings, warehouse, words)
    for step in plan(graph, graph.chosen(names), warehouse, existing={}):
        yield f"-- {step.relation}: {step.does}\n{text_of(step.statement, words)};"


def text_of(statement: Any, dialect: Dialect) -> str:
    """Return a statement as text that can be pasted into the warehouse's own console."""
    import sqlparse  # noqa: PLC0415 - only for showing

    text = str(_compiled(statement, dialect))
    if str(_compiled(literal("%"), dialect)) == "'%%'":
        text = text.replace("%%", "%")  # doubled for the driver, which is not here to halve it
    shown = sqlparse.format(text, reindent=True, indent_columns=True, indent_width=2)
    return shown.replace("CREATE\nTEMPORARY", "CREATE TEMPORARY")


def dialect_of(warehouse: Warehouse) -> Dialect:
    """Return SQLAlchemy's dialect for the warehouse.

    Raises:
        SettingsError: the package that brings it is not installed.
    """
    try:
        return registry.load(warehouse.dialect)()
    except (NoSuchModuleError, ImportError):
        msg = f"the package for {warehouse.title} is missing; run: pip install 'sessionmodels[{warehouse.extra}]'"
        raise SettingsError(msg) from None


def _compiled(statement: ClauseElement, dialect: Dialect) -> Any:
    return statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})


def _documented(settings: Settings, warehouse: Warehouse, dialect: Dialect) -> Graph:
    columns = {getattr(settings, f"{name}_column", None) or name: kind for name, kind in warehouse.loaded.items()}
    if settings.loaded_at_column:
        columns[settings.loaded_at_column] = warehouse.loaded["timestamp"]
    table = as_table(settings.source_table, settings.source_schema, columns.items())
    return bind(settings, cast_parts(table, settings.source_table, settings, dialect))
