"""The table of somebody else's identity graph: which alias is which visitor."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import CTE, ColumnElement, Connection, Table, func, literal_column, select

from sessionmodels.errors import SourceError
from sessionmodels.model import AnySelect
from sessionmodels.source.ids import as_visitor_id, typed_text
from sessionmodels.source.without_forgotten import Forgotten
from sessionmodels.sql.text import by_code_point

EXAMPLES = 3


@dataclass(frozen=True)
class IdentityGraph:
    """A table with an alias and its visitor in each row. Ids are text, and blank or ignored ones are null, as in the source."""

    table: Table
    alias: ColumnElement[Any]
    visitor: ColumnElement[Any]
    ignored: Sequence[str] = ()
    hash_ids: bool = False
    """Whether aliases and visitors are replaced by their keyed hashes."""

    forgotten: Forgotten | None = None
    """The list of forgotten people, who are in no answer."""

    @cached_property
    def answers(self) -> CTE:
        """One row per alias: `alias`, `visitor`. No build accepts two visitors; one is used, so that no event is doubled."""
        pairs = self._pairs()
        return select(pairs.c.alias, func.min(pairs.c.visitor).label("visitor")).group_by(pairs.c.alias).cte("identity_graph")

    def refuse_contradictions(self, connection: Connection) -> None:
        """Refuse a graph that gives an alias two visitors.

        Raises:
            SourceError: it does; the message names some of these aliases.
        """
        if found := connection.execute(self.contradictions()).all():
            named = "; ".join(f"{row.alias!r} is {row.one!r} and {row.other!r}" for row in found)
            name = self.table.fullname
            msg = (
                f"identity_table {name!r} gives an alias two visitors: {named}. Nothing was changed. An alias has one visitor:"
                " correct the table, or set identity_table to a view with one row for each"
            )
            raise SourceError(msg)

    def contradictions(self) -> AnySelect:
        """One row for some of the aliases with two visitors: `alias`, `one`, `other`."""
        pairs = self._pairs()
        return (
            select(pairs.c.alias, func.min(pairs.c.visitor).label("one"), func.max(pairs.c.visitor).label("other"))
            .group_by(pairs.c.alias)
            .having(func.count(pairs.c.visitor.distinct()) > 1)
            .order_by(by_code_point(pairs.c.alias))
            .limit(literal_column(str(EXAMPLES)))
        )

    def _pairs(self) -> CTE:
        typed = select(typed_text(self.alias).label("alias"), typed_text(self.visitor).label("visitor")).cte("typed_aliases")
        ids = (as_visitor_id(column, self.ignored, hash_ids=self.hash_ids).label(column.name) for column in typed.c)
        pairs = select(*ids).cte("aliases_or_null")
        if self.forgotten is not None:
            pairs = self.forgotten.without(pairs, "alias", "visitor").cte("remembered_aliases")
        return select(pairs).where(pairs.c.alias.is_not(None), pairs.c.visitor.is_not(None)).cte("known_aliases")
