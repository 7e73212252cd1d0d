"""The relations that a script can assume to exist when it runs, since it cannot inspect the warehouse."""

from typing import Final

from alembic.runtime.migration import MigrationContext

from sessionmodels.settings import Settings
from sessionmodels.views.revisions import created_by

EXISTING: Final = "sessionmodels: existing relations"


def relations_in_script(context: MigrationContext, settings: Settings) -> set[str]:
    """Return the relations that exist at this point of the script. Code that prints a statement must update the set.

    A script from the beginning runs on a database without our relations. One that starts at a revision runs where that revision
    has run, and where a build has created the tables in the settings.
    """
    memo = context.impl.memo
    if EXISTING not in memo:
        memo[EXISTING] = _at_the_start(context, settings)
    return memo[EXISTING]


def _at_the_start(context: MigrationContext, settings: Settings) -> set[str]:
    start, script = context.opts.get("starting_rev"), context.script
    if not start or script is None:
        return set()
    created = created_by(script, [one.revision for one in script.get_revisions(start) if one])
    tables = {name for name, kind in settings.kinds.items() if kind == "table"} if created else set()
    return tables | created.keys()
