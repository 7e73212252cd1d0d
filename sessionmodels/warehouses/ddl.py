"""Statements that SQLAlchemy has no construct for."""

from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import Column, ExecutableDDLElement, Table


class Analyze(ExecutableDDLElement):
    """`ANALYZE`: without it the planner knows nothing of rows inserted in this transaction."""

    def __init__(self, table: Table) -> None:
        """Take the table."""
        self.table = table


class AddColumn(ExecutableDDLElement):
    """`ALTER TABLE … ADD COLUMN`, which views on the table survive."""

    def __init__(self, table: Table, column: Column[Any]) -> None:
        """Take the table and the column."""
        self.table, self.column = table, column


class DropColumn(ExecutableDDLElement):
    """`ALTER TABLE … DROP COLUMN`, which PostgreSQL refuses while somebody's view reads it."""

    def __init__(self, table: Table, name: str) -> None:
        """Take the table and the column's name."""
        self.table, self.name = table, name


@compiles(Analyze, "postgresql")
def _analyze(element: Analyze, compiler: Any, **_kw: Any) -> str:
    return f"ANALYZE {compiler.preparer.format_table(element.table)}"


@compiles(AddColumn, "postgresql")
def _add_column(element: AddColumn, compiler: Any, **_kw: Any) -> str:
    kind = compiler.type_compiler.process(element.column.type)
    words = compiler.preparer
    return f"ALTER TABLE {words.format_table(element.table)} ADD COLUMN {words.format_column(element.column)} {kind}"


@compiles(DropColumn, "postgresql")
def _drop_column(element: DropColumn, compiler: Any, **_kw: Any) -> str:
    words = compiler.preparer
    return f"ALTER TABLE {words.format_table(element.table)} DROP COLUMN {words.quote(element.name)}"
