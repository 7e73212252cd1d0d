"""Whose an event is, by each identity, in full builds; and ids and events that are none."""

from typing import Any

import pytest
from graphs import GRAPHS, write_graph
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import Rules, sessionize
from streams import many_streams
from tables import assert_same, read_all, write_tracks

from sessionmodels import Settings, build_all
from sessionmodels.models import MODELS

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("unguarded")]

IDENTITIES = ("first", "device", "point_in_time", "table")


def chosen_by(identity: str) -> dict[str, Any]:
    """Return the settings of an identity."""
    return {"identity_table": "graph"} if identity == "table" else {"identity": identity}


@pytest.mark.parametrize("identity", IDENTITIES)
@settings(max_examples=10)
@given(raws=many_streams(), graph=GRAPHS, keep=st.booleans(), views=st.booleans())
def test_any_stream(kept_engine, identity, raws, graph, keep, views) -> None:
    """Each relation is the oracle's, also where duplicates are kept, and where all are views."""
    write_tracks(kept_engine, raws)
    write_graph(kept_engine, graph)
    kinds: Any = dict.fromkeys(MODELS, "view") if views else {}
    chosen = Settings(deduplicate=not keep, kinds=kinds, **chosen_by(identity))
    build_all(kept_engine, chosen)
    rules = Rules(identity=identity, graph=tuple(graph), deduplicate=not keep)
    assert_same(read_all(kept_engine, chosen), sessionize(raws, rules)[0])
