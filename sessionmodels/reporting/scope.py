"""What a report covers: a range of days in steps, and the dimension by which it can be filtered."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from sessionmodels.analyses.within import Days
from sessionmodels.errors import SettingsError
from sessionmodels.sql.day import PERIODS, Period

MOST_STEPS: Final = {"day": 92, "week": 60, "month": 60}
"""How many steps a report has at most. A longer range is counted by week, and a still longer one by month."""

DAYS_BY_DEFAULT: Final = 90
EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True)
class Scope:
    """A range of days, cut into steps of a day, a week or a month; and a dimension with its most frequent values."""

    days: Days
    """The range. It begins with a step."""

    period: Period
    """How long a step is."""

    by: str
    """The dimension: a column of sessions, or `channel`."""

    values: tuple[Any, ...] = ()
    """The dimension's most frequent values. All others are counted together, and nulls are one value."""

    @property
    def since(self) -> date:
        """The first day."""
        return self.days.since or EPOCH

    @property
    def until(self) -> date:
        """The last day."""
        return self.days.until or EPOCH

    @property
    def first(self) -> int:
        """The number of the first step, as `period_number` counts."""
        return number_of(self.since, self.period)

    @property
    def steps(self) -> int:
        """How many steps there are."""
        return number_of(self.until, self.period) - self.first + 1

    @property
    def starts(self) -> tuple[date, ...]:
        """The first day of each step."""
        return tuple(_starts(self.since, self.steps, self.period))

    @property
    def with_the_period_before(self) -> Days:
        """The range, and as many steps before it."""
        return replace(self.days, since=earlier(self.since, self.steps, self.period))

    @property
    def last_step_ends(self) -> date:
        """The last day of the last step, which may be after the range."""
        following = start_of(earlier(start_of(self.until, self.period), -1, self.period), self.period)
        return following - timedelta(days=1) if following > self.until else date.max

    @property
    def cohort_period(self) -> Period:
        """How long a period is in which visitors are first seen."""
        return "month" if self.period == "month" else "week"


def number_of(day: date, period: Period) -> int:
    """Return the number of a date's step, as `period_number` of SQL does."""
    if period == "month":
        return day.year * 12 + day.month
    days = (day - EPOCH).days
    return days if period == "day" else (days + 3 + 1_400_000) // 7


def start_of(day: date, period: Period) -> date:
    """Return the first day of a date's step."""
    if period == "month":
        return day.replace(day=1)
    return day if period == "day" or day.toordinal() <= day.weekday() else day - timedelta(days=day.weekday())


def earlier(start: date, steps: int, period: Period) -> date:
    """Return the start of the step that many steps before; the first day of the calendar if there is none."""
    try:
        if period == "month":
            year, month = divmod(start.year * 12 + start.month - 1 - steps, 12)
            return date(year, month + 1, 1)
        return start - timedelta(days=steps * (7 if period == "week" else 1))
    except (OverflowError, ValueError):
        return date.min


def _starts(since: date, steps: int, period: Period) -> Iterator[date]:
    for n in range(steps):
        yield since if n == 0 else start_of(earlier(since, -n, period), period)


def scopes_of(days: Days, seen: tuple[date, date], last: int | None, by: str, *, today: date) -> list[Scope]:
    """Return what a report can cover, the finest steps first: the range asked for, or the last days that have sessions.

    A session of the future, which a wrong clock has sent, does not move the range there.

    Raises:
        SettingsError: the range has too many months.
    """
    until = days.until or (min(seen[1], today) if seen[0] <= today else seen[1])
    since = days.since or until - timedelta(days=min((last or DAYS_BY_DEFAULT) - 1, (until - date.min).days))
    until = max(until, since)
    if days.since is None and last is None:
        since = max(since, min(seen[0], until))
    scopes = (Scope(replace(days, since=start_of(since, one), until=until), one, by) for one in PERIODS)
    found = [one for one in scopes if one.steps <= MOST_STEPS[one.period]]
    if not found:
        most = MOST_STEPS["month"] // 12
        msg = f"a report covers at most {most} years, not {since} to {until}; give a later --since, or an earlier --until"
        raise SettingsError(msg)
    return found
