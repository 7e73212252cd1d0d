"""Views of the source, which cannot hash ids: everybody who may read a view's definition would read what hashes them."""

from sessionmodels.errors import SettingsError
from sessionmodels.models import MODELS
from sessionmodels.relations.naming import TRACKS
from sessionmodels.settings import Settings


def views_of_source(settings: Settings) -> list[str]:
    """Return the relations that are views and read the source."""
    return [name for name, model in MODELS.items() if settings.kinds[name] != "table" and TRACKS in model.reads]


def refuse_views_with_key(settings: Settings, why: str) -> None:
    """Refuse views that would hash ids.

    Raises:
        SettingsError: there is such a view.
    """
    if views := views_of_source(settings):
        kinds = ", ".join(f"{name} = 'table'" for name in views)
        msg = (
            f"{why}, and a view of the source would show what they are hashed with to everybody who can read its definition;"
            f" set kinds: {kinds}"
        )
        raise SettingsError(msg)
