"""What a script, which is printed without a look at the warehouse, may take to be there when it runs."""

from typing import Final

from alembic.runtime.migration import MigrationContext

from sessionmodels.settings import Settings
from sessionmodels.views.revisions import made_by

STANDING: Final = "sessionmodels: relations that stand"


def standing(context: MigrationContext, settings: Settings) -> set[str]:
    """Return the relations that stand at this point of the script, to be kept up to date by whoever prints a statement.

    A script from the beginning runs on a database where nothing of ours is. One that starts at a revision runs where that
    revision has run, and where a build has made what the settings keep as tables.
    """
    memo = context.impl.memo
    if STANDING not in memo:
        memo[STANDING] = _at_the_start(context, settings)
    return memo[STANDING]


def _at_the_start(context: MigrationContext, settings: Settings) -> set[str]:
    start, script = context.opts.get("starting_rev"), context.script
    if not start or script is None:
        return set()
    made = made_by(script, [one.revision for one in script.get_revisions(start) if one])
    tables = {name for name, kind in settings.kinds.items() if kind == "table"} if made else set()
    return tables | made.keys()
