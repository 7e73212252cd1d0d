"""Whoever reads results need not repeat what a build recorded: the settings that name columns, and those that analyses use."""

from typing import Any

import pytest
from engines import only_on
from kept import kept
from oracle import MINUTE, Raw
from tables import write_tracks
from written import execute, reader_without

from sessionmodels import Settings, SettingsError, TargetError, ask, build_all, check_all, compare, explain, explain_visitor
from sessionmodels.reporting import report

NOON = 1_767_614_400_000_000  # 2026-01-05T12:00Z
RAWS = [
    Raw("1", "a", None, "view", NOON, None, (("context_campaign_source", "news"),)),
    Raw("2", "a", None, "bought", NOON + MINUTE),
    Raw("3", "b", None, "view", NOON + 24 * 60 * MINUTE),
]
BUILT: dict[str, Any] = {
    "context": {"utm_source": ["context_campaign_source"], "page_path": ["context_page_path"], "plan": ["context_plan"]},
    "session_columns": {"last_source": "last(utm_source)"},
    "event_counters": {"purchases": ["bought"]},
    "flow_depth": 3,
    "idle_minutes": 45,
}


def fill(engine) -> None:
    """Build with columns of one's own."""
    write_tracks(engine, RAWS)
    build_all(engine, Settings(**BUILT))


built = kept(fill)


@pytest.mark.slow
def test_an_answer_has_the_columns_of_the_build(built) -> None:
    """By name, as many as the build has of what follows an event."""
    found = ask(built, "sessions_by", by=["utm_source", "last_source", "purchases"])
    rows = {(row["utm_source"], row["last_source"], row["purchases"]): row["sessions"] for row in found.to_dicts()}
    assert rows == {("news", "news", 1): 1, (None, None, 0): 1}
    assert ask(built, "paths").columns == ("event_1", "event_2", "event_3", "events", "sessions", "share")


@pytest.mark.slow
def test_a_report_has_them(built) -> None:
    """It can be filtered by one, and shows the pause of the build."""
    facts = report(built, by="utm_source").facts
    assert "news" in facts.values
    assert facts.timeout_minutes == 45


def test_a_check_holds_them(built) -> None:
    """It is of all columns that the build made, and asks for the settings that decide what must hold."""
    found = check_all(built)
    assert (found.other_settings, found.failed) == ({"idle_minutes": 45}, ())
    assert "sessions.counted" in {one.name for one in found.checks if one.outcome == "passed"}


def test_an_explanation_reads_them(built) -> None:
    """Of an event, and of a visitor."""
    assert len(explain(built, "1").events) == 1
    assert explain_visitor(built, "a").visitor == "a"
    assert "not longer than 45 min (idle_minutes)" in str(explain(built, "2"))


@pytest.mark.parametrize(
    ("name", "way_out"),
    [
        ("plan", r"it is a column of session_events; to ask by it, .* session_columns, such as {'first_plan': 'first\(plan\)'}"),
        ("page_path", "it is a column of session_events; sessions has exit_page_path and landing_page_path"),
        ("utm_sourze", "did you mean 'utm_source'"),
    ],
)
def test_a_column_that_sessions_lack(built, name, way_out) -> None:
    """The way out depends on whether events have it."""
    with pytest.raises(SettingsError, match=f"sessions has no column '{name}'; {way_out}"):
        ask(built, "sessions_by", by=[name])


@pytest.mark.parametrize("name", ["context", "session_columns", "event_counters", "flow_depth"])
def test_what_is_set_counts(built, name) -> None:
    """Columns that these settings name and the build did not make are refused, as ever."""
    others = {"context": {"page_url": ["url"]}, "session_columns": {"x": "last(utm_source)"}, "event_counters": {"x": ["view"]}}
    with pytest.raises(TargetError, match="so it was built with other settings"):
        check_all(built, Settings(**{**BUILT, "session_columns": {}, name: others.get(name, 9)}))


@only_on("postgresql")
def test_a_reader_who_may_not_see_the_builds(engine) -> None:
    """Must say them."""
    fill(engine)
    reader = reader_without(engine, "sessionmodels_builds_dbt_")
    with pytest.raises(TargetError, match="so it was built with other settings"):
        ask(reader, "sessions_by")
    assert ask(reader, "sessions_by", Settings(**BUILT), by=["utm_source"]).rows
    reader.dispose()


@pytest.mark.slow
def test_builds_of_some_relations_with_other_settings(duckdb) -> None:
    """A check finds every value that a build had whose rows are still there, whichever was last; questions take the last one."""
    write_tracks(duckdb, RAWS)
    build_all(duckdb)
    build_all(duckdb, Settings(idle_minutes=45), select="tracks_flow")
    assert check_all(duckdb).other_settings == {"idle_minutes": 45}
    found = check_all(duckdb, Settings(idle_minutes=45))
    assert (found.passed, found.other_settings) == (False, {"idle_minutes": 30})
    assert "sessions.pauses" in {one.name for one in found.checks if one.outcome == "not_run"}
    assert str(found).endswith("The check has not passed, because the relations were built with other settings.")
    assert report(duckdb).facts.timeout_minutes == 45


def test_a_pause_that_the_build_did_not_have(built) -> None:
    """Sessions were cut by the build's, so a report shows that one, and says so."""
    facts = report(built, Settings(idle_minutes=5)).facts
    assert facts.timeout_minutes == 45
    assert any(note.startswith("The relations were built with idle_minutes = 45") for note in facts.notes)


@only_on("postgresql")
def test_builds_of_theirs_that_a_reader_may_not_see(engine) -> None:
    """A comparison still takes the pause of ours."""
    write_tracks(engine, [Raw("1", "a", None, "x", 0), Raw("2", "a", None, "x", 45 * MINUTE + 1)])
    build_all(engine, Settings(idle_minutes=45))
    build_all(engine, Settings(idle_minutes=45, compatibility="dbt", table_prefix="old_"))
    reader = reader_without(engine, "sessionmodels_builds_old_")
    found = compare(reader, prefix="old_")
    reader.dispose()
    assert (found.settings, [one.cause for one in found.causes]) == (None, ["whole_minutes"])


def test_two_builds_side_by_side(duckdb) -> None:
    """A comparison says which rules differ, and takes the pause that a cause needs from the build."""
    write_tracks(duckdb, [Raw("1", "a", None, "x", 0), Raw("2", "a", None, "x", 45 * MINUTE + 1)])
    build_all(duckdb, Settings(idle_minutes=45))
    build_all(duckdb, Settings(idle_minutes=45, compatibility="dbt", table_prefix="old_"))
    found = compare(duckdb, prefix="old_")
    assert found.settings
    assert set(found.settings) == {"compatibility", "deduplicate", "event_counters"}
    assert (found.settings["compatibility"].theirs, found.settings["compatibility"].ours) == ("dbt", "exact")
    assert [one.cause for one in found.causes] == ["whole_minutes"]
    assert 'Theirs was built with compatibility = "dbt", ours with compatibility = "exact".' in str(found)
    execute(duckdb, "DROP TABLE sessionmodels_builds_old_")
    assert compare(duckdb, prefix="old_").settings is None


@pytest.mark.parametrize("days", [{"since": "2026-02-01"}, {"until": "2026-01-01"}])
@pytest.mark.parametrize(("name", "asked"), [("sessions_by", {}), ("pages", {}), ("funnel", {"steps": ["view", "bought"]})])
def test_a_range_without_events(built, days, name, asked) -> None:
    """An answer without a figure says where the events are, unless there are some in the range."""
    note = "The events are from 2026-01-05 to 2026-01-06, so none is in the range."
    assert note in ask(built, name, **asked, **days).notes
    assert note not in ask(built, name, **asked, since="2026-01-05").notes
