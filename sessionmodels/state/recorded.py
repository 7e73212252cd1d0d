"""The settings that a build records in the table of builds, for those who read its results later, perhaps under others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sessionmodels.settings import Settings

DECISIVE: Final = (
    *("compatibility", "deduplicate", "identity", "idle_minutes", "sdk_sessions", "start_events", "cut_on_campaign"),
    *("cut_at_midnight", "time_zone", "max_session_minutes", "event_counters", "page_events", "conversion_events"),
)
"""Every setting that a check depends on, by itself or in another one: under others, it would report a false failure."""

NAMING_COLUMNS: Final = "event_counters", "context", "session_columns", "flow_depth"
"""Every setting that names columns of the relations."""

RECORDED: Final = tuple(dict.fromkeys((*DECISIVE, *NAMING_COLUMNS)))
"""All that a build records. None of them holds an id or a secret."""


def recorded(settings: Settings) -> dict[str, Any]:
    """Return what a build records, as plain data."""
    return settings.model_dump(mode="json", include=set(RECORDED))


def _latest(builds: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in builds:
        found = {name: one[name] for name in RECORDED if name in one} | found
    return found


@dataclass(frozen=True)
class RecordedSettings:
    """What the builds recorded of which readers may still see rows, the latest build first. None if that is not known."""

    builds: tuple[Mapping[str, Any], ...] = ()

    @property
    def latest(self) -> dict[str, Any]:
        """The latest value of each setting."""
        return _latest(self.builds)

    def other_than(self, settings: Settings) -> dict[str, Any]:
        """Return the settings that had another value in any of the builds; of several such values the latest."""
        given = recorded(settings)
        return _latest({name: value for name, value in one.items() if value != given.get(name)} for one in self.builds)

    def completing(self, settings: Settings, names: Iterable[str]) -> Settings:
        """Return the settings. Those of these names that nobody set get their latest value."""
        latest = self.latest
        taken = {name: latest[name] for name in names if name in latest and name not in settings.model_fields_set}
        return settings.model_copy(update={name: tuple(one) if isinstance(one, list) else one for name, one in taken.items()})
