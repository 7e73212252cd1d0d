"""Says in words what started a session at an event, or why the session continues, by the values that the rule compares."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sessionmodels.display.format import exact_moment, quoted, span
from sessionmodels.explanation.reader import Row
from sessionmodels.rules.context import CAMPAIGN, SDK
from sessionmodels.rules.session_rule import DEVICE_AND_SDK
from sessionmodels.settings import Settings
from sessionmodels.sql.elapsed import MICROSECONDS_A_MINUTE, MICROSECONDS_A_SECOND

OTHER_SETTINGS: Final = "the relations were built with other settings than those given here"
Campaign = Mapping[str, str]
"""The columns of a campaign that an event carries."""


@dataclass(frozen=True)
class Moment:
    """An event and its visitor's event before it, as the rules compare them."""

    before: Row | None
    now: Row
    carried: Campaign | None = None
    """The last campaign that was carried before."""

    cut_from: datetime | None = None
    """The moment from which the cuts of `max_session_minutes` are counted, if that setting started the session."""

    @property
    def pause(self) -> int | None:
        """Microseconds from the one to the other; None if nothing is before."""
        return None if self.before is None else (self.now["timestamp"] - self.before["timestamp"]) // timedelta(microseconds=1)

    @property
    def is_of_one_sdk_session(self) -> bool:
        """Whether both events name the same session of the SDK, on the same device."""
        before, now = self.before or {}, self.now
        return now.get(SDK) is not None and all(before.get(name) == now.get(name) for name in DEVICE_AND_SDK)


def why(moment: Moment, reason: str | None, settings: Settings) -> str:
    """Return what started the session at an event, if there is a reason; else why it continues."""
    if reason is not None:
        return _STARTS[reason](moment, settings)
    if moment.now["track_sequence_number"] == 1:
        return "the relation of sessions does not exist, or does not say why"
    if (moment.pause or 0) <= settings.longest_idle_microseconds:
        return f"the pause of {_length(moment, settings)} is not longer than {allowed(settings)}, and nothing else ends it"
    long = f"the pause of {_length(moment, settings)} is longer than {allowed(settings)}, but"
    if settings.sdk_sessions and moment.is_of_one_sdk_session:
        return f"{long} the SDK still names the same session, {quoted(moment.now.get(SDK))} (sdk_sessions)"
    return f"{long} {OTHER_SETTINGS}"


def allowed(settings: Settings) -> str:
    """Return the longest pause within a session, with the setting that says so."""
    whole = ", in whole minutes" if settings.whole_minutes else ""
    return f"{span(settings.idle_minutes * MICROSECONDS_A_MINUTE)} (idle_minutes{whole})"


def campaign_in(row: Row) -> Campaign | None:
    """Return the campaign that an event carries; None if it carries none."""
    found = {name: row[name] for name in CAMPAIGN if row.get(name) is not None}
    return found or None


def _first(_moment: Moment, _settings: Settings) -> str:
    return "it is the visitor's first event"


def _idle(moment: Moment, settings: Settings) -> str:
    pause = f"the pause of {_length(moment, settings)}"
    if (moment.pause or 0) <= settings.longest_idle_microseconds:
        return f"{pause} is not longer than {allowed(settings)}, but {OTHER_SETTINGS}"
    return f"{pause} is longer than {allowed(settings)}"


def _sdk(moment: Moment, _settings: Settings) -> str:
    before = moment.before or {}
    if before.get(SDK) != moment.now.get(SDK):
        return f"the SDK names the session {quoted(moment.now.get(SDK))} instead of {quoted(before.get(SDK))} (sdk_sessions)"
    devices = f"{quoted(moment.now['anonymous_id'])} instead of {quoted(before.get('anonymous_id'))}"
    return f"the SDK's session is on another device, {devices} (sdk_sessions)"


def _start_event(moment: Moment, _settings: Settings) -> str:
    return f"an event of the name {quoted(moment.now['event'])} starts one (start_events)"


def _campaign(moment: Moment, _settings: Settings) -> str:
    now, before = campaign_in(moment.now), moment.carried
    instead = f"the last one was {_written(before)}" if before else "no event of the visitor carried one before"
    return f"the event carries the campaign {_written(now)}, and {instead} (cut_on_campaign)"


def _midnight(moment: Moment, settings: Settings) -> str:
    days = [_day(row["timestamp"], settings.time_zone) for row in (moment.now, moment.before) if row]
    return f"it is another day in {settings.time_zone}, {' and no longer '.join(days)} (cut_at_midnight)"


def _too_long(moment: Moment, settings: Settings) -> str:
    length = span((settings.max_session_minutes or 0) * MICROSECONDS_A_MINUTE)
    start = "" if moment.cut_from is None else f", counted from {exact_moment(moment.cut_from)}"
    return f"a session is cut every {length}{start} (max_session_minutes)"


_STARTS: Final[Mapping[str, Callable[[Moment, Settings], str]]] = {
    "first": _first,
    "sdk": _sdk,
    "idle": _idle,
    "start_event": _start_event,
    "campaign": _campaign,
    "midnight": _midnight,
    "too_long": _too_long,
}


def _length(moment: Moment, settings: Settings) -> str:
    """Return the pause, to the microsecond if it differs from the longest allowed one by less than a second."""
    pause, longest = moment.pause or 0, settings.longest_idle_microseconds
    return span(pause, exact=abs(pause - longest) < MICROSECONDS_A_SECOND)


def _written(campaign: Campaign | None) -> str:
    return ", ".join(f"{name} {quoted(text)}" for name, text in (campaign or {}).items())


def _day(moment: datetime, zone: str) -> str:
    try:
        return moment.astimezone(ZoneInfo(zone)).date().isoformat()
    except OverflowError:  # within a day of the year 1 or 9999
        return moment.date().isoformat()
