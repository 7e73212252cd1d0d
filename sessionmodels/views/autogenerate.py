"""The comparison for autogenerate: our views are compared, and our tables are ignored."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from alembic.autogenerate.api import AutogenContext
from alembic.operations import MigrateOperation
from alembic.operations.ops import DropTableOp, ModifyTableOps, UpgradeOps
from alembic.util import PriorityDispatchResult

from sessionmodels.errors.redaction import logger
from sessionmodels.models import MODELS
from sessionmodels.relations.naming import target_name
from sessionmodels.settings.values import OWN
from sessionmodels.views.definition import Definition
from sessionmodels.views.destination import Destination
from sessionmodels.views.freeze import Definitions
from sessionmodels.views.messages import alembic_messages
from sessionmodels.views.pending import Pending
from sessionmodels.views.refresh import RefreshLastOp, RefreshSessionViewOp
from sessionmodels.views.revisions import Written, created_by
from sessionmodels.warehouses import WAREHOUSES

LOG = logger(__name__)


def compare(autogen_context: AutogenContext, upgrade_ops: UpgradeOps) -> PriorityDispatchResult:
    """Add our views' operations to a new revision, and remove Alembic's operations on our tables and on the source."""
    destination = Destination(autogen_context.migration_context)
    heads = (
        autogen_context.migration_context.get_current_heads()
    )  # the project's version table is on the connection's own search path
    with alembic_messages(), destination.safe_names():
        upgrade_ops.ops[:] = [one for one in upgrade_ops.ops if not _is_about_ours(one, destination)]
        found = pending(destination, heads)
        upgrade_ops.ops.extend(_refreshing_last(found.operations()))
        for name, missing in found.waiting().items():
            tables = ", ".join(target_name(one, destination.settings) for one in missing)
            LOG.warning("%s needs %s, which no build has created yet; a build creates both", name, tables)
    return PriorityDispatchResult.CONTINUE


def pending(destination: Destination, heads: Collection[str] | None = None) -> Pending:
    """Return the comparison of the views in the settings with those of the revisions that have run.

    Raises:
        SettingsError: a revision cannot be read, or a package is missing for a dialect whose SQL must be written.
        SourceError: the source does not exist, or cannot be read as events.
    """
    context = destination.context
    run = context.get_current_heads() if heads is None else heads
    created = created_by(context.script, run) if context.script else {}
    return Pending(
        _wanted(destination, created),
        created,
        destination.kind,
        schema_is_missing=not destination.has_schema,
        stale=destination.stale(),
        where_kind_is_view=bool(context.opts.get("sessionmodels_where_kind_is_view")),
    )


def _refreshing_last(steps: list[MigrateOperation]) -> list[MigrateOperation]:
    """Return the steps such that refreshes come last, also in the downgrade."""
    return [RefreshLastOp(steps)] if any(isinstance(one, RefreshSessionViewOp) for one in steps) else steps


def _wanted(destination: Destination, created: Mapping[str, Written]) -> dict[str, Definition]:
    """Return the views in the settings: in the connection's dialect over its source, in others over the loader's.

    If the connection's SQL has not changed, the others keep theirs, because their sources may differ.
    """
    opts, own = destination.context.opts, destination.dialect.name
    leaves_null = bool(opts.get("sessionmodels_leaves_context_null"))
    definitions = Definitions(destination.settings, destination.context.connection, leaves_context_null=leaves_null)
    here = {name: one for name, one in definitions.written([own]).items() if name in definitions.names}
    written = {name: one.definition for name, one in created.items()}
    same = {name for name, one in here.items() if name in written and written[name].only(own) == one}
    named, found = set(opts.get("sessionmodels_dialects", ())), {one for old in written.values() for one in old.sql}
    needed = named - found if len(same) == len(here) else named | found
    if opts.get("sessionmodels_compares_all"):
        same, needed = set(), named | found
    new = None if named - found else here.keys() - same  # a dialect that no revision has needs every view
    others = definitions.written(_in_order(needed - {own}), new) if needed - {own} else {}
    return {
        name: _merged(one, written[name].sql if name in same else {}, others[name].sql if name in others else {})
        for name, one in here.items()
    }


def _merged(here: Definition, unchanged: Mapping[str, str], others: Mapping[str, str]) -> Definition:
    sql = {**others, **unchanged, **here.sql}
    return replace(here, sql={dialect: sql[dialect] for dialect in _in_order(sql)})


def _in_order(dialects: Collection[str]) -> list[str]:
    return [dialect for dialect in WAREHOUSES if dialect in dialects] + sorted({*dialects} - WAREHOUSES.keys())


def _is_about_ours(operation: Any, destination: Destination) -> bool:
    """Whether Alembic would drop or change one of our tables or the source, which are not in the project's metadata."""
    if not isinstance(operation, DropTableOp | ModifyTableOps):
        return False
    settings, name = destination.settings, operation.table_name.lower()
    ours = {target_name(one, settings).lower() for one in MODELS}
    in_target = _is_schema(operation.schema, settings.target_schema, destination)
    sources = (settings.of_source(one) for one in settings.source_names)
    is_source = any(
        name == one.source_table.lower() and _is_schema(operation.schema, one.source_schema, destination) for one in sources
    )
    return is_source or (in_target and (name in ours or name.startswith(OWN)))


def _is_schema(found: str | None, ours: str | None, destination: Destination) -> bool:
    """Whether two names mean the same schema. None is the connection's default, and a name may include its database."""
    default = destination.catalogue.default_schema if destination.catalogue else None
    one, other = ((schema or default or "").lower().rpartition(".")[2] for schema in (found, ours))
    return one == other
