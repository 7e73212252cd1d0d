"""The destination of a migration: the warehouse of a connection, or a printed script."""

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from graphlib import TopologicalSorter
from typing import Any, Final

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Executable
from sqlalchemy.schema import MetaData, Table

from sessionmodels.connection.transaction import named
from sessionmodels.errors import SettingsError, TargetError
from sessionmodels.errors.redaction import logger
from sessionmodels.execution.ownership import INSTEAD, describe_foreign
from sessionmodels.execution.target import refuse_colliding_prefixes
from sessionmodels.model import Kind, in_words
from sessionmodels.models import MODELS
from sessionmodels.relations.keyed_views import refuse_key_in
from sessionmodels.relations.naming import FORGOTTEN, own_name, target_name
from sessionmodels.relations.selection import choose
from sessionmodels.settings import Settings
from sessionmodels.views.definition import Definition, PlacedView
from sessionmodels.views.findings import in_the_way
from sessionmodels.views.revisions import created_by
from sessionmodels.views.script import relations_in_script
from sessionmodels.warehouses import warehouse_of
from sessionmodels.warehouses.catalogue import MARK, Catalogue, comment_of
from sessionmodels.warehouses.locks.lock import Place
from sessionmodels.warehouses.materialized import mark, refresh
from sessionmodels.warehouses.placement import placed, refuse_kinds, refuse_long_names, refuse_materialized
from sessionmodels.warehouses.render import text_of
from sessionmodels.warehouses.statement import Schema, Statement
from sessionmodels.warehouses.strategies.steps import dropped, usage_grants

LOG = logger(__name__)

STANDS: Final = "Earlier steps of the migration remain in effect."
UNDONE: Final = "The migration was rolled back."
AGAIN: Final = "Fix the cause and migrate again."
MADE: Final = "sessionmodels made this schema"


class Destination:
    """Runs the operations, based on what exists, or prints them if there is no connection to inspect."""

    def __init__(self, context: MigrationContext) -> None:
        """Store Alembic's context: its dialect, its connection, and the settings in its option `sessionmodels`."""
        self.context = context
        self.dialect = context.dialect
        self.warehouse = warehouse_of(self.dialect.name)
        self.warehouse.driver.patch_dialect(self.dialect)

    @cached_property
    def settings(self) -> Settings:
        """The settings, with explicit schemas if the warehouse's statements need them."""
        settings = settings_of(self.context)
        refuse_kinds(settings, self.warehouse)
        refuse_long_names(settings, self.dialect)
        _refuse_overwriting(settings)
        if self.catalogue:
            settings = placed(settings, self.catalogue, self.warehouse)
            schema = settings.target_schema
            if schema is None or self.catalogue.has_schema(schema):
                refuse_colliding_prefixes(self.catalogue, settings, schema or self.catalogue.default_schema)
            return settings
        if self.warehouse.schemas.always_named and not (settings.source_schema and settings.target_schema):
            msg = f"a script for {self.warehouse.title} names every schema; set source_schema and target_schema"
            raise SettingsError(msg)
        return settings

    @cached_property
    def catalogue(self) -> Catalogue | None:
        """The warehouse's catalogue, or None for a script."""
        return None if self.context.as_sql else self.warehouse.catalogue(self.connection)

    def safe_names(self) -> AbstractContextManager[Any]:
        """Return a context for our statements in which no name is resolved in a schema where other roles may create."""
        return nullcontext() if self.context.as_sql else self.warehouse.transactions.safe_names(self.connection)

    @property
    def place(self) -> Place:
        """The place of the tables that only one build at a time may write, since migrations change what builds read."""
        schema = self.settings.target_schema or (self.catalogue.default_schema if self.catalogue else None)
        return Place(schema, self.settings.table_prefix)

    @property
    def connection(self) -> Connection:
        """Alembic's connection."""
        if self.context.connection is None:
            msg = "the migration has no connection; pass one to context.configure()"
            raise SettingsError(msg)
        return self.context.connection

    @property
    def has_schema(self) -> bool:
        """Whether the target schema exists."""
        schema = self.settings.target_schema
        return schema is None or self.catalogue is None or self.catalogue.has_schema(schema)

    def kind(self, relation_name: str) -> Kind | None:
        """Return the kind of the existing object with a relation's name."""
        if self.catalogue is None:
            return None
        return self.catalogue.kind(target_name(relation_name, self.settings), self.place.schema)

    def is_ours(self, relation_name: str) -> bool:
        """Whether the object with a relation's name was created by a build or a migration, judged by its comment."""
        name = target_name(relation_name, self.settings)
        return self.catalogue is None or MARK in self.catalogue.comment(name, self.place.schema)

    def create_schema(self) -> None:
        """Create the target schema if it is missing, and grant its usage to the readers of the results."""
        schema = self.settings.target_schema
        if schema is None or self.context.impl.memo.get(MADE) or (self.catalogue and self.has_schema):
            return
        statements: tuple[Executable, ...] = (Statement("CREATE SCHEMA IF NOT EXISTS {name}", name=Schema(schema)),)
        if self.catalogue:
            statements = self.catalogue.make_schema(schema, self.settings.source_schema)
        self._run("the target schema", "create it", (*statements, *usage_grants(self.warehouse, self.settings)))
        self.context.impl.memo[MADE] = self.context.as_sql  # a script creates it once

    def create(self, definition: Definition, *, where_kind_is_view: bool = False) -> None:
        """Create a view, or replace an existing one."""
        relation, existing = definition.relation, self.kind(definition.relation)
        is_table = self.settings.kinds.get(relation) == "table"
        if is_table and (where_kind_is_view or existing == "table"):
            LOG.info("%s is a table in the settings: builds create it", relation)
            return
        if self._has_later_sql(definition):
            LOG.warning("%s is skipped: a later revision has its SQL for %s", relation, self.dialect.name)
            return
        are_forgotten = bool(self.catalogue and self.catalogue.kind(own_name(FORGOTTEN, self.settings), self.place.schema))
        refuse_key_in(self.settings, (relation,), are_forgotten=are_forgotten)
        refuse_materialized(definition.kind, relation, self.warehouse)
        view = definition.in_place(self.settings, self.dialect)
        if existing == "table":
            raise TargetError(in_the_way(view.table.name, relation))
        if existing and not self.is_ours(relation):
            msg = f"{describe_foreign(f'{view.table.fullname} (a {in_words(existing)})')} Rename or drop it; {INSTEAD}"
            raise TargetError(msg)
        if missing := self._missing(definition):
            self._skip(relation, ", ".join(target_name(name, self.settings) for name in missing))
            return
        self._create(view, existing)

    def refresh(self, relation_name: str, *, where_kind_is_view: bool = False) -> None:
        """Refresh a materialized view if it exists. A script assumes so if an earlier statement created it."""
        is_table = where_kind_is_view and self.settings.kinds.get(relation_name) == "table"
        existing = self.kind(relation_name) == "materialized_view" if self.catalogue else relation_name in self._created_in_script
        if is_table or not existing or not self.is_ours(relation_name):
            return
        table, row = self._table(relation_name), MODELS[relation_name].row if relation_name in MODELS else ""
        self._run(relation_name, "refresh the materialized view", (refresh(table), mark(table, comment_of(row), self.dialect)))

    def stale(self) -> set[str]:
        """Return our materialized views that were computed before a view that they read was replaced."""
        if self.catalogue is None:
            return set()
        found = self.catalogue.computed(self.place.schema)
        return {name for name in MODELS if (one := found.get(target_name(name, self.settings))) and one.is_stale}

    def drop(self, relation_name: str, *, materialized: bool = False, where_kind_is_view: bool = False) -> None:
        """Drop a view if it exists. In a script, the arguments replace the inspection."""
        written: Kind = "materialized_view" if materialized else "view"
        existing = self.kind(relation_name)
        if self.catalogue is None and not (where_kind_is_view and self.settings.kinds.get(relation_name) == "table"):
            existing = written
        if existing not in {"table", None}:  # tables and their readers are kept
            self._drop_readers(relation_name)
            self._drop(relation_name, existing)

    def _drop(self, relation_name: str, existing: Kind | None) -> bool:
        if existing is None or existing == "table":
            return False
        if not self.is_ours(relation_name):
            LOG.warning(
                "%s is not dropped: no build or migration of sessionmodels created it", target_name(relation_name, self.settings)
            )
            return False
        self._run(
            relation_name, f"drop the {in_words(existing)}", (dropped(self._table(relation_name), existing, if_exists=True),)
        )
        if self.catalogue is None:
            self._created_in_script.discard(relation_name)
        return True

    def _table(self, relation_name: str) -> Table:
        return Table(target_name(relation_name, self.settings), MetaData(), schema=self.settings.target_schema)

    def _create(self, view: PlacedView, existing: Kind | None) -> None:
        created: tuple[Executable, ...]
        if self.catalogue is None:
            drop = (dropped(view.table, view.kind, if_exists=True),) if view.kind == "materialized_view" else ()
            created = (*drop, self.warehouse.tables.create_view(view, view.kind == "view"))
            self._created_in_script.add(view.relation)
        elif existing == view.kind and self.catalogue.is_up_to_date(view):
            created = (refresh(view.table),) if view.kind == "materialized_view" else ()
        elif existing == view.kind == "view" and self.catalogue.can_replace(view):
            created = (self.warehouse.tables.create_view(view, True),)
        else:
            if existing:
                self._drop_readers(view.relation)
                self._drop(view.relation, existing)
            created = (self.warehouse.tables.create_view(view, False),)
        grants = (self.warehouse.tables.grant(view, grantee) for grantee in self.settings.grant_to)
        comments = self.warehouse.tables.comment(self.dialect, view)
        self._run(view.relation, f"create the {in_words(view.kind)}", (*created, *comments, *grants))

    def _drop_readers(self, relation_name: str) -> None:
        """Drop our existing readers of a view that is dropped, if the revisions do not know them because a build created them."""
        if self.catalogue is None or not self.catalogue.binds_views:
            return
        for reader in reversed(_all_readers(relation_name)):
            if self._drop(reader, Destination(self.context).kind(reader)):
                LOG.warning(
                    "%s is dropped, too, because it reads %s; a revision or a build creates it again", reader, relation_name
                )

    def _has_later_sql(self, definition: Definition) -> bool:
        """Whether the definition lacks SQL for the dialect, and a later revision has it."""
        script = self.context.script
        if self.dialect.name in definition.sql or script is None:
            return False
        last = created_by(script, script.get_heads()).get(definition.relation)
        return last is not None and self.dialect.name in last.definition.sql

    def _missing(self, definition: Definition) -> list[str]:
        if self.catalogue is None:
            return [name for name in definition.reads if name not in self._created_in_script]
        return [name for name in definition.reads if self.kind(name) is None]

    @property
    def _created_in_script(self) -> set[str]:
        return relations_in_script(self.context, self.settings)

    def _skip(self, relation_name: str, missing: str) -> None:
        """Warn that a view needs a build first. In a script, also write that as a comment in its place."""
        if self.catalogue:
            why = f"it reads {missing}, which no build has created; the next build creates both"
            LOG.warning("%s is not created yet: %s", relation_name, why)
            return
        why = f"it reads {missing}, which only `sessionmodels build` creates; a build creates both"
        message = f"{relation_name} is omitted from this script: {why}"
        LOG.warning("%s", message)
        self.context.impl.static_output(f"-- {' '.join(message.split())}")

    def _run(self, relation_name: str, action: str, statements: Iterable[Executable]) -> None:
        changed = UNDONE if self.context.impl.transactional_ddl else STANDS
        for statement in statements:
            if self.context.as_sql:
                self.context.impl.static_output(f"{text_of(statement, self.dialect)};")
            else:
                with named(relation_name, action, self.warehouse, changed=changed, way_out=AGAIN):
                    self.connection.execute(statement)


def _all_readers(relation_name: str) -> list[str]:
    """Return all direct and indirect readers of a relation, each after what it reads."""
    if relation_name not in MODELS:
        return []
    found = choose(f"{relation_name}+") - {relation_name}
    return [name for name in TopologicalSorter({one.name: one.reads for one in MODELS.values()}).static_order() if name in found]


def _refuse_overwriting(settings: Settings) -> None:
    """Refuse a source that has a view's name: the view would read itself.

    Raises:
        SettingsError: the source has a view's name.
    """
    written = {target_name(name, settings).lower() for name in settings.kinds}
    for source in map(settings.of_source, settings.source_names):
        here = settings.target_schema in {source.source_schema, None} or source.source_schema is None
        if here and source.source_table.lower() in written:
            setting = source.spelt("source_table")
            msg = f"{setting} {source.source_table!r} is also the name of a result; set another table_prefix or target_schema"
            raise SettingsError(msg)


def settings_of(context: MigrationContext) -> Settings:
    """Return the settings in the context's option `sessionmodels`, else those of the environment and the settings files."""
    given: Any = context.opts.get("sessionmodels")
    if not isinstance(given, Settings | None):
        msg = f"context.configure(sessionmodels=…) takes Settings(...); found {type(given).__name__}"
        raise SettingsError(msg)
    return given or Settings()
