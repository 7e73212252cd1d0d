"""A view as recorded in a revision: its description and its SQL for each dialect, independent of its location.

The SQL is fixed except for the location, which differs between a laptop, a test and production: `{target}.` and `{source}.` are
placeholders for the schemas of results and of raw events, `{prefix}` for the prefix of each relation's name. (A line break inside
a string is `{newline}` or `{return}`, because Alembic indents lines.)
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Column, Date, Dialect, Double, MetaData, SelectBase, Table, TextClause, text
from sqlalchemy.types import TypeEngine

from sessionmodels.errors import SettingsError
from sessionmodels.model import Kind
from sessionmodels.relations.naming import target_name
from sessionmodels.settings import Settings
from sessionmodels.sql.instant import Instant, ZonedInstant
from sessionmodels.sql.number import Number
from sessionmodels.sql.text import LongText
from sessionmodels.warehouses.render import doubles_percent
from sessionmodels.warehouses.statement import literal_text

TYPES: Final[Mapping[str, type[TypeEngine[Any]]]] = {
    "text": LongText,
    "timestamp": Instant,
    "timestamptz": ZonedInstant,
    "bigint": BigInteger,
    "double": Double,
    "boolean": Boolean,
    "date": Date,
    "numeric": Number,
}
"""The types of a relation's columns, by their names in revisions."""

OPEN: Final = "{target}", "{source}", "{prefix}", "{newline}", "{return}"
"""The placeholders in a definition's SQL."""

_a_name = re.compile(r"""([`"]?)\{prefix\}(\w+)\1""")


@dataclass(frozen=True)
class Definition:
    """One view. Equal definitions have the same SQL, columns and descriptions."""

    relation: str
    """The relation's name, without the prefix."""

    row: str
    """What one row describes."""

    reads: tuple[str, ...]
    """The relations that it reads."""

    columns: tuple[tuple[str, str, str], ...]
    """Each column's name, type and description."""

    sql: Mapping[str, str]
    """The select for each dialect."""

    kind: Kind = "view"
    """`view` or `materialized_view`."""

    def can_replace(self, other: "Definition") -> bool:
        """Whether it can replace the other one, because its readers see the same column names and types."""
        return self.kind == other.kind == "view" and self.signature == other.signature

    @property
    def signature(self) -> list[tuple[str, str]]:
        """The names and types of its columns."""
        return [(name, kind) for name, kind, _ in self.columns]

    def only(self, dialect: str) -> "Definition":
        """Return the definition with the SQL of one dialect."""
        return replace(self, sql={dialect: self.sql[dialect]} if dialect in self.sql else {})

    def in_place(self, settings: Settings, dialect: Dialect) -> "PlacedView":
        """Return the view for a dialect, with the schemas and the prefix of these settings.

        Raises:
            SettingsError: there is no SQL for the dialect.
        """
        if dialect.name not in self.sql:
            msg = (
                f"the revision has {self.relation} for {', '.join(self.sql)}, not for {dialect.name}; autogenerate with "
                f"options(dialects=[{dialect.name!r}]) writes a revision that has it; once it exists, this revision is skipped"
            )
            raise SettingsError(msg)
        columns = [Column(name, TYPES[kind]()) for name, kind, _ in self.columns]
        written = _verbatim(_placed(self.sql[dialect.name], settings, dialect), dialect).columns(*columns)
        table = Table(target_name(self.relation, settings), MetaData(), *columns, schema=settings.target_schema)
        return PlacedView(
            self.relation, table, written, self.row, {name: meaning for name, _, meaning in self.columns}, self.kind
        )


def _verbatim(sql: str, dialect: Dialect) -> TextClause:
    """Return text without parameters."""
    if doubles_percent(dialect) and literal_text(text("%"), dialect) == "%":  # BigQuery's dialect does not double them in a text
        sql = sql.replace("%", "%%")
    return text(sql.replace(":", r"\:"))


def _placed(sql: str, settings: Settings, dialect: Dialect) -> str:
    preparer = dialect.identifier_preparer
    sql = sql.replace("{newline}", "\n").replace("{return}", "\r")
    for token, schema in (("{target}.", settings.target_schema), ("{source}.", settings.source_schema)):
        sql = sql.replace(token, f"{preparer.quote_schema(schema)}." if schema else "")
    return _a_name.sub(lambda found: preparer.quote(target_name(found[2], settings)), sql)


@dataclass(frozen=True)
class PlacedView:
    """A view with its location in a warehouse."""

    relation: str
    table: Table
    select: SelectBase
    row: str
    comments: Mapping[str, str]
    kind: Kind
