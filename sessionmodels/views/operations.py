"""The operations on views. Each is a value with an inverse and an implementation."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from alembic.operations import MigrateOperation, Operations

from sessionmodels.errors import SettingsError
from sessionmodels.views.destination import Destination
from sessionmodels.views.messages import alembic_messages
from sessionmodels.views.revisions import Written, definition_of, find


class SessionOp(MigrateOperation):
    """An operation. `why` becomes a comment in the revision. `where_kind_is_view` skips tables in the settings."""

    name: str
    why: str = ""
    sql_files: str | None = None
    where_kind_is_view: bool = False

    @property
    def relation(self) -> str:
        """The relation's name, without the prefix."""
        raise NotImplementedError

    def to_diff_tuple(self) -> tuple[str, ...]:
        """Return what `alembic check` reports."""
        return (self.name, self.relation, *([self.why] if self.why else []))


@Operations.register_operation("create_session_schema")
class CreateSessionSchemaOp(MigrateOperation):
    """Create the target schema if it is missing."""

    @classmethod
    def create_session_schema(cls, operations: Operations) -> None:
        """Create the schema in the setting `target_schema` if it is missing. It stays when the revision is undone."""
        return operations.invoke(cls())

    def reverse(self) -> "KeepSessionSchemaOp":
        """Return an operation that does nothing, because the schema may contain other objects."""
        return KeepSessionSchemaOp()

    def to_diff_tuple(self) -> tuple[str, ...]:
        """Return what `alembic check` reports."""
        return ("create_session_schema",)


class KeepSessionSchemaOp(MigrateOperation):
    """Keep the target schema."""

    def reverse(self) -> CreateSessionSchemaOp:
        """Return the operation that creates it."""
        return CreateSessionSchemaOp()


@Operations.register_operation("create_session_view")
class CreateSessionViewOp(SessionOp):
    """Create a view."""

    name = "create_session_view"

    def __init__(
        self, written: Written, before: Written | None = None, *, where_kind_is_view: bool = False, why: str = ""
    ) -> None:
        """Store the view to create, and the previous one that was dropped for it."""
        self.written, self.before = written, before
        self.where_kind_is_view, self.why = where_kind_is_view, why

    @classmethod
    def create_session_view(  # noqa: PLR0913 - a revision passes everything by name
        cls,
        operations: Operations,
        relation_name: str,
        row: str | None = None,
        *,
        reads: Iterable[str] = (),
        columns: Iterable[tuple[str, str, str]] = (),
        materialized: bool = False,
        revision: str | None = None,
        sql_files: str | None = None,
        where_kind_is_view: bool = False,
        **sql: str,
    ) -> None:
        """Create a view, or replace an existing one.

        If a relation that it reads is missing, it is skipped with a warning: the build that creates the one creates the other.

        Args:
            operations: passed by Alembic.
            relation_name: its name without the prefix, such as `session_duration`.
            row: what one row describes.
            reads: the relations that it reads.
            columns: each column's name, type (`text`, `timestamp`, `bigint`, `double`, `date`) and description.
            materialized: create a materialized view.
            revision: instead of all these, the revision that contains the definition.
            sql_files: instead of `sql`, the revision whose selects are in `sql/<revision>_<dialect>.sql`, next to `versions`.
            where_kind_is_view: skip it if the relation is a table in the settings.
            sql: the select for each dialect, such as `postgresql="SELECT …"`; `{target}.`, `{source}.` and `{prefix}` stand for
                the settings `target_schema`, `source_schema` and `table_prefix`.

        Raises:
            CommandError: there is no SQL for the dialect, the revision does not contain the definition, a table has its name
                although it is a view in the settings, or the warehouse rejects the statement.
        """
        written = _read_definition(
            operations,
            relation_name,
            row,
            reads=reads,
            columns=columns,
            materialized=materialized,
            revision=revision or sql_files,
            sql=sql,
        )
        return operations.invoke(cls(written, where_kind_is_view=where_kind_is_view))

    @property
    def relation(self) -> str:
        """The relation's name, without the prefix."""
        return self.written.definition.relation

    def reverse(self) -> "DropSessionViewOp":
        """Return the operation that drops it."""
        return DropSessionViewOp(self.written, where_kind_is_view=self.where_kind_is_view)


@Operations.register_operation("replace_session_view")
class ReplaceSessionViewOp(SessionOp):
    """Replace a view by one with the same columns."""

    name = "replace_session_view"

    def __init__(self, written: Written, before: Written, *, where_kind_is_view: bool = False, why: str = "") -> None:
        """Store the new view and the previous one."""
        self.written, self.before = written, before
        self.where_kind_is_view, self.why = where_kind_is_view, why

    @classmethod
    def replace_session_view(  # noqa: PLR0913 - as above
        cls,
        operations: Operations,
        relation_name: str,
        row: str | None = None,
        *,
        reads: Iterable[str] = (),
        columns: Iterable[tuple[str, str, str]] = (),
        materialized: bool = False,
        revision: str | None = None,
        sql_files: str | None = None,
        where_kind_is_view: bool = False,
        **sql: str,
    ) -> None:
        """Replace a view. The arguments are those of `create_session_view`."""
        written = _read_definition(
            operations,
            relation_name,
            row,
            reads=reads,
            columns=columns,
            materialized=materialized,
            revision=revision or sql_files,
            sql=sql,
        )
        return operations.invoke(cls(written, written, where_kind_is_view=where_kind_is_view))

    @property
    def relation(self) -> str:
        """The relation's name, without the prefix."""
        return self.written.definition.relation

    def reverse(self) -> "ReplaceSessionViewOp":
        """Return the operation that restores the previous view."""
        return ReplaceSessionViewOp(self.before, self.written, where_kind_is_view=self.where_kind_is_view)


@Operations.register_operation("drop_session_view")
class DropSessionViewOp(SessionOp):
    """Drop a view."""

    name = "drop_session_view"

    def __init__(
        self,
        before: Written | None = None,
        relation_name: str = "",
        *,
        materialized: bool = False,
        where_kind_is_view: bool = False,
        why: str = "",
    ) -> None:
        """Store the previous view, or only its name and kind."""
        self.before, self._relation = before, relation_name
        self.materialized = before.definition.kind == "materialized_view" if before else materialized
        self.where_kind_is_view, self.why = where_kind_is_view, why

    @classmethod
    def drop_session_view(
        cls, operations: Operations, relation_name: str, *, materialized: bool = False, where_kind_is_view: bool = False
    ) -> None:
        """Drop a view if it exists. A table is a build's result and stays.

        Args:
            operations: passed by Alembic.
            relation_name: its name without the prefix.
            materialized: whether it is a materialized view, for scripts, which cannot inspect the warehouse.
            where_kind_is_view: for scripts, skip it if the relation is a table in the settings.

        Raises:
            CommandError: the warehouse rejects it, for example PostgreSQL if another user's view reads it.
        """
        return operations.invoke(
            cls(relation_name=relation_name, materialized=materialized, where_kind_is_view=where_kind_is_view)
        )

    @property
    def relation(self) -> str:
        """The relation's name, without the prefix."""
        return self.before.definition.relation if self.before else self._relation

    def reverse(self) -> CreateSessionViewOp:
        """Return the operation that creates it again."""
        if self.before is None:
            msg = f"the previous definition of {self.relation} is unknown; write its downgrade by hand"
            raise SettingsError(msg)
        return CreateSessionViewOp(self.before, where_kind_is_view=self.where_kind_is_view)


def _read_definition(
    operations: Operations, relation_name: str, row: str | None, *, revision: str | None, sql: Any, **more: Any
) -> Written:
    if revision is None:
        return Written(definition_of(relation_name, row or "", **more, **sql))
    with alembic_messages():
        script = operations.get_context().script
        if script is None:
            msg = f"{relation_name}: cannot read revision {revision!r} without a script directory; run it through an env.py"
            raise SettingsError(msg)
        return find(script, relation_name, revision)


@contextmanager
def destination_of(operations: Operations) -> Iterator[Destination]:
    """Yield the destination of the operations, with safe name resolution even on another environment's connection."""
    destination = Destination(operations.get_context())
    with destination.safe_names():
        yield destination


@Operations.implementation_for(CreateSessionSchemaOp)
def _create_schema(operations: Operations, _operation: CreateSessionSchemaOp) -> None:
    with alembic_messages(), destination_of(operations) as destination:
        destination.create_schema()


@Operations.implementation_for(CreateSessionViewOp)
@Operations.implementation_for(ReplaceSessionViewOp)
def _create(operations: Operations, operation: CreateSessionViewOp | ReplaceSessionViewOp) -> None:
    with alembic_messages(), destination_of(operations) as destination:
        destination.create(operation.written.definition, where_kind_is_view=operation.where_kind_is_view)


@Operations.implementation_for(DropSessionViewOp)
def _drop(operations: Operations, operation: DropSessionViewOp) -> None:
    with alembic_messages(), destination_of(operations) as destination:
        destination.drop(operation.relation, materialized=operation.materialized, where_kind_is_view=operation.where_kind_is_view)
