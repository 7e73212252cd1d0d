"""Alembic's question what has changed, answered for our views; and for our tables, which are nobody's schema."""

import logging
from collections.abc import Collection
from typing import Any

from alembic.autogenerate.api import AutogenContext
from alembic.operations.ops import DropTableOp, ModifyTableOps, UpgradeOps
from alembic.util import PriorityDispatchResult

from sessionmodels.graph import target_name
from sessionmodels.models import MODELS
from sessionmodels.settings import Settings
from sessionmodels.target import OWN
from sessionmodels.views.destination import Destination
from sessionmodels.views.freeze import Definitions
from sessionmodels.views.owed import Owed
from sessionmodels.views.revisions import Written, made_by
from sessionmodels.warehouses import WAREHOUSES

LOG = logging.getLogger(__name__)


def compare(autogen_context: AutogenContext, upgrade_ops: UpgradeOps) -> PriorityDispatchResult:
    """Add what our views need to what a revision is to do, and take out what Alembic would do to our tables."""
    context = autogen_context.migration_context
    destination = Destination(context)
    upgrade_ops.ops[:] = [one for one in upgrade_ops.ops if not _is_about_ours(one, destination.settings)]
    found = owed(destination)
    upgrade_ops.ops.extend(found.operations())
    for name, missing in found.waiting().items():
        told = ", ".join(target_name(one, destination.settings) for one in missing)
        LOG.warning("%s waits for %s, which no build has made; `sessionmodels build` makes it too", name, told)
    return PriorityDispatchResult.CONTINUE


def owed(destination: Destination) -> Owed:
    """Return the comparison of what the settings ask for with what the revisions have made, as far as they have run there.

    Raises:
        SettingsError: a revision cannot be read, or the package of a dialect is missing for which revisions have SQL.
        SourceError: the source is not there, or cannot be read as events.
    """
    context = destination.context
    made = made_by(context.script, context.get_current_heads()) if context.script else {}
    asked = Definitions(destination.settings, context.connection)
    dialects = _dialects(context.opts.get("sessionmodels_dialects", ()), destination, made.values())
    wanted = {name: one for name, one in asked.written(dialects).items() if name in asked.names}
    conditional = bool(context.opts.get("sessionmodels_where_kind_is_view"))
    return Owed(wanted, made, destination.kind, where_kind_is_view=conditional)


def _dialects(named: Collection[str], destination: Destination, made: Collection[Written]) -> list[str]:
    """Return those that the environment names, that of the connection, and those that revisions have SQL for already."""
    found = {*named, destination.words.name, *(dialect for one in made for dialect in one.definition.sql)}
    return [dialect for dialect in WAREHOUSES if dialect in found] + sorted(found - WAREHOUSES.keys())


def _is_about_ours(operation: Any, settings: Settings) -> bool:
    """Whether Alembic would drop or change a table or view of ours, which no metadata of theirs has."""
    if not isinstance(operation, DropTableOp | ModifyTableOps):
        return False
    ours = {target_name(name, settings).lower() for name in MODELS}
    name = operation.table_name.lower()
    return operation.schema in {None, settings.target_schema} and (name in ours or name.startswith(OWN))
