"""What is odd about a source, in sentences. Each says how many rows it is about, and what follows from it."""

from collections.abc import Iterator
from typing import Final

from sessionmodels.display.format import count
from sessionmodels.doctor.figures import Figures, SourceFigures
from sessionmodels.doctor.finding import Finding
from sessionmodels.doctor.ids import TOO_MANY
from sessionmodels.doctor.recommend import lasting, proposed_overlap
from sessionmodels.settings import Settings

UTC: Final = frozenset({"utc", "etc/utc", "gmt", "etc/gmt", "zulu", "etc/zulu", "universal", "etc/universal", "uct", "etc/uct"})
OFFSET: Final = "0000"
"""What is left of a written offset of zero."""

SHIFT: Final = 15 * 60
"""If half of the events happen that many seconds after they were loaded, their times are not in UTC."""

AN_HOUR: Final = 3_600
HEAVY_SHARE: Final = 0.1
"""A visitor with more than this share of the events is odd if there are enough other visitors."""

ENOUGH_VISITORS: Final = 20

ENOUGH_EVENTS: Final = 100
FAST: Final = 20
"""The events per minute that no person with `ENOUGH_EVENTS` exceeds on average. Only the heaviest visitors are looked at."""


def findings(figures: Figures, settings: Settings) -> tuple[Finding, ...]:
    """Return what is odd: first about each source, then about all of them."""
    found = [Finding("unreadable_source", name, 0, f"It cannot be read: {why}.") for name, why in figures.unreadable.items()]
    for source in figures.sources:
        found += [*_of_columns(source), *_of_rows(source), *_of_times(source), *_of_loads(source, settings)]
    return (*found, *_of_ids(figures, settings), *_of_duplicates(figures), *_of_visitors(figures), *_of_session(figures))


def _of_columns(source: SourceFigures) -> Iterator[Finding]:
    for one in source.columns:
        if one.is_odd and one.column is None:
            yield Finding("missing_column", source.name, 0, f"There is no column for {one.role}: {one.remark}.")
        elif one.is_odd and one.column not in source.zoneless:
            yield Finding("unexpected_type", source.name, 0, f"{one.column} is {one.type}: {one.remark}.")
    if source.zoneless:
        have = "has" if len(source.zoneless) == 1 else "have"
        says = f"{' and '.join(source.zoneless)} {have} times without a zone, which are read as UTC. Check that they are in UTC."
        yield Finding("no_time_zone", source.name, 0, says)


def _of_rows(source: SourceFigures) -> Iterator[Finding]:
    found = source.profile
    for rule, rows, says in (
        ("no_event_id", found.event_id_null + found.event_id_blank, "no event id; excluded from all relations"),
        ("no_visitor", found.no_visitor, "neither a device id nor a user id; excluded from all relations"),
        ("blank_id", found.anonymous_id_blank, "a blank device id, which is read as null"),
        ("blank_id", found.user_id_blank, "a blank user id, which is read as null"),
        (
            "long_id",
            found.event_id_long + found.anonymous_id_long + found.user_id_long,
            "an id of more than 65,535 characters; excluded from all relations",
        ),
        ("no_event", found.no_event, "no event name"),
    ):
        yield from _rows(rule, source, rows, says)


def _of_times(source: SourceFigures) -> Iterator[Finding]:
    found = source.profile
    for rule, rows, says in (
        ("no_time", found.no_time, "no time; excluded from all relations"),
        ("unreadable_time", found.unreadable_time, "text that is not a time; excluded from all relations"),
        ("time_out_of_range", found.time_out_of_range, "a time outside of the years 1 to 9999; excluded from all relations"),
        ("in_future", found.in_future, "a time more than five minutes in the future, probably from a wrong clock"),
        ("after_load", found.after_load, "a time more than five minutes after the load time, probably from a wrong clock"),
        ("long_ago", found.long_ago, f"a time {_long_ago(source)}, probably from a wrong clock or an import of old events"),
    ):
        yield from _rows(rule, source, rows, says)
    if 2 * found.at_midnight > found.events:
        yield from _rows("only_dates", source, found.at_midnight, "a time at midnight in UTC, as if times were only dates")


def _long_ago(source: SourceFigures) -> str:
    return "before 2011" + (" or more than a year before the load time" if source.has_load_times else "")


def _of_loads(source: SourceFigures, settings: Settings) -> Iterator[Finding]:
    if not source.lateness or not source.loads:
        return
    yield from _rows(
        "no_load_time", source, source.profile.no_load_time, "no load time, so every incremental build reads them again"
    )
    fastest, half = source.lateness.p5 or 0, source.lateness.p50 or 0
    if half <= -SHIFT:
        says = f"Half of the events happened {lasting(-half)} or more after they were loaded: times are probably local, not UTC."
        yield Finding("times_not_utc", source.name, 0, says)
    elif fastest >= AN_HOUR and fastest > 60 * (source.loads.p95 or 0):  # events that wait for the next load are no riddle
        says = (
            f"95 % of the events were loaded {lasting(fastest)} or more after they happened: times are local, or loads are slow."
        )
        yield Finding("times_not_utc", source.name, 0, says)
    if (hours := proposed_overlap(source)) > settings.overlap_hours:
        in_force = f"overlap_hours = {settings.overlap_hours}"
        missed = f"builds with {in_force} can miss its rows; {hours} is enough."
        says = f"Loads are hours apart. If one fails, {missed}"
        yield Finding("slow_loads", source.name, 0, says)
    if source.is_received:
        says = "received_at is used as the load time, but rows arrive later: set overlap_hours to more than your loader takes."
        yield Finding("received_at", source.name, 0, says)


def _of_ids(figures: Figures, settings: Settings) -> Iterator[Finding]:
    found = [one for one in figures.ids if one.id not in settings.ignored_ids]
    for column, what, of in (("user_id", "user", "devices"), ("anonymous_id", "device", "users")):
        words = [one for one in found if one.column == column and one.is_placeholder]
        many = [one for one in found if one.column == column and not one.is_placeholder]
        if words:
            rows = sum(one.events for one in words)
            share = rows / figures.events
            says = f"{count(rows, 'row')} ({share:.1%}): a placeholder as {column}, so many people would be one visitor."
            yield Finding("placeholder_id", "", rows, says)
        if many:
            unlikely = f"where {column} probably does not identify one {what}"
            says = f"{count(len(many), what)} with {TOO_MANY[column]:,} {of} or more, {unlikely}."
            yield Finding(f"many_{of}", "", len(many), says)


def _of_duplicates(figures: Figures) -> Iterator[Finding]:
    found = figures.duplicates
    if found.surplus:
        repeating = f"{count(found.surplus, 'row')} ({found.surplus / found.rows:.1%})"
        says = f"{repeating}: the id of another row of the same source; up to {count(found.most, 'row')} share one id."
        yield Finding("duplicates", "", found.surplus, says)
    if found.moved:
        says = f"{count(found.moved, 'id')} with different times in several rows; the event has the earliest."
        yield Finding("duplicates_with_other_times", "", found.moved, says)


def _of_visitors(figures: Figures) -> Iterator[Finding]:
    found = figures.visitors
    heavy = [one for one in found.heaviest if one.events > HEAVY_SHARE * found.events]
    if heavy and found.number >= ENOUGH_VISITORS:
        most = heavy[0].events / found.events
        shares = f" each (up to {most:.1%})" if len(heavy) > 1 else f" ({most:.1%})"
        says = f"{count(len(heavy), 'visitor')} with more than a tenth of all events{shares}: a robot, or a test?"
        yield Finding("heavy_visitors", "", len(heavy), says)
    fast = [one for one in found.heaviest if one.events >= ENOUGH_EVENTS and one.events > FAST * one.minutes]
    if fast:
        says = f"{count(len(fast), 'visitor')} with more than {FAST} events a minute on average: a robot?"
        yield Finding("fast_visitors", "", len(fast), says)


def _of_session(figures: Figures) -> Iterator[Finding]:
    zone = figures.session_zone.lower()
    if zone not in UTC and "".join(one for one in zone if one.isdigit()) != OFFSET:
        says = (
            f"The session's time zone is {figures.session_zone}, not UTC. Results do not depend on it, but queries of your own do"
            " that turn a time into a date or a text."
        )
        yield Finding("session_zone", "", 0, says)


def _rows(rule: str, source: SourceFigures, rows: int, says: str) -> Iterator[Finding]:
    if rows:
        share = rows / source.profile.events if source.profile.events else 1
        yield Finding(rule, source.name, rows, f"{count(rows, 'row')} ({share:.1%}): {says}.")
