"""Views under Alembic. No other package here imports Alembic.

It is an Alembic plugin, `sessionmodels`, with four operations (`op.create_session_schema()`, `op.create_session_view(…)`,
`op.replace_session_view(…)`, `op.drop_session_view(…)`), their rendering, and a comparison of the views in the settings with the
views that revisions have created. An `env.py` uses it by passing `options()` to `context.configure()`.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from alembic.runtime.plugins import Plugin

    from sessionmodels.settings import Settings

NAME: Final = "sessionmodels"
"""The plugin's name in `autogenerate_plugins`."""

ALEMBICS_OWN: Final = ("alembic.autogenerate.*",)
REGISTER_THEMSELVES: Final = "dialects", "operations", "refresh", "render"
"""Modules that register themselves with Alembic when they are imported."""


def options(
    settings: "Settings | None" = None,
    *,
    dialects: Sequence[str] = (),
    plugins: Sequence[str] = ALEMBICS_OWN,
    where_kind_is_view: bool = False,
) -> dict[str, Any]:
    """Return our options for `context.configure(…, **options())`, and register the operations with Alembic.

    Args:
        settings: which relations are views, and where they are. None reads the environment and the settings files.
        dialects: dialects that a new revision has SQL for, besides the connection's and those of earlier revisions.
        plugins: other plugins that compare; by default all of Alembic's own.
        where_kind_is_view: whether new revisions skip a view if the settings make the relation a table when they run.
    """
    from alembic.runtime.plugins import Plugin, _all_plugins  # noqa: PLC0415 - only for migrations

    for name in REGISTER_THEMSELVES:
        import_module(f"{__name__}.{name}")
    if NAME not in _all_plugins:
        Plugin.setup_plugin_from_module(sys.modules[__name__], NAME)
    return {
        "autogenerate_plugins": [*plugins, NAME],
        "sessionmodels": settings,
        "sessionmodels_dialects": tuple(dialects),
        "sessionmodels_where_kind_is_view": where_kind_is_view,
    }


def setup(plugin: "Plugin") -> None:
    """Register the comparison. Alembic calls it once."""
    from alembic.util import DispatchPriority  # noqa: PLC0415 - only for migrations

    from sessionmodels.views.autogenerate import compare  # noqa: PLC0415

    # It runs after Alembic's own, and removes their proposals about our tables.
    plugin.add_autogenerate_comparator(compare, "autogenerate", NAME, priority=DispatchPriority.LAST)
