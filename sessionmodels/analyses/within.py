"""Which rows an analysis looks at: those of a range of days where the clocks of a time zone are read."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Date, cast, func, literal, select

from sessionmodels.model import AnySelect
from sessionmodels.sql.day import Period, first_day_of
from sessionmodels.sql.instant import EARLIEST, LATEST, instant
from sessionmodels.sql.local_date import UTC, local_date, local_hour


@dataclass(frozen=True)
class Days:
    """A range of days in a time zone, both ends included. None is no end."""

    since: date | None = None
    until: date | None = None
    time_zone: str = UTC

    def hold(self, moment: ColumnElement[Any]) -> Iterator[ColumnElement[bool]]:
        """Yield the conditions for a time in the range.

        The date itself is compared, because a day may start at one o'clock, or be missing. The time is compared, too, so that
        a warehouse reads only the partitions it needs: with a day more on either side, as no zone is farther from UTC.
        """
        margin = timedelta(days=0 if self.time_zone == UTC else 1)
        if self.since is not None and self.since > EARLIEST.date() + margin:
            yield moment >= instant(datetime.combine(self.since - margin, time()), moment)
        if self.until is not None and self.until < LATEST.date() - margin:
            yield moment < instant(datetime.combine(self.until + timedelta(days=1) + margin, time()), moment)
        if self.time_zone != UTC:
            yield from (self.date_of(moment) >= _date(day) for day in (self.since,) if day)
            yield from (self.date_of(moment) <= _date(day) for day in (self.until,) if day)

    def hold_whole(self, first_day: ColumnElement[Any], period: Period) -> Iterator[ColumnElement[bool]]:
        """Yield the conditions for the first day of a period that lies in the range as a whole."""
        if self.since is not None:
            yield first_day >= _date(self.since)
        if self.until is not None and self.until < date.max:
            yield first_day < _date(first_day_of(self.until + timedelta(days=1), period))

    def of_ends(self, moment: ColumnElement[Any]) -> AnySelect:
        """One row: the dates of the first of these times and of the last one; nulls if there is none."""
        first, last = func.min(moment, type_=moment.type).label("first"), func.max(moment, type_=moment.type).label("last")
        seen = select(first, last).cte("seen")
        return select(self.date_of(seen.c.first).label("first"), self.date_of(seen.c.last).label("last"))

    def date_of(self, moment: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the date of a time."""
        return local_date(moment, self.time_zone)

    def hour_of(self, moment: ColumnElement[Any]) -> ColumnElement[int]:
        """Return the hour of a time, from 0 to 23."""
        return local_hour(moment, self.time_zone)


EVERY_DAY: Final = Days()


def _date(day: date) -> ColumnElement[Any]:
    return cast(literal(day.isoformat()), Date)
