"""Where a migration runs: the warehouse that a connection leads to, or a script that is printed."""

import logging
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Executable
from sqlalchemy.schema import MetaData, Table

from sessionmodels.errors import SettingsError, TargetError
from sessionmodels.graph import target_name
from sessionmodels.model import Kind, in_words
from sessionmodels.settings import Settings
from sessionmodels.statements import text_of
from sessionmodels.target import placed, refuse_kinds, refuse_materialized, with_schema
from sessionmodels.transaction import named
from sessionmodels.views.definition import Definition, PlacedView
from sessionmodels.warehouses import warehouse_of
from sessionmodels.warehouses.catalogue import Catalogue
from sessionmodels.warehouses.locks.lock import Place
from sessionmodels.warehouses.renewal.steps import dropped
from sessionmodels.warehouses.statement import Schema, Statement

LOG = logging.getLogger(__name__)

NOT_UNDONE = "What the revision did before stands; run it again once the cause is mended."
UNDONE = "The revision is undone."


class Destination:
    """What the operations do, each once what stands there is looked at; or as text, where nothing can be looked at."""

    def __init__(self, context: MigrationContext) -> None:
        """Take Alembic's context: its dialect, its connection, and the settings in its option `sessionmodels`."""
        self.context = context
        self.words = context.dialect
        self.warehouse = warehouse_of(self.words.name)
        self.warehouse.mend(self.words)

    @cached_property
    def settings(self) -> Settings:
        """The settings, with the schemas written out where the warehouse's statements need them."""
        settings = settings_of(self.context)
        refuse_kinds(settings, self.warehouse)
        if self.catalogue:
            return placed(settings, self.catalogue, self.warehouse)
        schema = self.warehouse.default_schema
        settings = with_schema(settings, schema) if schema else settings
        if self.warehouse.names_schemas and not (settings.source_schema and settings.target_schema):
            msg = f"a script for {self.warehouse.title} names every schema; set source_schema and target_schema"
            raise SettingsError(msg)
        return settings

    @cached_property
    def catalogue(self) -> Catalogue | None:
        """What stands there; None where a script is printed."""
        return None if self.context.as_sql else self.warehouse.catalogue(self.connection)

    @property
    def place(self) -> Place:
        """The tables that one build at a time may write: what is changed here is read or made by them."""
        schema = self.settings.target_schema or (self.catalogue.default_schema if self.catalogue else None)
        return Place(schema, self.settings.table_prefix)

    @property
    def connection(self) -> Connection:
        """The connection that Alembic was handed."""
        if self.context.connection is None:
            msg = "the migration has no connection; hand context.configure() one"
            raise SettingsError(msg)
        return self.context.connection

    def kind(self, relation: str) -> Kind | None:
        """Return what stands under a relation's name."""
        if self.catalogue is None:
            return None
        return self.catalogue.kind(target_name(relation, self.settings), self.place.schema)

    def make_schema(self) -> None:
        """Make the target schema, where it is missing."""
        schema = self.settings.target_schema
        if schema is None:
            return
        if self.catalogue is None:
            self._run("the target schema", "create it", (Statement("CREATE SCHEMA IF NOT EXISTS {name}", name=Schema(schema)),))
        elif not self.catalogue.has_schema(schema):
            usage = self.warehouse.grant_usage
            grants = tuple(usage(schema, grantee) for grantee in self.settings.grant_to) if usage else ()
            made = self.catalogue.make_schema(schema, self.settings.source_schema)
            self._run("the target schema", "create it", (*made, *grants))

    def make(self, definition: Definition, *, where_kind_is_view: bool = False) -> None:
        """Make a view, or replace it by one that can take its place."""
        relation, is_table = definition.relation, self.settings.kinds.get(definition.relation) == "table"
        if is_table and (where_kind_is_view or self.kind(relation) == "table"):
            LOG.info("%s is kept as a table: builds make it", relation)
            return
        refuse_materialized(definition.kind, relation, self.warehouse)
        view = definition.in_place(self.settings, self.words)
        if self.kind(relation) == "table":
            msg = (
                f"{view.table.fullname} is a table that a build has made, and is to be a view now; "
                f"run `sessionmodels build`, which puts the view in its place, or drop it, and then migrate again"
            )
            raise TargetError(msg)
        if missing := self._missing(definition):
            told = ", ".join(target_name(name, self.settings) for name in missing)
            LOG.warning(
                "%s is not made yet: it reads %s, which no build has made; `sessionmodels build` makes it too", relation, told
            )
            return
        grants = (self.warehouse.grant(view, grantee) for grantee in self.settings.grant_to)
        told = self.warehouse.comment(self.words, view)
        self._run(relation, f"create the {in_words(view.kind)}", (*self._made(view), *told, *grants))

    def _made(self, view: PlacedView) -> Iterator[Executable]:
        """Yield what makes a view; a materialized one cannot be replaced, and stays where it is right."""
        stands = self.kind(view.relation)
        if view.kind == "view" and stands in {None, "view"}:
            yield self.warehouse.create_view(view, self.context.as_sql or stands == "view")
        elif stands != view.kind or self.catalogue is None or not self.catalogue.is_up_to_date(view):
            if stands or self.context.as_sql:
                yield dropped(view.table, stands or view.kind, if_exists=True)
            yield self.warehouse.create_view(view, False)

    def drop(self, relation: str, *, materialized: bool = False) -> None:
        """Drop a view, where it is there and is one; `materialized` tells of what kind it is where nothing can be looked at."""
        written: Kind = "materialized_view" if materialized else "view"
        stands = written if self.catalogue is None else self.kind(relation)
        if stands not in {"table", None}:
            table = Table(target_name(relation, self.settings), MetaData(), schema=self.settings.target_schema)
            self._run(relation, f"drop the {in_words(written)}", (dropped(table, stands or written, if_exists=True),))

    def _missing(self, definition: Definition) -> list[str]:
        if self.catalogue is None:
            return []
        return [name for name in definition.reads if self.kind(name) is None]

    def _run(self, relation: str, does: str, statements: Iterable[Executable]) -> None:
        for statement in statements:
            if self.context.as_sql:
                self.context.impl.static_output(f"{text_of(statement, self.words)};")
            else:
                changed = UNDONE if self.context.impl.transactional_ddl else NOT_UNDONE
                with named(relation, does, self.warehouse, changed=changed):
                    self.connection.execute(statement)


def settings_of(context: MigrationContext) -> Settings:
    """Return the settings that an environment hands over as `sessionmodels`, else those that stand outside."""
    given: Any = context.opts.get("sessionmodels")
    if not isinstance(given, Settings | None):
        msg = f"context.configure(sessionmodels=…) takes Settings(...); found {type(given).__name__}"
        raise SettingsError(msg)
    return given or Settings()
