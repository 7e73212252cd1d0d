"""Views under Alembic: the only room that imports it.

It is an Alembic plugin, `sessionmodels`, with four operations (`op.create_session_schema()`, `op.create_session_view(…)`,
`op.replace_session_view(…)`, `op.drop_session_view(…)`), their rendering, and a comparison of the views that the settings ask for
with those that the revisions have made. An `env.py` takes it up by handing `options()` to `context.configure()`.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from alembic.runtime.plugins import Plugin

    from sessionmodels.settings import Settings

NAME: Final = "sessionmodels"
"""The plugin's name, as `autogenerate_plugins` has it."""

ALEMBICS_OWN: Final = ("alembic.autogenerate.*",)
REGISTER_THEMSELVES: Final = "dialects", "operations", "refresh", "render"
"""Modules that make something known to Alembic as they are imported."""


def options(
    settings: "Settings | None" = None,
    *,
    dialects: Sequence[str] = (),
    plugins: Sequence[str] = ALEMBICS_OWN,
    where_kind_is_view: bool = False,
) -> dict[str, Any]:
    """Return what `context.configure(…, **options())` needs besides, and see that Alembic knows the operations.

    Args:
        settings: which relations are views, and where they stand; from the environment and the settings file where None.
        dialects: those for which a new revision has SQL, besides the one that is connected to and those of earlier revisions.
        plugins: what else compares; all of Alembic's own unless named.
        where_kind_is_view: whether new revisions leave a view out where the settings, as they run, keep the relation as a table.
    """
    from alembic.runtime.plugins import Plugin, _all_plugins  # noqa: PLC0415 - only for those who migrate

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
    from alembic.util import DispatchPriority  # noqa: PLC0415 - only for those who migrate

    from sessionmodels.views.compare import compare  # noqa: PLC0415

    # After Alembic's own, whose proposals about our tables are taken back.
    plugin.add_autogenerate_comparator(compare, "autogenerate", NAME, priority=DispatchPriority.LAST)
