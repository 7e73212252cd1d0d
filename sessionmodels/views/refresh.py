"""The operations that compute materialized views again, once what they read is another."""

from collections.abc import Sequence

from alembic.operations import MigrateOperation, Operations

from sessionmodels.views.messages import alembic_messages
from sessionmodels.views.operations import SessionOp, destination_of


@Operations.register_operation("refresh_session_view")
class RefreshSessionViewOp(SessionOp):
    """Compute the rows of a materialized view again, once what it reads is another."""

    name = "refresh_session_view"

    def __init__(self, relation_name: str, *, where_kind_is_view: bool = False, why: str = "") -> None:
        """Take its name."""
        self._relation, self.where_kind_is_view, self.why = relation_name, where_kind_is_view, why

    @classmethod
    def refresh_session_view(cls, operations: Operations, relation_name: str, *, where_kind_is_view: bool = False) -> None:
        """Compute the rows of a materialized view again; whatever else stands there is left alone.

        Args:
            operations: handed over by Alembic.
            relation_name: its name without the prefix.
            where_kind_is_view: for scripts, leave it out where the settings keep the relation as a table.
        """
        return operations.invoke(cls(relation_name, where_kind_is_view=where_kind_is_view))

    @property
    def relation(self) -> str:
        """The relation's name, without the prefix."""
        return self._relation

    def reverse(self) -> "RefreshSessionViewOp":
        """Return the same: what it reads is another again."""
        return RefreshSessionViewOp(self.relation, where_kind_is_view=self.where_kind_is_view)


class RefreshLastOp(MigrateOperation):
    """Operations that end in refreshing materialized views: also when they are undone, in the reverse order."""

    def __init__(self, ops: Sequence[MigrateOperation]) -> None:
        """Take them in the order in which they run."""
        self.ops = list(ops)

    def reverse(self) -> "RefreshLastOp":
        """Return what undoes the others, the last first, and refreshes again at the end."""
        changes = [one.reverse() for one in self.ops if not isinstance(one, RefreshSessionViewOp)]
        refreshes = [one.reverse() for one in self.ops if isinstance(one, RefreshSessionViewOp)]
        return RefreshLastOp([*reversed(changes), *refreshes])

    def to_diff_tuple(self) -> tuple[str, ...]:
        """Refuse: each of them tells for itself."""
        raise NotImplementedError


@Operations.implementation_for(RefreshSessionViewOp)
def _refresh(operations: Operations, operation: RefreshSessionViewOp) -> None:
    with alembic_messages(), destination_of(operations) as destination:
        destination.refresh(operation.relation, where_kind_is_view=operation.where_kind_is_view)
