"""Which days a report covers: in steps, from the first day of which anything is known, to today."""

import sys
from datetime import UTC, date, datetime

import pytest
from oracle import MINUTE, Raw
from tables import write_tracks

from sessionmodels import Settings, build_all
from sessionmodels.analyses.within import Days
from sessionmodels.reporting.builds import with_builds
from sessionmodels.reporting.facts import Facts
from sessionmodels.reporting.figures import figures_of
from sessionmodels.reporting.read import Wanted, facts_of
from sessionmodels.reporting.scope import Scope, number_of, scopes_of
from sessionmodels.reporting.sums import everything, rows_of
from sessionmodels.sql.day import PERIODS

NOON = 29_460_240 * MINUTE
"""2026-01-05T12:00Z."""

RAWS = [Raw(str(n), f"d{n % 4}", None, "page", NOON + n * 600 * MINUTE) for n in range(40)]


@pytest.mark.slow
def test_before_the_first_day(duckdb) -> None:
    """Days before the first one that has sessions are unknown, not days without: the line of the period before begins there."""
    write_tracks(duckdb, RAWS)
    build_all(duckdb, select="+sessions")
    found = facts_of(duckdb, Settings(), Wanted(since="2026-01-10"))
    assert (found.first_day, found.known_from, found.is_unfinished) == (date(2026, 1, 5), -5, False)
    trend = next(one for one in figures_of(found) if one.name == "trend")
    earlier = [row for row in rows_of(trend, found, everything(found)) if "before" in row["what"]]
    assert [row["date"] for row in earlier] == [f"2026-01-{day}" for day in range(17, 22)]
    assert all(row["n"] for row in earlier)


@pytest.mark.parametrize(
    ("period", "first_day", "until", "made", "expected"),
    [
        ("day", date(2025, 12, 30), date(2026, 2, 1), date(2026, 2, 2), (-2, False)),
        ("day", date(2026, 1, 3), date(2026, 2, 1), date(2026, 2, 1), (2, True)),
        ("week", date(2026, 1, 5), date(2026, 2, 1), date(2026, 2, 2), (1, False)),
        ("week", date(2026, 1, 6), date(2026, 2, 1), date(2026, 2, 1), (2, True)),
        ("month", date(2025, 11, 2), date(2026, 2, 1), date(2026, 5, 1), (-1, True)),
        ("month", None, date(2026, 1, 31), date(2026, 2, 1), (-1, False)),
    ],
)
def test_what_is_not_whole(period, first_day, until, made, expected) -> None:
    """The first step with data, if they begin in the middle of it; and the last one, if it is cut, or not over."""
    scope = Scope(Days(date(2026, 1, 1), until), period, "channel")
    facts = Facts(scope, (), {}, "duckdb", datetime(made.year, made.month, made.day, 12, tzinfo=UTC), until, 30, first_day)
    assert (facts.known_from, facts.is_unfinished) == expected


class Evening(datetime):
    """A clock that stands at the end of a day in UTC, when the next one has begun in Asia."""

    @classmethod
    def now(cls, tz=None) -> datetime:
        return datetime(2026, 1, 5, 22, tzinfo=UTC).astimezone(tz)


@pytest.mark.slow
def test_today_is_where_the_clocks_are_read(duckdb, monkeypatch) -> None:
    """Sessions of a day that has begun there are in the report; and it says when relations were built, not how long ago."""
    write_tracks(duckdb, [Raw("a", "d", None, "page", NOON), Raw("b", "d", None, "page", NOON + 9 * 60 * MINUTE)])
    build_all(duckdb, select="+sessions")
    monkeypatch.setattr(sys.modules[facts_of.__module__], "datetime", Evening)
    found = with_builds(facts_of(duckdb, Settings(), Wanted(time_zone="Asia/Tokyo")), duckdb, Settings())
    assert (found.scope.since, found.scope.until) == (date(2026, 1, 5), date(2026, 1, 6))
    assert sum(row[3] for row in found.cubes["sessions"].rows) == 2
    assert found.freshness
    assert all(datetime.strptime(row[2], "%Y-%m-%d %H:%M:%S UTC") for row in found.freshness.rows)  # noqa: DTZ007 - the text has it
    assert found.builds
    assert found.builds.rows[0][:3] == ("1", "part", "done")


def test_steps_of_time() -> None:
    """Days up to three months, weeks up to a year, months up to five; a range begins with a step."""
    seen = (date(2020, 1, 1), date(2026, 2, 11))
    for last, periods in ((1, PERIODS), (92, PERIODS), (93, PERIODS[1:]), (500, PERIODS[2:])):
        scopes = scopes_of(Days(), seen, last, "channel", today=date(2026, 6, 1))
        assert tuple(one.period for one in scopes) == periods
        for scope in scopes:
            assert scope.steps == len(scope.starts)
            assert [number_of(one, scope.period) - scope.first for one in scope.starts] == list(range(scope.steps))
    week = scopes_of(Days(), seen, 100, "channel", today=date(2026, 6, 1))[0]
    assert week.since.weekday() == 0
    assert scopes_of(Days(date(2030, 1, 1)), seen, None, "channel", today=date(2026, 6, 1))[0].steps == 1
    wrong_clock = scopes_of(Days(), (date(2026, 1, 1), date(2099, 1, 1)), None, "channel", today=date(2026, 6, 1))[0]
    assert wrong_clock.until == date(2026, 6, 1)
