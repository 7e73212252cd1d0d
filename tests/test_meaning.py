"""Every relation equals the plain-Python oracle, row for row and column for column, on real engines."""

from collections import Counter

import pytest
from hypothesis import given
from laws import examples
from oracle import DBT, MINUTE, Raw, Rules, sessionize
from streams import CONTEXTS, GAPS, many_streams
from tables import assert_same, context_columns, read_all, write_tracks

from sessionmodels import Settings, build_all
from sessionmodels.models import MODELS

pytestmark = pytest.mark.usefixtures("unguarded")

BOTH = pytest.mark.parametrize(("rules", "chosen"), [(Rules(), {}), (DBT, {"compatibility": "dbt"})], ids=["exact", "dbt"])


def hold(engine, raws, rules, context=None, **chosen) -> None:
    """Build on these rows and hold every relation, and what was left out, against the oracle."""
    write_tracks(engine, raws, context=context_columns(raws) if context is None else context)
    result = build_all(engine, Settings(**chosen))
    expected, left_out, duplicates = sessionize(raws, rules)
    found = read_all(engine)
    assert_same(found, expected)
    assert_declared(found, unique=rules.deduplicate)
    assert result.source is not None
    assert (dict(result.source.left_out), result.source.duplicates_removed) == (left_out, duplicates)
    assert result.source.events_read == len(raws)
    assert {one.name: one.rows for one in result.relations} == {name: len(rows) for name, rows in expected.items()}


def assert_declared(found, *, unique: bool) -> None:
    """Hold what each model declares: its key, which is unique where duplicates are removed, and what is never null."""
    for name, rows in found.items():
        model = MODELS[name]
        assert not [row for row in rows if any(row[column] is None for column in (*model.key, *model.not_null))], name
        keys = [tuple(row[column] for column in model.key) for row in rows]
        assert len(set(keys)) == len(keys) or (model.grain == "event" and not unique), name


@pytest.mark.slow
@BOTH
def test_any_stream(kept_engine, rules, chosen) -> None:
    """Whatever arrives, the tables say what the contract says."""

    @examples(kept_engine, 13)
    @given(raws=many_streams())
    def law(raws) -> None:
        hold(kept_engine, raws, rules, **chosen)

    law()


@pytest.mark.slow
def test_duplicates_kept(kept_engine) -> None:
    """`deduplicate=False` keeps all rows, and still leaves nothing to chance."""

    @examples(kept_engine, 13)
    @given(raws=many_streams())
    def law(raws) -> None:
        hold(kept_engine, raws, Rules(deduplicate=False), deduplicate=False)

    law()


@pytest.mark.slow
def test_other_settings(kept_engine) -> None:
    """Idle minutes, flow depth and counters mean what they say."""
    counters = {"c": ["signup", "it's", ":name 😀", '"quoted" %s %(x)s', "\\"], "Upper": [""]}
    rules = Rules(idle_minutes=1, flow_depth=3, counters=tuple((name, tuple(names)) for name, names in counters.items()))

    @examples(kept_engine, 10)
    @given(raws=many_streams())
    def law(raws) -> None:
        hold(kept_engine, raws, rules, idle_minutes=1, flow_depth=3, event_counters=counters)

    law()


@pytest.mark.slow
def test_all_as_views(kept_engine) -> None:
    """Kept as views, the relations say the same."""
    names = "aliases_mapping mapped_tracks session_tracks track_facts session_track_facts user_session_facts tracks_flow"
    every = sorted({column for sent in CONTEXTS for column in sent})  # a table that views read cannot be made anew

    @examples(kept_engine, 10)
    @given(raws=many_streams())
    def law(raws) -> None:
        hold(kept_engine, raws, Rules(), every, kinds=dict.fromkeys(names.split(), "view"))

    law()


@BOTH
def test_gaps(duckdb, rules, chosen) -> None:
    """A gap of 30 minutes stays inside, one microsecond more does not; by the dbt project's arithmetic, 31:00 decides."""
    start = 1_767_225_600_000_000 + 59_999_999  # not on a whole minute: boundaries crossed must not count
    visitors = {f"d{gap}": gap for gap in GAPS}  # each gap is a visitor's, who is alone with it
    raws = [
        Raw(f"{d}-{event}", d, None, event, start + at) for d, gap in visitors.items() for event, at in (("x", 0), ("y", gap))
    ]
    hold(duckdb, raws, rules, **chosen)
    visits = Counter(row["dbt_visitor_id"] for row in read_all(duckdb)["session_tracks"])
    split = {d for d, gap in visitors.items() if (gap >= 31 * MINUTE if rules.dbt else gap > 30 * MINUTE)}
    assert visits == {d: 1 + (d in split) for d in visitors}


def test_nothing_arrived(duckdb) -> None:
    """An empty source gives empty relations."""
    hold(duckdb, [], Rules())


@pytest.mark.slow
def test_one_visitor_with_all_the_events(duckdb) -> None:
    """A very busy visitor is nothing special."""
    raws = [Raw(f"e{n}", "d", None, "x", n * 7 * MINUTE + (n % 11) * 9 * MINUTE) for n in range(3_000)]
    hold(duckdb, raws, Rules())
