"""A view as a revision writes it down: its meaning and its SQL for each dialect, everywhere the same but for where it stands.

The SQL is fixed. What it leaves open is the place, which differs between a laptop, a test and production: `{target}.` and
`{source}.` are the schemas of results and of raw events, `{prefix}` what stands before each relation's name. (A line break
inside a string is `{newline}` or `{return}`, since Alembic indents lines.)
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Dialect, Double, MetaData, SelectBase, Table, TextClause, text
from sqlalchemy.types import TypeEngine

from sessionmodels.errors import SettingsError
from sessionmodels.model import Kind
from sessionmodels.naming import target_name
from sessionmodels.offline.render import doubles_percent
from sessionmodels.settings import Settings
from sessionmodels.sql.instant import Instant
from sessionmodels.sql.text import LongText
from sessionmodels.warehouses.statement import literal_text

TYPES: Final[Mapping[str, type[TypeEngine[Any]]]] = {
    "text": LongText,
    "timestamp": Instant,
    "bigint": BigInteger,
    "double": Double,
}
"""The types that a relation's columns have, by the words that a revision has for them."""

OPEN: Final = "{target}", "{source}", "{prefix}", "{newline}", "{return}"
"""What a definition's SQL may hold that is no SQL."""

_a_name = re.compile(r"""([`"]?)\{prefix\}(\w+)\1""")


@dataclass(frozen=True)
class Definition:
    """One view. Two that are equal show the same rows under the same names, in the same words."""

    relation: str
    """The relation's name, without the prefix."""

    row: str
    """What one row is."""

    reads: tuple[str, ...]
    """The relations that it reads."""

    columns: tuple[tuple[str, str, str], ...]
    """Each column's name, type and meaning."""

    sql: Mapping[str, str]
    """The select for each dialect."""

    kind: Kind = "view"
    """`view` or `materialized_view`."""

    def takes_the_place_of(self, other: "Definition") -> bool:
        """Whether the other can be replaced by it, and whoever reads it sees no other names and types."""
        return self.kind == other.kind == "view" and self.seen == other.seen

    @property
    def seen(self) -> list[tuple[str, str]]:
        """Its columns, as whoever reads it sees them."""
        return [(name, kind) for name, kind, _ in self.columns]

    def only(self, dialect: str) -> "Definition":
        """Return what it is for one dialect."""
        return replace(self, sql={dialect: self.sql[dialect]} if dialect in self.sql else {})

    def in_place(self, settings: Settings, dialect: Dialect) -> "PlacedView":
        """Return the view for a dialect, in the schemas and under the prefix of these settings.

        Raises:
            SettingsError: there is no SQL for that dialect.
        """
        if dialect.name not in self.sql:
            msg = (
                f"the revision has {self.relation} for {', '.join(self.sql)}, not for {dialect.name}; autogenerate with "
                f"options(dialects=[{dialect.name!r}]) writes a revision that has it, after which this one is passed over"
            )
            raise SettingsError(msg)
        columns = [Column(name, TYPES[kind]()) for name, kind, _ in self.columns]
        written = _as_it_stands(_placed(self.sql[dialect.name], settings, dialect), dialect).columns(*columns)
        table = Table(target_name(self.relation, settings), MetaData(), *columns, schema=settings.target_schema)
        return PlacedView(
            self.relation, table, written, self.row, {name: meaning for name, _, meaning in self.columns}, self.kind
        )


def _as_it_stands(sql: str, dialect: Dialect) -> TextClause:
    """Return text in which nothing is taken for a parameter."""
    if doubles_percent(dialect) and literal_text(text("%"), dialect) == "%":  # BigQuery's dialect leaves a text's alone
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
    """A view as a warehouse is to get it."""

    relation: str
    table: Table
    select: SelectBase
    row: str
    comments: Mapping[str, str]
    kind: Kind
