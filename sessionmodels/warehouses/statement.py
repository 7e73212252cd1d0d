"""Statements that SQLAlchemy has no construct for, as templates. The dialect quotes names and renders values."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from sqlalchemy import ClauseElement, Column, Dialect, SelectBase, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import ExecutableDDLElement, Table
from sqlalchemy.types import TypeEngine

from sessionmodels.sql.keyed_hash import hiding_blocks


@lru_cache(maxsize=64)  # a build compares the same selects several times
def literal_text(element: ClauseElement, dialect: Dialect) -> str:
    """Return a statement's text with its values, but for what ids are hashed with."""
    with hiding_blocks():
        return str(element.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


class Name(str):
    """A name of something else than a table or column: a role, an index, a setting."""

    __slots__ = ()


class Schema(str):
    """The name of a schema, which a warehouse may split at dots."""

    __slots__ = ()


class Statement(ExecutableDDLElement):
    """A statement as a template: `Statement("GRANT SELECT ON {table} TO {role}", table=table, role=Name("analyst"))`.

    A table, a column, a `Name` and a `Schema` are quoted, a text becomes a literal, a select and a type are compiled. Another
    `Statement` is inserted as it is, and the items of a tuple are joined by commas.
    """

    def __init__(self, template: str, **parts: Any) -> None:
        """Store the template and the values of its placeholders."""
        self.template, self.parts = template, parts


@compiles(Statement)
def _statement(element: Statement, compiler: Any, **_kw: Any) -> str:
    return element.template.format(**{name: _spelt(part, compiler) for name, part in element.parts.items()})


def _spelt(part: Any, compiler: Any) -> str:
    if isinstance(part, Statement):
        return _statement(part, compiler)
    if isinstance(part, tuple):
        return ", ".join(_spelt(one, compiler) for one in part)
    return next(spell for kind, spell in SPELT.items() if isinstance(part, kind))(part, compiler)


SPELT: dict[type, Callable[[Any, Any], str]] = {
    Table: lambda table, compiler: compiler.preparer.format_table(table),
    Column: lambda column, compiler: compiler.preparer.quote(column.name),
    Name: lambda name, compiler: compiler.preparer.quote(name),
    Schema: lambda name, compiler: compiler.preparer.quote_schema(name),
    SelectBase: lambda select, compiler: compiler.sql_compiler.process(select, literal_binds=True),
    TypeEngine: lambda kind, compiler: compiler.type_compiler.process(kind),
    str: lambda text, compiler: compiler.sql_compiler.render_literal_value(text, String()),
}
