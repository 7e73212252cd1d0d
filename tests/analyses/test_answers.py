"""Every analysis answers what plain Python counts, whatever arrives and whatever is asked."""

from random import Random
from typing import Any

import oracle_analyses as oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import examples
from oracle import Rules, sessionize
from oracle_channel import channel
from own_channels import OWN, of_oracle
from session_rules import busy_visitors
from streams import many_streams
from tables import assert_same, microseconds, write_tracks

from sessionmodels import Settings, build_all
from sessionmodels.reading.ask import ask

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("unguarded")]

EVENTS = ("viewed_product", "signup", "view_product", "page", "it's")
ZONES = ("UTC", "Europe/Berlin", "America/Sao_Paulo", "Pacific/Apia")
BY = ("channel", "utm_source", "device_type", "landing_page_path", "is_engaged", "start_reason")

DAYS = st.one_of(st.none(), st.dates())
names = st.sampled_from(EVENTS)
asked_of: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "sessions_by": st.fixed_dictionaries(
        {"by": st.lists(st.sampled_from(BY), max_size=2, unique=True), "period": st.sampled_from((None, "day", "week", "month"))}
    ),
    "funnel": st.fixed_dictionaries(
        {
            "steps": st.lists(names, min_size=1, max_size=4),
            "within": st.sampled_from((None, 60, "45m", "7d")),
            "by": st.lists(st.sampled_from(BY), max_size=1),
        }
    ),
    "retention": st.fixed_dictionaries(
        {
            "first_event": st.one_of(st.none(), names),
            "event": st.one_of(st.none(), names),
            "period": st.sampled_from(("day", "week", "month")),
            "periods": st.integers(1, 5),
        }
    ),
    "paths": st.one_of(
        st.fixed_dictionaries({"start_at": st.one_of(st.none(), names), "depth": st.integers(1, 6)}),
        st.fixed_dictionaries({"end_at": names, "depth": st.integers(1, 6)}),
    ),
    "pages": st.fixed_dictionaries({"page_events": st.lists(names, max_size=3)}),
    "active_visitors": st.just({}),
    "conversions": st.fixed_dictionaries(
        {
            "events": st.lists(names, min_size=1, max_size=2),
            "by": st.lists(st.sampled_from(BY), min_size=1, max_size=2, unique=True),
            "window_days": st.sampled_from((1, 2, 30)),
        }
    ),
}
SECONDS = {None: None, 60: 60, "45m": 2700, "7d": 7 * 86_400}


def expected(relations, name: str, asked: dict[str, Any], since, until, zone: str) -> list[dict[str, Any]]:
    """Return the answer of the oracle."""
    asked = dict(asked)
    if name == "funnel":
        asked["within_seconds"] = SECONDS[asked.pop("within")]
    days = {"since": since and since.isoformat(), "until": until and until.isoformat()}
    return getattr(oracle, name)(relations, **asked, **days, zone=zone)


def test_any_question_about_any_stream(kept_engine) -> None:
    """Each analysis of each stream, with ranges of days in any time zone."""

    @examples(kept_engine, 8)
    @given(
        raws=many_streams(20, least=10),
        asked=st.fixed_dictionaries(asked_of),
        seed=st.integers(0, 2**32),
        days=st.tuples(DAYS, DAYS),
    )
    def law(raws, asked, seed, days) -> None:
        dice = Random(seed)
        rows, zone = [*raws, *busy_visitors(10, dice)], dice.choice(ZONES)
        since, until = days if dice.randrange(2) else (None, None)
        if since and until:
            since, until = min(since, until), max(since, until)
        write_tracks(kept_engine, rows)
        build_all(kept_engine, Settings(conversion_events=["signup"]), select="+sessions")
        relations = sessionize(rows, Rules(conversion_events=("signup",)))[0]
        own = OWN if dice.randrange(2) else {}
        relations["sessions"] = [one | {"channel": channel(one, **of_oracle(own))} for one in relations["sessions"]]
        chosen = Settings(conversion_events=["signup"], **own)
        for name, how in asked.items():
            found = ask(kept_engine, name, chosen, **how, since=since, until=until, time_zone=zone)
            rows = [{column: microseconds(value) for column, value in row.items()} for row in found.to_dicts()]
            assert_same({name: rows}, {name: expected(relations, name, how, since, until, zone)})

    law()


def test_no_events(kept_engine) -> None:
    """Nothing is divided by nothing, which PostgreSQL refuses and DuckDB answers with NaN."""
    write_tracks(kept_engine, [])
    build_all(kept_engine, Settings(allow_empty=True))
    relations = sessionize([], Rules())[0]
    for asked in ({"by": (), "period": None}, {"by": ("utm_source",), "period": "week"}):
        rows = ask(kept_engine, "sessions_by", **asked).to_dicts()
        assert rows == expected(relations, "sessions_by", asked, None, None, "UTC")
