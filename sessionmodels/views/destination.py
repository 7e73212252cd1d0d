"""Where a migration runs: the warehouse that a connection leads to, or a script that is printed."""

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
from sessionmodels.naming import target_name
from sessionmodels.offline.render import text_of
from sessionmodels.selection import choose
from sessionmodels.settings import Settings
from sessionmodels.views.definition import Definition, PlacedView
from sessionmodels.views.findings import in_the_way
from sessionmodels.views.revisions import made_by
from sessionmodels.views.script import standing
from sessionmodels.warehouses import warehouse_of
from sessionmodels.warehouses.catalogue import MARK, Catalogue, comment_of
from sessionmodels.warehouses.locks.lock import Place
from sessionmodels.warehouses.materialized import mark, refresh
from sessionmodels.warehouses.placement import placed, refuse_kinds, refuse_long_names, refuse_materialized
from sessionmodels.warehouses.statement import Schema, Statement
from sessionmodels.warehouses.strategies.steps import dropped, usage_grants

LOG = logger(__name__)

STANDS: Final = "What the migration did before stands."
UNDONE: Final = "The migration is undone."
AGAIN: Final = "Fix the cause and migrate again."
MADE: Final = "sessionmodels made this schema"


class Destination:
    """What the operations do, each once what stands there is looked at; or as text, where nothing can be looked at."""

    def __init__(self, context: MigrationContext) -> None:
        """Take Alembic's context: its dialect, its connection, and the settings in its option `sessionmodels`."""
        self.context = context
        self.dialect = context.dialect
        self.warehouse = warehouse_of(self.dialect.name)
        self.warehouse.driver.patch_dialect(self.dialect)

    @cached_property
    def settings(self) -> Settings:
        """The settings, with the schemas written out where the warehouse's statements need them."""
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
        """What stands there; None where a script is printed."""
        return None if self.context.as_sql else self.warehouse.catalogue(self.connection)

    def safe_names(self) -> AbstractContextManager[Any]:
        """Return what lasts while statements of ours run: no name is looked up in a schema in which others may create."""
        return nullcontext() if self.context.as_sql else self.warehouse.transactions.safe_names(self.connection)

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

    @property
    def has_schema(self) -> bool:
        """Whether the target schema is there."""
        schema = self.settings.target_schema
        return schema is None or self.catalogue is None or self.catalogue.has_schema(schema)

    def kind(self, relation_name: str) -> Kind | None:
        """Return what stands under a relation's name."""
        if self.catalogue is None:
            return None
        return self.catalogue.kind(target_name(relation_name, self.settings), self.place.schema)

    def is_ours(self, relation_name: str) -> bool:
        """Whether a build or a migration made what stands under a relation's name; its comment says so."""
        name = target_name(relation_name, self.settings)
        return self.catalogue is None or MARK in self.catalogue.comment(name, self.place.schema)

    def make_schema(self) -> None:
        """Make the target schema, where it is missing, and let those look into it who may read what is in it."""
        schema = self.settings.target_schema
        if schema is None or self.context.impl.memo.get(MADE) or (self.catalogue and self.has_schema):
            return
        made: tuple[Executable, ...] = (Statement("CREATE SCHEMA IF NOT EXISTS {name}", name=Schema(schema)),)
        if self.catalogue:
            made = self.catalogue.make_schema(schema, self.settings.source_schema)
        self._run("the target schema", "create it", (*made, *usage_grants(self.warehouse, self.settings)))
        self.context.impl.memo[MADE] = self.context.as_sql  # a script says so once

    def make(self, definition: Definition, *, where_kind_is_view: bool = False) -> None:
        """Make a view, or put it in the place of another."""
        relation, stands = definition.relation, self.kind(definition.relation)
        is_table = self.settings.kinds.get(relation) == "table"
        if is_table and (where_kind_is_view or stands == "table"):
            LOG.info("%s is kept as a table: builds make it", relation)
            return
        if self._is_written_later(definition):
            LOG.warning("%s is left as it is: a later revision has its SQL for %s", relation, self.dialect.name)
            return
        refuse_materialized(definition.kind, relation, self.warehouse)
        view = definition.in_place(self.settings, self.dialect)
        if stands == "table":
            raise TargetError(in_the_way(view.table.name))
        if stands and not self.is_ours(relation):
            msg = f"{describe_foreign(f'{view.table.fullname} (a {in_words(stands)})')} Rename or drop it; {INSTEAD}"
            raise TargetError(msg)
        if missing := self._missing(definition):
            self._leave_out(relation, ", ".join(target_name(name, self.settings) for name in missing))
            return
        self._make(view, stands)

    def refresh(self, relation_name: str, *, where_kind_is_view: bool = False) -> None:
        """Compute the rows of a materialized view again, where one stands; a script takes that for granted."""
        is_table = where_kind_is_view and self.settings.kinds.get(relation_name) == "table"
        stands = self.kind(relation_name) == "materialized_view" if self.catalogue else relation_name in self._in_script
        if is_table or not stands or not self.is_ours(relation_name):
            return
        table, row = self._table(relation_name), MODELS[relation_name].row if relation_name in MODELS else ""
        self._run(relation_name, "refresh the materialized view", (refresh(table), mark(table, comment_of(row), self.dialect)))

    def stale(self) -> set[str]:
        """Return the materialized views of ours whose rows are of other definitions than those that stand now."""
        if self.catalogue is None:
            return set()
        found = self.catalogue.computed(self.place.schema)
        return {name for name in MODELS if (one := found.get(target_name(name, self.settings))) and one.is_stale}

    def drop(self, relation_name: str, *, materialized: bool = False, where_kind_is_view: bool = False) -> None:
        """Drop a view, where it is there and is one; of a script, the words say what cannot be looked at."""
        written: Kind = "materialized_view" if materialized else "view"
        stands = self.kind(relation_name)
        if self.catalogue is None and not (where_kind_is_view and self.settings.kinds.get(relation_name) == "table"):
            stands = written
        if stands not in {"table", None}:  # a table stays, and so does whatever reads it
            self._drop_readers(relation_name)
            self._drop(relation_name, stands)

    def _drop(self, relation_name: str, stands: Kind | None) -> bool:
        if stands is None or stands == "table":
            return False
        if not self.is_ours(relation_name):
            LOG.warning("%s stays: no build or migration of sessionmodels made it", target_name(relation_name, self.settings))
            return False
        self._run(relation_name, f"drop the {in_words(stands)}", (dropped(self._table(relation_name), stands, if_exists=True),))
        if self.catalogue is None:
            self._in_script.discard(relation_name)
        return True

    def _table(self, relation_name: str) -> Table:
        return Table(target_name(relation_name, self.settings), MetaData(), schema=self.settings.target_schema)

    def _make(self, view: PlacedView, stands: Kind | None) -> None:
        made: tuple[Executable, ...]
        if self.catalogue is None:
            gone = (dropped(view.table, view.kind, if_exists=True),) if view.kind == "materialized_view" else ()
            made = (*gone, self.warehouse.tables.create_view(view, view.kind == "view"))
            self._in_script.add(view.relation)
        elif stands == view.kind and self.catalogue.is_up_to_date(view):
            made = (refresh(view.table),) if view.kind == "materialized_view" else ()
        elif stands == view.kind == "view" and self.catalogue.can_replace(view):
            made = (self.warehouse.tables.create_view(view, True),)
        else:
            if stands:
                self._drop_readers(view.relation)
                self._drop(view.relation, stands)
            made = (self.warehouse.tables.create_view(view, False),)
        grants = (self.warehouse.tables.grant(view, grantee) for grantee in self.settings.grant_to)
        told = self.warehouse.tables.comment(self.dialect, view)
        self._run(view.relation, f"create the {in_words(view.kind)}", (*made, *told, *grants))

    def _drop_readers(self, relation_name: str) -> None:
        """Drop what stands of ours on a view that goes, and that the revisions did not know of: a build has made it."""
        if self.catalogue is None or not self.catalogue.binds_views:
            return
        for reader in reversed(_all_readers(relation_name)):
            if self._drop(reader, Destination(self.context).kind(reader)):
                LOG.warning("%s goes, since it reads %s; a revision or a build makes it again", reader, relation_name)

    def _is_written_later(self, definition: Definition) -> bool:
        """Whether a dialect was taken up after this was written down, and a later revision has the SQL for it."""
        script = self.context.script
        if self.dialect.name in definition.sql or script is None:
            return False
        last = made_by(script, script.get_heads()).get(definition.relation)
        return last is not None and self.dialect.name in last.definition.sql

    def _missing(self, definition: Definition) -> list[str]:
        if self.catalogue is None:
            return [name for name in definition.reads if name not in self._in_script]
        return [name for name in definition.reads if self.kind(name) is None]

    @property
    def _in_script(self) -> set[str]:
        return standing(self.context, self.settings)

    def _leave_out(self, relation_name: str, missing: str) -> None:
        """Say that a view waits for a build; in a script, which nobody may be watching, also where it would have stood."""
        if self.catalogue:
            why = f"it reads {missing}, which no build has created; the next build creates both"
            LOG.warning("%s is not created yet: %s", relation_name, why)
            return
        why = f"it reads {missing}, which only `sessionmodels build` creates; a build creates both"
        message = f"{relation_name} is left out of this script: {why}"
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
    """Return whoever reads a relation, directly or through others, each after what it reads."""
    if relation_name not in MODELS:
        return []
    found = choose(f"{relation_name}+") - {relation_name}
    return [name for name in TopologicalSorter({one.name: one.reads for one in MODELS.values()}).static_order() if name in found]


def _refuse_overwriting(settings: Settings) -> None:
    """Refuse a source that has a view's name: the view would read itself.

    Raises:
        SettingsError: it has.
    """
    here = settings.target_schema in {settings.source_schema, None} or settings.source_schema is None
    if here and any(target_name(name, settings).lower() == settings.source_table.lower() for name in settings.kinds):
        msg = f"source_table {settings.source_table!r} is also the name of a result; set another table_prefix or target_schema"
        raise SettingsError(msg)


def settings_of(context: MigrationContext) -> Settings:
    """Return the settings that an environment hands over as `sessionmodels`, else those that stand outside."""
    given: Any = context.opts.get("sessionmodels")
    if not isinstance(given, Settings | None):
        msg = f"context.configure(sessionmodels=…) takes Settings(...); found {type(given).__name__}"
        raise SettingsError(msg)
    return given or Settings()
