"""Alembic's question what has changed, answered for our views; and for our tables, which are nobody's schema."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from alembic.autogenerate.api import AutogenContext
from alembic.operations import MigrateOperation
from alembic.operations.ops import DropTableOp, ModifyTableOps, UpgradeOps
from alembic.util import PriorityDispatchResult

from sessionmodels.errors.redaction import logger
from sessionmodels.models import MODELS
from sessionmodels.naming import target_name
from sessionmodels.settings.values import OWN
from sessionmodels.views.definition import Definition
from sessionmodels.views.destination import Destination
from sessionmodels.views.freeze import Definitions
from sessionmodels.views.messages import alembic_messages
from sessionmodels.views.pending import Owed
from sessionmodels.views.refresh import RefreshLastOp, RefreshSessionViewOp
from sessionmodels.views.revisions import Written, made_by
from sessionmodels.warehouses import WAREHOUSES

LOG = logger(__name__)


def compare(autogen_context: AutogenContext, upgrade_ops: UpgradeOps) -> PriorityDispatchResult:
    """Add what our views need to what a revision is to do, and take out what Alembic would do to our tables and to the source."""
    destination = Destination(autogen_context.migration_context)
    heads = autogen_context.migration_context.get_current_heads()  # their version table is on their path
    with alembic_messages(), destination.safe_names():
        upgrade_ops.ops[:] = [one for one in upgrade_ops.ops if not _is_about_ours(one, destination)]
        found = pending(destination, heads)
        upgrade_ops.ops.extend(_refreshing_last(found.operations()))
        for name, missing in found.waiting().items():
            told = ", ".join(target_name(one, destination.settings) for one in missing)
            LOG.warning("%s waits for %s, which no build has made; a build makes it, too", name, told)
    return PriorityDispatchResult.CONTINUE


def pending(destination: Destination, heads: Collection[str] | None = None) -> Owed:
    """Return the comparison of what the settings ask for with what the revisions have made, as far as they have run there.

    Raises:
        SettingsError: a revision cannot be read, or the package of a dialect is missing whose SQL must be written.
        SourceError: the source is not there, or cannot be read as events.
    """
    context = destination.context
    run = context.get_current_heads() if heads is None else heads
    made = made_by(context.script, run) if context.script else {}
    return Owed(
        _wanted(destination, made),
        made,
        destination.kind,
        schema_is_missing=not destination.has_schema,
        stale=destination.stale(),
        where_kind_is_view=bool(context.opts.get("sessionmodels_where_kind_is_view")),
    )


def _refreshing_last(steps: list[MigrateOperation]) -> list[MigrateOperation]:
    """Return the steps so that what is refreshed is refreshed last, also when they are undone."""
    return [RefreshLastOp(steps)] if any(isinstance(one, RefreshSessionViewOp) for one in steps) else steps


def _wanted(destination: Destination, made: Mapping[str, Written]) -> dict[str, Definition]:
    """Return what the settings ask for: in the connection's dialect as its source is, in the others as the loader makes it.

    Where the connection's has not changed, the others stay as they are written: their sources may be others.
    """
    opts, own = destination.context.opts, destination.dialect.name
    asked = Definitions(destination.settings, destination.context.connection)
    here = {name: one for name, one in asked.written([own]).items() if name in asked.names}
    written = {name: one.definition for name, one in made.items()}
    same = {name for name, one in here.items() if name in written and written[name].only(own) == one}
    named, found = set(opts.get("sessionmodels_dialects", ())), {one for old in written.values() for one in old.sql}
    needed = named - found if len(same) == len(here) else named | found
    if opts.get("sessionmodels_compares_all"):
        same, needed = set(), named | found
    others = asked.written(_in_order(needed - {own})) if needed - {own} else {}
    return {
        name: _merged(one, written[name].sql if name in same else {}, others[name].sql if name in others else {})
        for name, one in here.items()
    }


def _merged(here: Definition, kept: Mapping[str, str], others: Mapping[str, str]) -> Definition:
    sql = {**others, **kept, **here.sql}
    return replace(here, sql={dialect: sql[dialect] for dialect in _in_order(sql)})


def _in_order(dialects: Collection[str]) -> list[str]:
    return [dialect for dialect in WAREHOUSES if dialect in dialects] + sorted({*dialects} - WAREHOUSES.keys())


def _is_about_ours(operation: Any, destination: Destination) -> bool:
    """Whether Alembic would drop or change a table of ours or the source, which no metadata of theirs has."""
    if not isinstance(operation, DropTableOp | ModifyTableOps):
        return False
    settings, name = destination.settings, operation.table_name.lower()
    ours = {target_name(one, settings).lower() for one in MODELS}
    in_target = _is_schema(operation.schema, settings.target_schema, destination)
    is_source = name == settings.source_table.lower() and _is_schema(operation.schema, settings.source_schema, destination)
    return is_source or (in_target and (name in ours or name.startswith(OWN)))


def _is_schema(found: str | None, ours: str | None, destination: Destination) -> bool:
    """Whether two names mean one schema: none is the connection's own, and one may have its database before it."""
    default = destination.catalogue.default_schema if destination.catalogue else None
    one, other = ((schema or default or "").lower().rpartition(".")[2] for schema in (found, ours))
    return one == other
