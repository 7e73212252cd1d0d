"""Several sources in one stream: what each event is called, which row stands, and what is refused before anything is touched."""

import pytest
from hypothesis import given
from laws import examples
from oracle import CONTEXT, Raw, Rules, of_each_source, sessionize
from streams import DICE, many_streams, of_sources
from tables import assert_same, read, read_all, write_sources

from sessionmodels import Settings, build_all
from sessionmodels.model import Kind
from sessionmodels.models import MODELS

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("unguarded")]

WITHOUT = {"tracks": (), "pages": ("event",), "order_completed": ()}
"""The raw tables, each with the columns that it lacks."""

REVENUE = ("revenue", ("revenue",))
RULES = Rules(sources=(("tracks", None), ("pages", "page"), ("order_completed", None)), context=(*CONTEXT, REVENUE))
CHOSEN = {"sources": {name: {} for name in WITHOUT}, "context": {name: list(names) for name, names in RULES.context}}


def hold(engine, raws: list[Raw], rules: Rules, **chosen) -> None:
    """Build on these rows and hold every relation, and what is said of each source, against the oracle."""
    write_sources(engine, raws, WITHOUT)
    result = build_all(engine, Settings(**chosen))
    expected, left_out, duplicates = sessionize(raws, rules)
    assert_same(read_all(engine, Settings(**chosen)), expected)
    assert result.source is not None
    assert (result.source.events_read, dict(result.source.left_out)) == (len(raws), left_out)
    assert result.source.duplicates_removed == duplicates
    each = {
        name: (one.events_read, one.events_kept, dict(one.left_out), one.duplicates_removed)
        for name, one in result.source.sources.items()
    }
    assert each == of_each_source(raws, rules)


ANY = given(raws=many_streams(), dice=DICE)


def test_any_streams(kept_engine) -> None:
    """Whatever arrives where, also with one id in several sources."""

    @examples(kept_engine, 5)
    @ANY
    def law(raws, dice) -> None:
        hold(kept_engine, of_sources(raws, list(WITHOUT), dice), RULES, **CHOSEN)

    law()


def test_duplicates_kept(kept_engine) -> None:
    """Nothing is completed, and nothing is left to chance."""
    rules = Rules(**{**vars(RULES), "deduplicate": False})

    @examples(kept_engine, 3)
    @ANY
    def law(raws, dice) -> None:
        hold(kept_engine, of_sources(raws, list(WITHOUT), dice), rules, deduplicate=False, **CHOSEN)

    law()


def test_all_as_views(kept_engine) -> None:
    """Views read the sources themselves, and say the same. The other six, which are views by default, read these."""
    kinds: dict[str, Kind] = {name: "view" for name, model in MODELS.items() if model.kind == "table"}

    @examples(kept_engine, 5)
    @ANY
    def law(raws, dice) -> None:
        raws = of_sources(raws, list(WITHOUT), dice)
        write_sources(kept_engine, raws, WITHOUT)
        build_all(kept_engine, Settings(kinds=kinds, **CHOSEN))
        expected = sessionize(raws, RULES)[0]
        assert_same({name: read(kept_engine, name) for name in kinds}, {name: expected[name] for name in kinds})

    law()
