"""Where a session starts, rule by rule and all together, against the plain-Python oracle."""

import pytest
from hypothesis import given, settings
from oracle import Rules, sessionize
from session_rules import RULES, settings_of
from streams import many_streams
from tables import assert_same, read_all, write_tracks

from sessionmodels import Settings, build_all

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("unguarded")]


def hold(engine, raws, **rules) -> None:
    """Build with these rules, and hold every relation against the oracle."""
    write_tracks(engine, raws)
    build_all(engine, Settings(**settings_of(rules)))
    assert_same(read_all(engine), sessionize(raws, Rules(**rules))[0])


@pytest.mark.parametrize("name", RULES)
def test_any_stream(kept_engine, name) -> None:
    """Each rule alone, and all together."""

    @settings(max_examples=10)
    @given(raws=many_streams())
    def law(raws) -> None:
        hold(kept_engine, raws, **RULES[name])

    law()
