"""What is said of the relations holds of them."""

import pytest
from everything import EVERYTHING
from figures import OF_EXPORTS

from sessionmodels import Settings, build_all
from sessionmodels.exports.run import described
from sessionmodels.models import MODELS
from sessionmodels.semantics.columns import Reference
from sessionmodels.semantics.describe import HOMES
from sessionmodels.semantics.measures import Measure, Ratio


def test_homes() -> None:
    """One relation of each grain holds every row of it, by a key of one column; the others of the grain read it."""
    assert {one.name for one in HOMES.values()} == {"aliases_mapping", "session_events", "sessions", "user_session_facts"}
    assert all(len(one.key) == 1 for one in MODELS.values())
    for one in MODELS.values():
        assert one is HOMES[one.grain] or HOMES[one.grain].name in one.reads


@pytest.mark.parametrize("chosen", [EVERYTHING, OF_EXPORTS, {"compatibility": "dbt"}], ids=["everything", "shop", "dbt"])
def test_names(chosen) -> None:
    """A reference leads to a key, a ratio to measures, each relation is counted by a time, and no figure is a column, too."""
    found = described(Settings(**chosen))
    for relation in found.relations:
        columns = {one.name for one in relation.columns}
        assert len(columns) == len(relation.columns)
        assert all(one.description and one.sql_type for one in relation.columns)
        assert relation.time_column is None or relation[relation.time_column].is_time
        for column in relation.columns:
            if column.reference:
                assert found[column.reference.relation].key.name == column.reference.column
                assert found[column.reference.relation].key.kind == column.kind
        measures = {one.name for one in relation.figures if isinstance(one, Measure)}
        assert len({one.name for one in relation.figures}) == len(relation.figures)
        assert not columns & {one.name for one in relation.figures}
        for one in relation.figures:
            assert not isinstance(one, Ratio) or {one.numerator, one.denominator} <= measures
        assert relation.is_home or not relation.figures


def test_columns_named_like_figures() -> None:
    """A figure steps aside for a column of the user's own, and for another figure; ratios follow."""
    counters = {"sessions": ["a"], "minutes": ["b"], "bounces": ["c"]}
    found = {one.name: one for one in described(Settings(event_counters=counters))["sessions"].figures}
    assert {"sessions_figure", "bounces_figure", "total_minutes", "total_minutes_figure", "total_sessions"} <= found.keys()
    assert {"sessions", "bounces"}.isdisjoint(found)
    rate = found["bounce_rate"]
    assert isinstance(rate, Ratio)
    assert (rate.numerator, rate.denominator) == ("bounces_figure", "sessions_with_page_view")


def test_what_views_say() -> None:
    """A view has the units, the lists and the references of the table whose columns it shows; another grain has none of them."""
    found = described(Settings())
    assert found["session_duration"]["session_duration"].unit == "minutes"
    assert found["mapped_tracks"]["idle_time_minutes"].unit == "minutes"
    assert found["track_facts"]["anonymous_id"].reference == found["session_events"]["anonymous_id"].reference
    assert found["session_track_facts"].key.reference == Reference("sessions", "session_id", is_complete=True, by_name=True)
    assert found["sessions"]["start_reason"].values == ("first", "idle")
    assert found["session_events"]["source"].values == ("tracks",)
    assert found["user_session_facts"]["dbt_visitor_id"].reference is None


def test_keys_of_events() -> None:
    """They are not unique if duplicates are kept; those of sessions are."""
    found = described(Settings(deduplicate=False))
    unique = {one.name for one in found.relations if one.key.is_unique}
    assert unique == {one.name for one in MODELS.values() if one.grain != "event"}


def assert_holds(shop, settings: Settings) -> None:
    """Assert that the rows of a build are as the description says."""
    found = described(settings)
    for relation in found.relations:
        table = f'"{relation.table}"'
        for column in relation.columns:
            name, never = f'"{column.name}"', []
            if column.is_required:
                never.append(f"{name} IS NULL")
            if column.values:
                never.append(f"{name} NOT IN ({', '.join(map(repr, column.values))})")
            if column.reference and column.reference.is_complete:
                other = f'"{found[column.reference.relation].table}"'
                never.append(f'{name} NOT IN (SELECT "{column.reference.column}" FROM {other})')
            for condition in never:
                assert shop.value(f"SELECT count(*) FROM {table} WHERE {condition}") == 0, (relation.name, condition)
            if column.is_unique:
                assert shop.value(f"SELECT count(*) - count(DISTINCT {name}) FROM {table}") == 0, (relation.name, column.name)


@pytest.mark.slow
def test_it_holds(shop) -> None:
    """Keys are unique, lists of values are closed, every reference leads to a row, and what is never null is not."""
    assert_holds(shop, shop.settings)


@pytest.mark.slow
@pytest.mark.usefixtures("unguarded")
@pytest.mark.parametrize("identity", ["first", "device", "point_in_time"])
def test_it_holds_for(shop, identity) -> None:
    """It also does for other identities and session rules, and where duplicates are kept."""
    rules = {"sdk_sessions": True, "start_events": ["page"], "cut_on_campaign": True, "cut_at_midnight": True}
    chosen = {"identity": identity, "table_prefix": f"{identity}_", "max_session_minutes": 40, "deduplicate": False}
    settings = Settings(**OF_EXPORTS | rules | chosen)
    build_all(shop.engine, settings)
    assert_holds(shop, settings)
