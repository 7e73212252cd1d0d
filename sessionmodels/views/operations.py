"""The operations on views: each a value that knows its inverse, and what it does where it runs."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from alembic.operations import MigrateOperation, Operations

from sessionmodels.errors import SettingsError
from sessionmodels.views.destination import Destination
from sessionmodels.views.messages import alembic_messages
from sessionmodels.views.revisions import Written, definition_of, find


class SessionOp(MigrateOperation):
    """Any of them. `why` becomes a comment in the revision, `where_kind_is_view` leaves out what the settings keep as a table."""

    name: str
    why: str = ""
    sql_files: str | None = None
    where_kind_is_view: bool = False

    @property
    def relation(self) -> str:
        """The relation's name, without the prefix."""
        raise NotImplementedError

    def to_diff_tuple(self) -> tuple[str, ...]:
        """Return what `alembic check` tells."""
        return (self.name, self.relation, *([self.why] if self.why else []))


@Operations.register_operation("create_session_schema")
class CreateSessionSchemaOp(MigrateOperation):
    """Make the target schema, where it is missing."""

    @classmethod
    def create_session_schema(cls, operations: Operations) -> None:
        """Make the schema that the setting `target_schema` names, where it is missing; it stays when the revision is undone."""
        return operations.invoke(cls())

    def reverse(self) -> "KeepSessionSchemaOp":
        """Return nothing to do: others may have put something into it."""
        return KeepSessionSchemaOp()

    def to_diff_tuple(self) -> tuple[str, ...]:
        """Return what `alembic check` tells."""
        return ("create_session_schema",)


class KeepSessionSchemaOp(MigrateOperation):
    """Leave the target schema where it is."""

    def reverse(self) -> CreateSessionSchemaOp:
        """Return what makes it."""
        return CreateSessionSchemaOp()


@Operations.register_operation("create_session_view")
class CreateSessionViewOp(SessionOp):
    """Make a view."""

    name = "create_session_view"

    def __init__(
        self, written: Written, before: Written | None = None, *, where_kind_is_view: bool = False, why: str = ""
    ) -> None:
        """Take what to make, and what stood there before that was dropped for it."""
        self.written, self.before = written, before
        self.where_kind_is_view, self.why = where_kind_is_view, why

    @classmethod
    def create_session_view(  # noqa: PLR0913 - a revision says all of it, by name
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
        """Make a view; one that is there already is replaced.

        Where a relation that it reads is missing it is left out, with a warning: the build that makes the one makes the other.

        Args:
            operations: handed over by Alembic.
            relation_name: its name without the prefix, such as `session_duration`.
            row: what one row is.
            reads: the relations that it reads.
            columns: each column's name, type (`text`, `timestamp`, `bigint`, `double`) and meaning.
            materialized: make it a materialized view.
            revision: instead of all these, the revision that wrote it down.
            sql_files: instead of `sql`, the revision whose selects stand in `sql/<revision>_<dialect>.sql`, beside `versions`.
            where_kind_is_view: leave it out where the settings keep the relation as a table.
            sql: the select for each dialect, such as `postgresql="SELECT …"`; `{target}.`, `{source}.` and `{prefix}` stand for
                the settings `target_schema`, `source_schema` and `table_prefix`.

        Raises:
            CommandError: there is no SQL for the dialect, the revision does not write it down, a table stands under its name
                where the settings want a view, or the warehouse refuses it.
        """
        written = _written(
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
        """Return what drops it."""
        return DropSessionViewOp(self.written, where_kind_is_view=self.where_kind_is_view)


@Operations.register_operation("replace_session_view")
class ReplaceSessionViewOp(SessionOp):
    """Replace a view by another of the same columns."""

    name = "replace_session_view"

    def __init__(self, written: Written, before: Written, *, where_kind_is_view: bool = False, why: str = "") -> None:
        """Take what to make, and what stood there before."""
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
        """Replace a view; everything as for `create_session_view`."""
        written = _written(
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
        """Return what puts back the view that stood there before."""
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
        """Take what stood there before, or its name and kind where it is only to go."""
        self.before, self._relation = before, relation_name
        self.materialized = before.definition.kind == "materialized_view" if before else materialized
        self.where_kind_is_view, self.why = where_kind_is_view, why

    @classmethod
    def drop_session_view(
        cls, operations: Operations, relation_name: str, *, materialized: bool = False, where_kind_is_view: bool = False
    ) -> None:
        """Drop a view, where it is there and is a view: a table is a build's result, and stays.

        Args:
            operations: handed over by Alembic.
            relation_name: its name without the prefix.
            materialized: whether it is a materialized view, for scripts, which are printed without looking.
            where_kind_is_view: for scripts, leave it out where the settings keep the relation as a table.

        Raises:
            CommandError: the warehouse refuses it, such as PostgreSQL where somebody else's view reads it.
        """
        return operations.invoke(
            cls(relation_name=relation_name, materialized=materialized, where_kind_is_view=where_kind_is_view)
        )

    @property
    def relation(self) -> str:
        """The relation's name, without the prefix."""
        return self.before.definition.relation if self.before else self._relation

    def reverse(self) -> CreateSessionViewOp:
        """Return what makes it again."""
        if self.before is None:
            msg = f"what {self.relation} was is not known any more; write its downgrade by hand"
            raise SettingsError(msg)
        return CreateSessionViewOp(self.before, where_kind_is_view=self.where_kind_is_view)


def _written(
    operations: Operations, relation_name: str, row: str | None, *, revision: str | None, sql: Any, **more: Any
) -> Written:
    if revision is None:
        return Written(definition_of(relation_name, row or "", **more, **sql))
    with alembic_messages():
        script = operations.get_context().script
        if script is None:
            msg = f"{relation_name}: cannot read revision {revision!r}, since no revisions are at hand; run it through an env.py"
            raise SettingsError(msg)
        return find(script, relation_name, revision)


@contextmanager
def destination_of(operations: Operations) -> Iterator[Destination]:
    """Yield where the operations run; names are looked up safely there, also on a connection of somebody else's environment."""
    destination = Destination(operations.get_context())
    with destination.safe_names():
        yield destination


@Operations.implementation_for(CreateSessionSchemaOp)
def _create_schema(operations: Operations, _operation: CreateSessionSchemaOp) -> None:
    with alembic_messages(), destination_of(operations) as destination:
        destination.make_schema()


@Operations.implementation_for(CreateSessionViewOp)
@Operations.implementation_for(ReplaceSessionViewOp)
def _create(operations: Operations, operation: CreateSessionViewOp | ReplaceSessionViewOp) -> None:
    with alembic_messages(), destination_of(operations) as destination:
        destination.make(operation.written.definition, where_kind_is_view=operation.where_kind_is_view)


@Operations.implementation_for(DropSessionViewOp)
def _drop(operations: Operations, operation: DropSessionViewOp) -> None:
    with alembic_messages(), destination_of(operations) as destination:
        destination.drop(operation.relation, materialized=operation.materialized, where_kind_is_view=operation.where_kind_is_view)
