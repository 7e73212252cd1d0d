"""The rows of one source: how many lack an id, a name or a time, and whose clock is wrong. One scan counts all of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, FromClause, and_, case, false, func, literal_column, null, or_, select
from sqlalchemy import true as all_of

from sessionmodels.doctor.window import LONG_AGO
from sessionmodels.model import AnySelect
from sessionmodels.rules.event import ANY_TIME, FAILED_CONDITION, IDS, WRITTEN_TIME
from sessionmodels.source.columns import Source
from sessionmodels.source.ids import as_id
from sessionmodels.source.raw import raw_times, typed_events
from sessionmodels.source.stream import Stream
from sessionmodels.sql.elapsed import MICROSECONDS_A_HOUR, elapsed
from sessionmodels.sql.instant import instant
from sessionmodels.sql.text import as_text, blank_as_null, is_too_long
from sessionmodels.sql.time_range import in_range

TOLERANCE: Final = timedelta(minutes=5)
"""By how much a clock may be ahead. Clocks of servers differ, too."""

A_DAY: Final = literal_column(str(24 * MICROSECONDS_A_HOUR), BigInteger)
A_YEAR: Final = literal_column(str(365 * 24 * MICROSECONDS_A_HOUR), BigInteger)
FIVE_MINUTES: Final = literal_column(str(TOLERANCE // timedelta(microseconds=1)), BigInteger)


@dataclass(frozen=True)
class Profile:
    """How many rows of a source have what. All but `rows` and `filtered` count rows that the filter lets pass."""

    rows: int
    """The rows that were examined."""

    filtered: int
    """Those that do not satisfy the setting `where`."""

    event_id_null: int
    event_id_blank: int
    event_id_long: int
    """Those whose own id is null, blank, or longer than the longest id."""

    anonymous_id_null: int
    anonymous_id_blank: int
    anonymous_id_long: int
    user_id_null: int
    user_id_blank: int
    user_id_long: int

    no_visitor: int
    """Those with neither the id of a device nor that of a user, given the setting `ignored_ids`."""

    no_event: int
    """Those without a name."""

    no_time: int
    unreadable_time: int
    """Those with a text that is not a time."""

    time_out_of_range: int
    """Those with a time outside of the years 1 to 9999."""

    no_load_time: int
    in_future: int
    """Those whose time is more than five minutes after the present."""

    after_load: int
    """Those whose time is more than five minutes after they were loaded."""

    long_ago: int
    """Those whose time is before 2011, or more than a year before they were loaded."""

    at_midnight: int
    """Those whose time is a midnight in UTC, to the microsecond: most of them, if times are only dates."""

    earliest: datetime | None
    latest: datetime | None

    @property
    def events(self) -> int:
        """The rows that the filter lets pass."""
        return self.rows - self.filtered


def profile(stream: Stream, source: Source, now: datetime) -> AnySelect:
    """One row with the columns of `Profile`."""
    rows = _examined(stream, source)
    moment, loaded_at = rows.c.timestamp, rows.c.loaded_at
    counted = {
        **{f"{name}_null": rows.c[name].is_(None) for name in IDS},
        **{f"{name}_blank": and_(rows.c[name].is_not(None), blank_as_null(rows.c[name]).is_(None)) for name in IDS},
        **{f"{name}_long": is_too_long(rows.c[name]) for name in IDS},
        "no_visitor": and_(*(as_id(rows.c[name], stream.ignored_ids).is_(None) for name in IDS[1:])),
        "no_event": blank_as_null(rows.c.event).is_(None),
        "no_time": and_(rows.c[ANY_TIME].is_(None), rows.c[WRITTEN_TIME].is_(None)),
        "unreadable_time": and_(rows.c[ANY_TIME].is_(None), rows.c[WRITTEN_TIME].is_not(None)),
        "time_out_of_range": and_(rows.c[ANY_TIME].is_not(None), moment.is_(None)),
        "no_load_time": loaded_at.is_(None) if source.has_load_times else false(),
        "in_future": moment > instant(now + TOLERANCE, moment),
        "after_load": elapsed(loaded_at, moment) > FIVE_MINUTES if source.has_load_times else false(),
        "long_ago": _is_long_ago(rows, source),
        "at_midnight": func.mod(elapsed(instant(LONG_AGO, moment), moment), A_DAY, type_=BigInteger) == 0,
    }
    has_filter = FAILED_CONDITION in rows.c
    passes = rows.c[FAILED_CONDITION] == 0 if has_filter else all_of()
    passing = case((passes, moment)) if has_filter else moment
    return select(
        func.count(type_=BigInteger).label("rows"),
        _number(~passes if has_filter else false()).label("filtered"),
        *(_number(and_(passes, condition)).label(name) for name, condition in counted.items()),
        func.min(passing, type_=moment.type).label("earliest"),
        func.max(passing, type_=moment.type).label("latest"),
    )


def _examined(stream: Stream, source: Source) -> FromClause:
    typed = typed_events(stream, source, raw_times(source)).cte("typed_events")
    written = blank_as_null(typed.c[WRITTEN_TIME]) if WRITTEN_TIME in typed.c else as_text(null())
    return select(
        *(typed.c[name] for name in (*IDS, "event", ANY_TIME)),
        written.label(WRITTEN_TIME),
        *(in_range(typed.c[name]).label(name) for name in ("timestamp", "loaded_at")),
        *([typed.c[FAILED_CONDITION]] if FAILED_CONDITION in typed.c else []),
    ).cte("examined_rows")


def _is_long_ago(rows: Any, source: Source) -> ColumnElement[bool]:
    is_early = rows.c.timestamp < instant(LONG_AGO, rows.c.timestamp)
    if not source.has_load_times:
        return is_early
    return or_(is_early, elapsed(rows.c.timestamp, rows.c.loaded_at) > A_YEAR)


def _number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, 1)), type_=BigInteger)
