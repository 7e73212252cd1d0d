"""Alembic's environment for the views alone: their own version table, in the schema where they stand.

The settings come from the environment and the settings file, as everywhere. `sessionmodels migrate` runs it from the installed
package, `alembic upgrade head` from a checkout.
"""

from alembic import context

from sessionmodels.views.environment import configured_offline, connected_for

if context.is_offline_mode():
    with configured_offline(context), context.begin_transaction():
        context.run_migrations()
else:
    with connected_for(context), context.begin_transaction():
        context.run_migrations()
