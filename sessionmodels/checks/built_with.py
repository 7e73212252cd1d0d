"""The settings that a build records, for those who read its results later, perhaps under others."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sessionmodels.checks.check import Check
from sessionmodels.settings import Settings

DECISIVE: Final = (
    *("compatibility", "deduplicate", "identity", "idle_minutes", "sdk_sessions", "start_events", "cut_on_campaign"),
    *("cut_at_midnight", "time_zone", "max_session_minutes", "event_counters", "page_events", "conversion_events"),
)
"""Every setting that a check depends on, by itself or in another one: under others, it would report a false failure."""

COLUMNS: Final = "event_counters", "context", "session_columns", "flow_depth"
"""Every setting that names columns of the relations."""

RECORDED: Final = tuple(dict.fromkeys((*DECISIVE, *COLUMNS)))
"""None of them holds an id or a secret."""


def recorded(settings: Settings) -> dict[str, Any]:
    """Return these settings as plain data."""
    return settings.model_dump(mode="json", include=set(RECORDED))


def latest(builds: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the recorded settings of these builds, latest first. The latest value wins."""
    found: dict[str, Any] = {}
    for one in builds:
        found = {name: one[name] for name in RECORDED if name in one} | found
    return found


def differing(settings: Settings, built: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of builds that differ from the given ones."""
    given = recorded(settings)
    return {name: value for name, value in built.items() if value != given[name]}


def unset(settings: Settings, others: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return those of the builds' other settings that have one of these names and that nobody set."""
    return {name: others[name] for name in names if name in others and name not in settings.model_fields_set}


def as_built(settings: Settings, others: Mapping[str, Any], names: Iterable[str]) -> Settings:
    """Return the settings. Those of these names that nobody set get the values that the builds had."""
    built = unset(settings, others, names)
    return settings.model_copy(update={name: tuple(one) if isinstance(one, list) else one for name, one in built.items()})


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
