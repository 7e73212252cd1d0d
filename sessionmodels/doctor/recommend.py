"""The settings that fit the source, as TOML for the settings file. Each has its reason as a comment."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from sessionmodels.display.escape import visible
from sessionmodels.display.format import count
from sessionmodels.display.toml import in_toml
from sessionmodels.doctor.figures import Figures, SourceFigures
from sessionmodels.doctor.ids import SuspiciousId
from sessionmodels.doctor.visitors import timeouts
from sessionmodels.settings import Settings
from sessionmodels.settings.values import MAX_OVERLAP_HOURS

LOADS: Final = 2
"""How many loads the overlap covers: if one fails, the next brings its rows, too."""

MINUTES_AN_HOUR: Final = 60


@dataclass(frozen=True)
class Recommended:
    """A setting, the value that fits the source, and why."""

    setting: str
    value: Any
    reason: str
    is_new: bool
    """Whether the value differs from the one in force."""

    reasons: tuple[str, ...] = ()
    """If the value is a list, the reason of each of its members."""

    def lines(self) -> Iterator[str]:
        """Yield its lines in the settings file."""
        yield f"# {self.reason}"
        if not self.reasons:
            yield f"{self.setting} = {in_toml(self.value)}"
            return
        yield f"{self.setting} = ["
        for one, reason in zip(self.value, self.reasons, strict=True):
            yield f"    {in_toml(one)},  # {reason}"
        yield "]"


def recommended(figures: Figures, settings: Settings) -> tuple[Recommended, ...]:
    """Return the settings that fit the source, those that are in force already included."""
    found = (_loaded_at(figures, settings), _overlap(figures, settings), _ignored_ids(figures, settings))
    return tuple(one for one in (*found, _deduplicate(figures, settings), _idle_minutes(figures, settings)) if one)


def as_toml(settings: Iterable[Recommended]) -> str:
    """Return the settings as lines of the settings file."""
    return "\n".join(line for one in settings for line in one.lines())


def proposed_overlap(source: SourceFigures) -> int:
    """Return how many hours of a source must be read again, by its loads; 0 if it has none, or none can be told apart."""
    pause = (source.loads and not source.is_received and source.loads.p95) or 0
    return min(-(-LOADS * pause // MINUTES_AN_HOUR), MAX_OVERLAP_HOURS)


def _loaded_at(figures: Figures, settings: Settings) -> Recommended | None:
    if len(settings.source_names) > 1 or not figures.sources or not figures.sources[0].likely_load_times:
        return None
    name = figures.sources[0].likely_load_times[0]
    reason = f"{figures.sources[0].table} has no load time under a known name, and incremental builds need one; check that"
    return Recommended("loaded_at_column", name, f"{reason} {visible(name)} is when a row was loaded.", is_new=True)


def _overlap(figures: Figures, settings: Settings) -> Recommended | None:
    loaded = [one for one in figures.sources if one.loads and not one.is_received]
    if not loaded:
        return None
    slowest = max(loaded, key=proposed_overlap)
    proposed, in_force = proposed_overlap(slowest), settings.overlap_hours
    pause = (slowest.loads and slowest.loads.p95) or 0
    why = f"95 % of the pauses between two loads of {slowest.name} are {lasting(60 * pause)} or shorter"
    if proposed <= in_force:
        return Recommended("overlap_hours", in_force, f"This is enough: {why}.", is_new=False)
    return Recommended("overlap_hours", proposed, f"{why}. Twice that covers a load that fails.", is_new=True)


def _ignored_ids(figures: Figures, settings: Settings) -> Recommended | None:
    by_id: dict[str, list[SuspiciousId]] = {one: [] for one in settings.ignored_ids}
    for one in figures.ids:
        by_id.setdefault(one.id, []).append(one)
    new = [one for one in by_id if one not in settings.ignored_ids]
    if not new:
        return None
    reasons = tuple("; ".join(map(about_id, found)) or "in force" for found in by_id.values())
    reason = "All events with such an id would belong to one visitor. Remove from this list what is a real id."
    return Recommended("ignored_ids", list(by_id), reason, is_new=True, reasons=reasons)


def about_id(one: SuspiciousId) -> str:
    """Return why an id is suspicious."""
    others = count(one.others, "user" if one.column == "anonymous_id" else "device")
    why = f"a placeholder, with {others}" if one.is_placeholder else others
    return f"{one.column} of {count(one.events, 'row')}: {why}"


def _deduplicate(figures: Figures, settings: Settings) -> Recommended | None:
    if settings.deduplicate or settings.compatibility == "dbt" or not figures.duplicates.surplus:
        return None
    reason = f"{count(figures.duplicates.surplus, 'row')} would count as further events although their id is that of another row."
    return Recommended("deduplicate", value=True, reason=reason, is_new=True)


def _idle_minutes(figures: Figures, settings: Settings) -> Recommended | None:
    if not figures.visitors.events:
        return None
    sessions = sessions_by_timeout(figures, settings)
    now = sessions[settings.idle_minutes]
    others = [f"{minutes} minutes {_change(number, now)}" for minutes, number in sessions.items() if number != now]
    instead = f"a timeout of {', '.join(others)}" if others else "other timeouts would give as many"
    reason = f"This timeout gives {count(now, 'session')}; {instead}."
    return Recommended("idle_minutes", settings.idle_minutes, reason, is_new=False)


def sessions_by_timeout(figures: Figures, settings: Settings) -> dict[int, int]:
    """Return by timeout in minutes how many sessions the examined events would be, if nothing but pauses starts sessions."""
    found = figures.visitors
    return {minutes: found.number + found.longer[longest] for minutes, longest in timeouts(settings).items()}


def _change(number: int, now: int) -> str:
    return f"would give {abs(number - now) / now:.1%} {'more' if number > now else 'fewer'}"


def lasting(seconds: int) -> str:
    """Return a length of time in its largest unit: `45 s`, `7.5 minutes`, `3 hours`, `2.5 days`."""
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if abs(seconds) >= size:
            number = f"{seconds / size:,.1f}".removesuffix(".0")
            return f"{number} {unit}" if number in {"1", "-1"} else f"{number} {unit}s"
    return f"{seconds} s"
