"""Where a session starts, rule by rule and all together, in full and incremental builds, against the plain-Python oracle."""

import pytest
from hypothesis import given, settings
from oracle import Rules, sessionize
from streams import many_streams
from tables import assert_same, read_all, write_tracks

from sessionmodels import Settings, build_all

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("unguarded")]

STARTING = ("signup", "it's", "")
RULES = {
    "sdk": {"sdk_sessions": True},
    "start events": {"start_events": STARTING},
    "campaign": {"cut_on_campaign": True},
    "midnight": {"cut_at_midnight": True, "time_zone": "Europe/Berlin"},
    "longest": {"max_session_minutes": 17},
    "all": {
        "sdk_sessions": True,
        "start_events": STARTING,
        "cut_on_campaign": True,
        "cut_at_midnight": True,
        "time_zone": "America/New_York",
        "max_session_minutes": 1,
    },
}


def hold(engine, raws, **rules) -> None:
    """Build with these rules, and hold every relation against the oracle."""
    write_tracks(engine, raws)
    chosen = Settings(**{name: list(value) if isinstance(value, tuple) else value for name, value in rules.items()})
    build_all(engine, chosen)
    assert_same(read_all(engine), sessionize(raws, Rules(**rules))[0])


@pytest.mark.parametrize("name", RULES)
def test_any_stream(kept_engine, name) -> None:
    """Each rule alone, and all together."""

    @settings(max_examples=10)
    @given(raws=many_streams())
    def law(raws) -> None:
        hold(kept_engine, raws, **RULES[name])

    law()
