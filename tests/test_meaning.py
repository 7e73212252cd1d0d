"""Every relation equals the plain-Python oracle, row for row and column for column, on real engines."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from facts import FACTS, FACTS_RULES
from hypothesis import given
from hypothesis import strategies as st
from laws import examples
from oracle import DBT, MINUTE, Raw, Rules, ignored, sessionize
from streams import CONTEXTS, GAPS, many_streams
from tables import assert_same, context_columns, read_all, write_tracks

from sessionmodels import Settings, build_all
from sessionmodels.models import MODELS

pytestmark = pytest.mark.usefixtures("unguarded")

BOTH = pytest.mark.parametrize(("rules", "chosen"), [(Rules(), {}), (DBT, {"compatibility": "dbt"})], ids=["exact", "dbt"])


def hold(engine, raws, rules, columns=None, **chosen) -> dict[str, list[dict]]:
    """Build on these rows, hold every relation, and what was left out, against the oracle, and return the relations."""
    write_tracks(engine, raws, context=context_columns(raws) if columns is None else columns)
    result = build_all(engine, Settings(**chosen))
    expected, left_out, duplicates = sessionize(raws, rules)
    found = read_all(engine)
    assert_same(found, expected)
    assert_declared(found, unique=rules.deduplicate)
    assert result.source is not None
    assert (dict(result.source.left_out), result.source.duplicates_removed) == (left_out, duplicates)
    assert {column: dict(some) for column, some in result.source.ignored_ids.items()} == ignored(raws, rules)
    assert result.source.events_read == len(raws)
    assert {one.name: one.rows for one in result.relations} == {name: len(rows) for name, rows in expected.items()}
    return found


def assert_declared(found, *, unique: bool) -> None:
    """Hold what each model declares: its key, which is unique where duplicates are removed, and what is never null."""
    for name, rows in found.items():
        model = MODELS[name]
        assert not [row for row in rows if any(row[column] is None for column in (*model.key, *model.not_null))], name
        keys = [tuple(row[column] for column in model.key) for row in rows]
        assert len(set(keys)) == len(keys) or (model.grain == "event" and not unique), name


@pytest.mark.slow
def test_any_stream(kept_engine) -> None:
    """Whatever arrives, in any physical order, the tables say what the contract says."""

    @examples(kept_engine, 13)
    @given(raws=many_streams())
    def law(raws) -> None:
        hold(kept_engine, raws, Rules())

    law()


@pytest.mark.slow
def test_any_stream_as_dbt(kept_engine) -> None:
    """The dbt project's arithmetic is its own, and it keeps duplicates: `deduplicate=False` still leaves nothing to chance."""

    @examples(kept_engine, 13)
    @given(raws=many_streams(40))
    def law(raws) -> None:
        hold(kept_engine, raws, DBT, compatibility="dbt")

    law()


VIEWS = {"aliases_mapping": "view", "user_session_facts": "view"}
"""Tables by default, beside the tables that all other relations read."""

COUNTERS = {"c": ["signup", "it's", ":name 😀", '"quoted" %s %(x)s', "\\"], "Upper": [""]}
IGNORED = {"ignored_ids": ("d~0", "u~0", "both~1", "it's; DROP TABLE tracks --~0"), "ignored_events": ("signup", "", "it's")}
OTHERS: dict[str, Any] = {"idle_minutes": 1, "flow_depth": 3, "event_counters": COUNTERS, **FACTS}
"""Settings other than the defaults, each of which shows in columns, in rows or in counts that no other one touches."""

OTHER_RULES = replace(
    FACTS_RULES, idle_minutes=1, flow_depth=3, counters=tuple((name, tuple(names)) for name, names in COUNTERS.items())
)


@pytest.mark.slow
def test_other_settings_and_other_kinds(kept_engine) -> None:
    """Idle minutes, flow depth, counters and facts mean what they say, also where a view computes what is a table by default.

    Ids and events that are none are counted, by id and column, and what is left is as if they had never been sent.
    """
    every = sorted({column for sent in CONTEXTS for column in sent})  # a table that views read cannot be made anew

    @examples(kept_engine, 10)
    @given(raws=many_streams(), ignoring=st.booleans())
    def law(raws, ignoring) -> None:
        none: dict[str, Any] = IGNORED if ignoring else {}
        rules = replace(OTHER_RULES, **none)
        hold(kept_engine, raws, rules, every, kinds=VIEWS, **OTHERS, **none)

    law()


@pytest.mark.slow
@BOTH
def test_gaps(duckdb, rules, chosen) -> None:
    """A gap of 30 minutes stays inside, one microsecond more does not; by the dbt project's arithmetic, 31:00 decides."""
    start = 1_767_225_600_000_000 + 59_999_999  # not on a whole minute: boundaries crossed must not count
    visitors = {f"d{gap}": gap for gap in GAPS}  # each gap is a visitor's, who is alone with it
    raws = [
        Raw(f"{d}-{event}", d, None, event, start + at) for d, gap in visitors.items() for event, at in (("x", 0), ("y", gap))
    ]
    found = hold(duckdb, raws, rules, **chosen)
    visits = Counter(row["dbt_visitor_id"] for row in found["session_tracks"])
    split = {d for d, gap in visitors.items() if (gap >= 31 * MINUTE if rules.dbt else gap > 30 * MINUTE)}
    assert visits == {d: 1 + (d in split) for d in visitors}


@pytest.mark.slow
def test_nothing_arrived(duckdb) -> None:
    """An empty source gives empty relations."""
    hold(duckdb, [], Rules())


@pytest.mark.slow
def test_one_visitor_with_all_the_events(duckdb) -> None:
    """A very busy visitor is nothing special."""
    raws = [Raw(f"e{n}", "d", None, "x", n * 7 * MINUTE + (n % 11) * 9 * MINUTE) for n in range(3_000)]
    hold(duckdb, raws, Rules())
