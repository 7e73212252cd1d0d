"""The settings that decide what must hold. A build records them, so that a check under others reports no false failure."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sessionmodels.checks.check import Check
from sessionmodels.settings import Settings

DECISIVE: Final = (
    *("compatibility", "deduplicate", "identity", "idle_minutes", "sdk_sessions", "start_events", "cut_on_campaign"),
    *("cut_at_midnight", "time_zone", "max_session_minutes", "event_counters", "page_events", "conversion_events"),
)
"""Every setting that a check depends on, by itself or in another one. None of them holds an id or a secret."""


def decisive(settings: Settings) -> dict[str, Any]:
    """Return these settings as plain data."""
    return settings.model_dump(mode="json", include=set(DECISIVE))


def differing(settings: Settings, builds: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the decisive settings of these builds, latest first, that differ from a check's. The latest value wins."""
    given, found = decisive(settings), dict[str, Any]()
    for one in builds:
        found = {name: one[name] for name in DECISIVE if name in one and one[name] != given[name]} | found
    return found


def why_other(check: Check, settings: Settings, others: Mapping[str, Any]) -> str:
    """Return that the relations were built with other settings, if the check depends on one of those; else nothing."""
    built = settings.model_copy(update=dict(others))
    if check.why_not(settings) and check.why_not(built):
        return ""  # it applies to neither
    return f"built with other settings: {in_words(others)}" if _needs(check, built) != _needs(check, settings) else ""


def in_words(settings: Mapping[str, Any]) -> str:
    """Return settings as they are written."""
    return ", ".join(f"{name} = {value!r}" for name, value in settings.items())


def _needs(check: Check, settings: Settings) -> list[Any]:
    """Return all that a check depends on."""
    names = (*check.sets, *check.scan.sets, *check.about)
    return [*(getattr(settings, name) for name in names), check.shows(settings), check.why_not(settings)]
