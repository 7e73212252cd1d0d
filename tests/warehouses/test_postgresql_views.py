"""Views on PostgreSQL, ours and those of others, when the tables that they read are built anew."""

import pytest
from oracle import sessionize
from streams import NEW, OLD
from tables import assert_same, read_all, write_tracks
from written import execute, scalar

from sessionmodels import BuildError, Settings, TargetError, build_all

pytestmark = pytest.mark.slow


def test_views_of_others_answer_from_the_new_rows(postgresql_results) -> None:
    """On our tables and on our views, after a rebuild and after a change of columns."""
    execute(postgresql_results, "CREATE VIEW busy AS SELECT session_id, num_pvs FROM dbt_sessions")
    execute(postgresql_results, "CREATE VIEW long AS SELECT * FROM dbt_session_duration")
    write_tracks(postgresql_results, NEW)
    build_all(postgresql_results)
    sessions = len(sessionize(NEW)[0]["session_tracks"])
    assert scalar(postgresql_results, "SELECT count(*) FROM busy") == sessions
    assert scalar(postgresql_results, "SELECT count(*) FROM long") == sessions
    build_all(postgresql_results, Settings(event_counters={"other": ["y"]}))
    assert scalar(postgresql_results, "SELECT count(*) FROM busy") == sessions
    assert scalar(postgresql_results, "SELECT sum(other) FROM dbt_sessions") == len(NEW)


def test_a_column_that_somebody_reads_is_not_dropped(postgresql_results) -> None:
    """The error names the view that stands in the way, and everything is as it was."""
    execute(postgresql_results, "CREATE VIEW signups AS SELECT sum(cnt_signup) AS n FROM dbt_sessions")
    write_tracks(postgresql_results, NEW)
    with pytest.raises(BuildError, match=r"sessions: could not drop the column cnt_signup: .*(\n.*)*view public.signups depends"):
        build_all(postgresql_results, Settings(event_counters={"other": ["y"]}))
    with pytest.raises(BuildError) as caught:
        build_all(postgresql_results, Settings(event_counters={"other": ["y"]}))
    assert "CASCADE" not in str(caught.value), "the database's hint would drop the view"
    assert "create it again after the build, or build into another target_schema" in str(caught.value)
    assert_same(read_all(postgresql_results), sessionize(OLD)[0])


def test_our_views_are_remade_when_what_they_read_changes_its_type(postgresql) -> None:
    """Tables that an older project left behind have other types; our view on them is dropped and made again."""
    write_tracks(postgresql, OLD)
    execute(
        postgresql,
        "CREATE TABLE dbt_sessions (session_id varchar(9), dbt_visitor_id integer, session_start_at date, old text)",
    )
    execute(postgresql, "CREATE TABLE dbt_session_track_facts (session_id varchar(9), ended_at date)")
    execute(
        postgresql,
        "CREATE VIEW dbt_session_duration AS SELECT session_id, ended_at FROM dbt_sessions JOIN dbt_session_track_facts"
        " USING (session_id)",
    )
    build_all(postgresql, replace_existing=True)
    assert_same(read_all(postgresql), sessionize(OLD)[0])


def test_a_view_that_is_right_is_left_alone(postgresql_results) -> None:
    """Replacing it would wait for its readers and lock out new ones; after a change of setting it is replaced all the same."""
    oid = "SELECT xmin::text FROM pg_class WHERE relname = 'dbt_session_duration'"
    before = scalar(postgresql_results, oid)
    build_all(postgresql_results)
    assert scalar(postgresql_results, oid) == before
    build_all(postgresql_results, Settings(compatibility="dbt"))
    assert scalar(postgresql_results, "SELECT pg_typeof(session_duration)::text FROM dbt_session_duration LIMIT 1") == "bigint"
    execute(
        postgresql_results,
        "CREATE OR REPLACE VIEW dbt_session_duration AS SELECT dbt_visitor_id, session_id, 7::bigint AS session_duration"
        " FROM dbt_session_tracks",
    )
    build_all(postgresql_results, Settings(compatibility="dbt"))
    assert scalar(postgresql_results, "SELECT max(session_duration) FROM dbt_session_duration") != 7


def test_our_views_on_what_is_selected_are_remade(postgresql_results) -> None:
    """A part that turns from table to view does not stumble over our own view on it, which was not selected."""
    for kind in ("view", "table"):
        build_all(postgresql_results, Settings(kinds={"sessions": kind}), select="sessions")
        assert_same(read_all(postgresql_results), sessionize(OLD)[0])


def test_a_view_that_is_to_be_a_table_and_was_not_selected(postgresql) -> None:
    """It stands in the way of what was selected, and the error says what to select."""
    write_tracks(postgresql, OLD)
    build_all(postgresql, Settings(kinds={"sessions": "view", "session_events": "view"}))
    with pytest.raises(
        TargetError, match="sessions is a view that reads what would change, and is set to a table now; select it"
    ):
        build_all(postgresql, select="session_events")
    build_all(postgresql)
    assert_same(read_all(postgresql), sessionize(OLD)[0])
