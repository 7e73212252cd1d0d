"""The operations that refresh materialized views after a view that they read was replaced."""

from collections.abc import Sequence

from alembic.operations import MigrateOperation, Operations

from sessionmodels.views.messages import alembic_messages
from sessionmodels.views.operations import SessionOp, destination_of


@Operations.register_operation("refresh_session_view")
class RefreshSessionViewOp(SessionOp):
    """Refresh a materialized view after a view that it reads was replaced."""

    name = "refresh_session_view"

    def __init__(self, relation_name: str, *, where_kind_is_view: bool = False, why: str = "") -> None:
        """Store its name."""
        self._relation, self.where_kind_is_view, self.why = relation_name, where_kind_is_view, why

    @classmethod
    def refresh_session_view(cls, operations: Operations, relation_name: str, *, where_kind_is_view: bool = False) -> None:
        """Refresh a materialized view. Any other kind of object is left unchanged.

        Args:
            operations: passed by Alembic.
            relation_name: its name without the prefix.
            where_kind_is_view: for scripts, skip it if the relation is a table in the settings.
        """
        return operations.invoke(cls(relation_name, where_kind_is_view=where_kind_is_view))

    @property
    def relation(self) -> str:
        """The relation's name, without the prefix."""
        return self._relation

    def reverse(self) -> "RefreshSessionViewOp":
        """Return the same operation: after an undo, it must be refreshed, too."""
        return RefreshSessionViewOp(self.relation, where_kind_is_view=self.where_kind_is_view)


class RefreshLastOp(MigrateOperation):
    """Operations that end in refreshes of materialized views, also in the downgrade."""

    def __init__(self, ops: Sequence[MigrateOperation]) -> None:
        """Store the operations in order."""
        self.ops = list(ops)

    def reverse(self) -> "RefreshLastOp":
        """Return the inverse operations, with the refreshes last again."""
        changes = [one.reverse() for one in self.ops if not isinstance(one, RefreshSessionViewOp)]
        refreshes = [one.reverse() for one in self.ops if isinstance(one, RefreshSessionViewOp)]
        return RefreshLastOp([*reversed(changes), *refreshes])

    def to_diff_tuple(self) -> tuple[str, ...]:
        """Refuse: each operation reports itself."""
        raise NotImplementedError


@Operations.implementation_for(RefreshSessionViewOp)
def _refresh(operations: Operations, operation: RefreshSessionViewOp) -> None:
    with alembic_messages(), destination_of(operations) as destination:
        destination.refresh(operation.relation, where_kind_is_view=operation.where_kind_is_view)
