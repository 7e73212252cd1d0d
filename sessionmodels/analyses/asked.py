"""What is asked of an analysis: checked, and completed from settings and defaults."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from sessionmodels.analyses import ANALYSES
from sessionmodels.analyses.analysis import Analysis
from sessionmodels.analyses.within import Days
from sessionmodels.errors import SettingsError, did_you_mean
from sessionmodels.settings import Settings
from sessionmodels.settings.duration import seconds_in
from sessionmodels.settings.whole_number import is_whole_number
from sessionmodels.settings.zones import TimeZone
from sessionmodels.sql.day import PERIODS

FROM_SETTINGS: Final[Mapping[str, str]] = {
    "page_events": "page_events",
    "events": "conversion_events",
    "depth": "flow_depth",
}
"""By what may be asked, the setting that it is taken from if it is not given."""

MOST: Final[Mapping[str, int]] = {"depth": 20, "periods": 60, "window_days": 3650}
"""The largest values of these numbers, some of which make a statement as long."""

GIVEN: Final = "days", "limit"
"""What every analysis is asked, and not by its own name: the range of days, and how many rows, or values of `by`."""

NEEDED: Final[Mapping[str, str]] = {
    "steps": "the names of the events to go through, in order (--step)",
    "events": "the names of the events that are conversions (--event), or the setting conversion_events",
}
"""What an analysis cannot do without, in words."""


def analysis_of(name: str) -> Analysis:
    """Return the analysis of that name.

    Raises:
        SettingsError: there is none.
    """
    if name not in ANALYSES:
        msg = f"there is no analysis {name!r}; {did_you_mean(name, ANALYSES)}"
        raise SettingsError(msg)
    return ANALYSES[name]


def refuse_wrong(analysis: Analysis, asked: Mapping[str, Any], limit: int | None = None) -> None:
    """Refuse a question that cannot be asked, whatever the settings are.

    Raises:
        SettingsError: the analysis cannot be asked one of these, or a value is not valid.
    """
    for name in asked:
        if name not in analysis.asks or name in GIVEN:
            msg = f"{analysis.name} cannot be asked {name}; {did_you_mean(name, set(analysis.asks) - {*GIVEN})}"
            raise SettingsError(msg)
    if limit is not None and not is_whole_number(limit):
        msg = f"limit={limit!r}: expected a whole number from 1"
        raise SettingsError(msg)
    if asked.get("start_at") is not None and asked.get("end_at") is not None:
        msg = f"{analysis.name} takes start_at or end_at, not both"
        raise SettingsError(msg)
    read = {name: _read(analysis.name, name, value) for name, value in asked.items()}
    _refuse_same_names(analysis, read.get("by") or ())


def _refuse_same_names(analysis: Analysis, by: Sequence[str]) -> None:
    """Refuse columns that would have the name of a figure, or of each other: only one of the two would be shown."""
    for place, name in enumerate(by):
        if name in analysis.columns or name in by[:place]:
            why = "is a figure of this answer" if name in analysis.columns else "is there twice"
            msg = f"by: {name!r} {why}; leave it out"
            raise SettingsError(msg)


def chosen_of(analysis: Analysis, settings: Settings, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return all that an analysis is asked. What is not given comes from the settings, else from its defaults."""
    defaults = {name: getattr(settings, FROM_SETTINGS[name]) for name in analysis.asks if name in FROM_SETTINGS}
    defaults |= {"depth": min(defaults["depth"], MOST["depth"])} if "depth" in defaults else {}
    chosen = {**analysis.defaults, **defaults, **{name: value for name, value in asked.items() if value is not None}}
    for name in analysis.asks:
        if name in GIVEN:
            continue
        if name not in chosen or (name in NEEDED and not chosen[name]):
            msg = f"{analysis.name} needs {name}: {NEEDED.get(name, 'a value')}"
            raise SettingsError(msg)
    return {name: _read(analysis.name, name, value) for name, value in chosen.items() if name not in GIVEN}


def rows_of_one(analysis: Analysis, asked: Mapping[str, Any]) -> int:
    """Return how many rows a limit of 1 leaves: more than one row, if an analysis limits something else by itself."""
    return len(_names(asked["steps"])) if "limit" in analysis.asks else 1


def _read(analysis: str, name: str, value: Any) -> Any:
    """Return a value that may be asked, as what the analysis takes."""
    if value is None:
        return None
    try:
        return _reader(name)(value)
    except (ValueError, SettingsError) as error:
        msg = f"{analysis}: {name}={value!r}: {error}"
    raise SettingsError(msg)


def _reader(name: str) -> Any:
    if name in {"by", "steps", "events", "page_events"}:
        return _names
    if name in MOST:
        return lambda value: _number(value, MOST[name])
    return {"within": _duration, "period": _period, "days": lambda days: days}.get(name, _text)


def _duration(value: Any) -> Any:
    if isinstance(value, str) and value.strip().isdigit():
        msg = f"add a unit, such as {value.strip()}d for days or {value.strip()}m for minutes"
        raise ValueError(msg)
    if not seconds_in(value, ""):
        msg = "expected a duration longer than 0, such as 45m, 24h or 7d"
        raise ValueError(msg)
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        msg = "expected a string"
        raise ValueError(msg)  # noqa: TRY004 - the message is the caller's
    return value


def _names(value: Any) -> tuple[str, ...]:
    found = (value,) if isinstance(value, str) else value
    if not isinstance(found, Sequence) or not all(isinstance(one, str) for one in found):
        msg = "expected a list of names"
        raise ValueError(msg)
    return tuple(found)


def _period(value: Any) -> Any:
    if value not in PERIODS:
        msg = did_you_mean(str(value), PERIODS)
        raise ValueError(msg)
    return value


def _number(value: Any, most: int) -> int:
    if not is_whole_number(value, most=most):
        msg = f"expected a whole number from 1 to {most}"
        raise ValueError(msg)
    return value


def days_of(settings: Settings, since: date | str | None, until: date | str | None, time_zone: str | None) -> Days:
    """Return a range of days.

    Raises:
        SettingsError: one of them is no date, or there is no such time zone, or the range is empty.
    """
    first, last = _date("since", since), _date("until", until)
    if first and last and first > last:
        msg = f"since={first} is after until={last}; swap them"
        raise SettingsError(msg)
    try:
        return Days(first, last, TypeAdapter(TimeZone).validate_python(time_zone or settings.time_zone))
    except ValidationError as error:
        msg = f"time_zone={time_zone!r}: {error.errors()[0]['msg'].removeprefix('Value error, ')}"
    raise SettingsError(msg)


def _date(name: str, value: date | str | None) -> date | None:
    try:
        return value if value is None or isinstance(value, date) else date.fromisoformat(value)
    except (TypeError, ValueError):
        msg = f"{name}={value!r} is not a date; write it like 2026-01-31"
    raise SettingsError(msg)
