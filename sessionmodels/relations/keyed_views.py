"""Refuses views that would hash the ids of the source: everybody who can read their definition could read the secret in it."""

from collections.abc import Iterable

from sessionmodels.errors import SettingsError
from sessionmodels.models import MODELS
from sessionmodels.relations.naming import TRACKS
from sessionmodels.settings import Settings

HASHED, FORGOTTEN_HERE = "with hash_ids, ids are hashed", "forgotten people are recognized by the hashes of their ids"
"""Why ids are hashed when events are read."""


def refuse_views_with_key(settings: Settings, why: str) -> None:
    """Refuse settings in which a view would hash ids.

    Raises:
        SettingsError: there is such a view.
    """
    refuse_key_in(settings, (name for name, kind in settings.kinds.items() if kind != "table"), why)


def refuse_key_in(settings: Settings, views: Iterable[str], why: str = "", *, are_forgotten: bool = False) -> None:
    """Refuse views that would hash ids.

    Args:
        settings: the settings of the views.
        views: the relations that are views.
        why: the reason, as the message starts with it; by default it follows from the settings and `are_forgotten`.
        are_forgotten: whether people were forgotten, who would be in such a view.

    Raises:
        SettingsError: there is such a view.
    """
    why = why or (HASHED if settings.hash_ids else FORGOTTEN_HERE if are_forgotten else "")
    reading = [name for name in views if TRACKS in MODELS[name].reads]
    if why and reading:
        kinds = ", ".join(f"{name} = 'table'" for name in reading)
        msg = (
            f"{why}, and a view of the source would show what they are hashed with to everybody who can read its definition;"
            f" set kinds: {kinds}"
        )
        raise SettingsError(msg)
