"""Every figure of a report, of any dates and any value, is what plain Python counts."""

from collections import Counter
from datetime import date, timedelta
from random import Random

import oracle_report as oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import examples
from oracle import Rules, sessionize
from oracle_analyses import index_of
from oracle_channel import channel
from oracle_rules import date_of
from session_rules import busy_visitors
from streams import many_streams
from tables import write_tracks

from sessionmodels import Settings, build_all
from sessionmodels.reporting.figures.figure import Part
from sessionmodels.reporting.read import Wanted, facts_of
from sessionmodels.reporting.sums import Chosen, sums_of

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("unguarded")]

ZONES = ("UTC", "Europe/Berlin", "America/Sao_Paulo", "Pacific/Apia")
BY = ("channel", "device_type", "utm_source", "is_engaged", "num_pvs", "session_date")
FUNNEL = ("page", "viewed_product", "page")
SETTINGS = Settings(conversion_events=["signup"])
PERIODS = {"day": 60, "week": 300, "month": 1500}
"""By step, a number of days that a report counts by it."""


def counted(facts, cube, by, name, chosen, *, before=False) -> Counter:
    """Return the sums of a cube that are not zero, by a single key where there is one."""
    found = sums_of(Part(cube, by, {"n": name}, before=before), facts.cubes[cube], chosen)
    return Counter({key[0] if len(key) == 1 else key: total for key, (total,) in found.items() if total})


def assert_shows(facts, chosen, relations) -> None:
    """Compare all that is shown of these steps and this value."""
    scope = facts.scope

    def is_chosen(session) -> bool:
        value = session[scope.by]
        if scope.by == "session_date":
            value = date.fromisoformat(value)
        return chosen.value is None or oracle.place_of(value, scope.values) == chosen.value

    first, last = (index_of(scope.since.isoformat(), scope.period) + one for one in (chosen.first, chosen.last))
    expected = oracle.Report(
        relations, period=scope.period, zone=scope.days.time_zone, first=first, last=last, is_chosen=is_chosen
    )
    for before, sessions in ((False, None), (True, expected.before)):
        for name, total in expected.totals(sessions).items():
            assert counted(facts, "sessions", (), name, chosen, before=before)[()] == total, name
        assert counted(facts, "visitors", (), "visitors", chosen, before=before)[()] == expected.visitors(sessions)
    by_day = counted(facts, "sessions", ("step",), "sessions", chosen)
    assert Counter({step + first - chosen.first: total for step, total in by_day.items()}) == expected.by_day()
    assert counted(facts, "sessions", ("is_first",), "sessions", chosen) == expected.first_ones()
    assert counted(facts, "lengths", ("bucket",), "sessions", chosen) == expected.lengths()
    assert counted(facts, "depths", ("bucket",), "sessions", chosen) == expected.depths()
    assert counted(facts, "pauses", ("bucket",), "pauses", chosen) == expected.pauses()
    assert counted(facts, "hours", ("weekday", "hour"), "sessions", chosen) == expected.hours()
    assert counted(facts, "funnel", ("stage",), "sessions", chosen) == expected.funnel(FUNNEL)
    cohorts = counted(facts, "cohorts", ("cohort", "later"), "visitors", chosen)
    starts = [index_of(one, scope.cohort_period) for one in facts.cubes["cohorts"].labels["cohort"]]
    assert Counter({(starts[cohort], later): total for (cohort, later), total in cohorts.items()}) == expected.cohorts()
    assert_frequent(facts, chosen, expected)


def assert_frequent(facts, chosen, expected) -> None:
    """Compare figures of the most frequent values: those that are named, the others, and null."""
    for name, column in (("channels", "channel"), ("landing_pages", "landing_page_path"), ("devices", "device_type")):
        items = facts.cubes[name].items
        assert counted(facts, name, ("item",), "sessions", chosen) == expected.breakdown(column, items)
    names = facts.cubes["steps"].items
    assert counted(facts, "steps", ("place", "source", "target"), "sessions", chosen) == expected.steps(names)


def test_any_report_of_any_stream(kept_engine) -> None:
    """By day, week and month, in any time zone, by columns of any type; of a part of the dates, with the period before."""

    @examples(kept_engine, 4)
    @given(raws=many_streams(20, least=10), seed=st.integers(0, 2**32))
    def law(raws, seed) -> None:
        dice = Random(seed)
        rows, zone, by = [*raws, *busy_visitors(10, dice)], dice.choice(ZONES), dice.choice(BY)
        write_tracks(kept_engine, rows)
        build_all(kept_engine, SETTINGS, select="+sessions")
        relations = sessionize(rows, Rules(conversion_events=("signup",)))[0]
        relations["sessions"] = [one | {"channel": channel(one)} for one in relations["sessions"]]
        some = dice.choice(relations["sessions"] or [{"session_start_at": 0}])
        until = date.fromisoformat(date_of(some["session_start_at"], zone)) + timedelta(days=dice.randrange(40))
        period = dice.choice(list(PERIODS))
        since = until - timedelta(days=PERIODS[period])
        facts = facts_of(kept_engine, SETTINGS, Wanted(since, until, by=by, funnel=FUNNEL, time_zone=zone))
        assert facts.scope.period == period
        whole = Chosen(0, facts.scope.steps - 1)
        places = [dice.randrange(facts.scope.steps) for _ in range(2)]
        assert_shows(facts, whole, relations)
        for value in range(len(facts.values)):
            assert_shows(facts, Chosen(min(places), max(places), value), relations)

    law()
