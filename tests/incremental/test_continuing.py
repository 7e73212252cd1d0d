"""What a build that goes on from the last one does, tells and leaves behind."""

from dataclasses import replace

import pytest
from engines import params
from loads import FIRST, HOUR, SECOND, Statements
from oracle import MINUTE, Raw, Rules, sessionize
from sqlalchemy.exc import OperationalError
from tables import assert_same, names_in, read, read_all, write_sources, write_tracks

from sessionmodels import BuildError, Settings, SettingsError, build_all, plan_all, status
from sessionmodels.models import MODELS
from sessionmodels.relations.naming import DUPLICATES
from sessionmodels.warehouses import warehouse_of

PLAIN = Settings(layout=False)  # BigQuery's emulator forgets how tables are laid out
BUILT = {"tracks", *(f"dbt_{name}" for name in MODELS)}


@pytest.mark.slow
def test_a_build_goes_on_from_the_last_one(warehouse) -> None:
    """In full, on from that, and nothing to do: each build does what its dry run shows, and tells what it did."""
    write_tracks(warehouse, FIRST)
    is_in_full_at_first(warehouse)
    early = Raw("early", "d0", None, "x", -10 * HOUR, 101 * HOUR)
    arrived = [*FIRST, early, Raw("odd", None, None, "x", 0, 101 * HOUR)]
    write_tracks(warehouse, arrived)
    goes_on(warehouse, sessionize(FIRST)[0])
    assert_same(read_all(warehouse), sessionize(arrived)[0])
    writes_nothing_where_nothing_came(warehouse)
    assert_same(read_all(warehouse), sessionize(arrived)[0])
    assert build_all(warehouse, PLAIN, incremental=True).mode == "nothing"


def is_in_full_at_first(warehouse) -> None:
    """Where nothing was built yet, there is nothing to go on from."""
    planned = plan_all(warehouse, PLAIN, incremental=True)
    assert (planned.mode, planned.reason) == ("full", "no previous build is recorded")
    assert "-- Full build: no previous build is recorded." in str(planned)
    result = build_all(warehouse, PLAIN, incremental=True)
    assert (result.mode, result.reason) == ("full", "no previous build is recorded")
    assert "Full build: no previous build is recorded" in str(result)


def goes_on(warehouse, before: dict[str, list[dict]]) -> None:
    """What came, how late it was, whom it touched, whose number changed; and the state goes with the rows.

    For all of it the source is read once, by load time, and what the build works in is gone after it. Where no table is
    temporary, a statement first asks for the number of rows and their load times. A dry run touches nothing.
    """
    planned = plan_all(warehouse, PLAIN, incremental=True)
    assert (planned.mode, planned.new_rows) == ("incremental", 1)
    assert "-- Incremental build: 1 new row" in str(planned)
    assert_same(read_all(warehouse), before)
    assert (names_in(warehouse), len(status(warehouse).builds)) == (BUILT, 1)
    statements, taken = Statements(warehouse), []
    result = build_all(
        warehouse, PLAIN, incremental=True, watch=lambda _done, _known, step: taken.append((step.relation_name, step.action))
    )
    # Where the window goes into a temporary table, it is read before the build, to find out whether there is anything to do.
    before_it = [("tracks", "read the newly loaded rows")] if rolls_back(warehouse) else []
    assert [(step.relation, step.action) for step in planned] == [*before_it, *taken]
    assert statements.looks_and_scans() == ((0, 1) if rolls_back(warehouse) else (1, 1))
    assert result.mode == "incremental"
    came = result.increment
    assert came
    assert (came.events_new, came.late_events, came.visitors_touched) == (1, 1, 1)
    assert came.late_by_minutes == 111 * 60
    assert came.sessions_renumbered == len([row for row in before["session_tracks"] if row["dbt_visitor_id"] == "d0"])
    assert result.source
    assert result.source.left_out["no_id"] == 1
    assert result.watermark
    assert result.watermark.timestamp() == 101 * 3600
    assert names_in(warehouse) == BUILT


def writes_nothing_where_nothing_came(warehouse) -> None:
    """Only a temporary table, which is rolled back, on an engine that can do so. Elsewhere it is enough to look."""
    nothing = plan_all(warehouse, PLAIN, incremental=True)
    assert (nothing.mode, tuple(nothing)) == ("nothing", ())
    statements = Statements(warehouse)
    result = build_all(warehouse, PLAIN, incremental=True)
    assert (result.mode, result.number, result.relations) == ("nothing", 2, ())
    assert "No new events since build 2; nothing to do." in str(result)
    assert statements.looks_and_scans() == ((0, 1) if rolls_back(warehouse) else (1, 0))
    written = statements.that("INSERT", "UPDATE", "DELETE", "MERGE", "CREATE", "DROP", "ALTER TABLE", "LOCK", "TRUNCATE")
    assert [one.split(" AS ")[0] for one in written] == (
        ["CREATE TEMPORARY TABLE sessionmodels_window"] if rolls_back(warehouse) else []
    )
    assert names_in(warehouse) == BUILT


def rolls_back(engine) -> bool:
    return warehouse_of(engine.dialect.name).transactions.rolls_back


@pytest.mark.slow
def test_a_window_of_a_build_that_fails_is_dropped(built) -> None:
    """The connection goes back to its pool, and the next build reads the window again."""
    write_tracks(built, [*FIRST, *SECOND])

    def stop(_done, _known, step) -> None:
        if step.action == "find new and removed rows":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_all(built, incremental=True, watch=stop)
    result = build_all(built, incremental=True)
    assert result.mode == "incremental"
    assert_same(read_all(built), sessionize([*FIRST, *SECOND])[0])


@pytest.mark.slow
def test_sessions_of_one_moment_are_renumbered_once_each(duckdb) -> None:
    """Also if their first events have one id: where duplicates are kept, and each of them starts a session."""
    twice = [Raw("s", "d", None, "start", 10 * HOUR, 100 * HOUR)] * 2
    settings = Settings(deduplicate=False, start_events=["start"])
    write_tracks(duckdb, twice)
    build_all(duckdb, settings, incremental=True)
    write_tracks(duckdb, [*twice, Raw("early", "d", None, "x", 0, 101 * HOUR)])
    result = build_all(duckdb, settings, incremental=True)
    assert result.increment is not None
    assert (result["sessions"].rows, result.increment.sessions_renumbered) == (3, 2)


@pytest.mark.slow
@pytest.mark.parametrize("sources", [("tracks",), ("tracks", "pages")], ids="-".join)
def test_an_event_whose_duplicate_comes_late_stays_somebodys(duckdb, sources) -> None:
    """A row that changes nothing about its event, while the event's visitor is computed again because of another device."""
    login = Raw("login", "d9", "u", "x", 0, 100 * HOUR)
    event = Raw("late", "d9", None, "x", 1, 100 * HOUR)
    raws = [login, event, Raw("other", "d1", "u", "x", 2, 100 * HOUR)]
    late = replace(event, source=sources[-1], timestamp=MINUTE // 2, loaded_at=101 * HOUR)
    settings = Settings(identity="point_in_time", sources=list(sources), max_duplicate_share=1)
    write_sources(duckdb, raws, dict.fromkeys(sources, ()))
    build_all(duckdb, settings, incremental=True)
    raws += [Raw("new", "d1", "u", "x", 3, 101 * HOUR), late]
    write_sources(duckdb, raws, dict.fromkeys(sources, ()))
    assert build_all(duckdb, settings, incremental=True).mode == "incremental"
    named = tuple((name, None) for name in sources)
    assert_same(read_all(duckdb, settings), sessionize(raws, Rules(identity="point_in_time", sources=named))[0])


@pytest.mark.slow
@pytest.mark.parametrize("warehouse", params("duckdb", "postgresql", "bigquery"), indirect=True)
def test_where_nothing_came_that_touches_anybody(warehouse) -> None:
    """A second row of an event, which is kept, and then rows that are no events, which are counted: each is read once.

    The next build has nothing to do.
    """
    write_tracks(warehouse, FIRST)
    build_all(warehouse, PLAIN, incremental=True)
    again = replace(FIRST[0], loaded_at=101 * HOUR)
    rejected = [Raw("odd", None, None, "x", 0, 102 * HOUR), Raw(None, "d", None, "x", 0, 102 * HOUR)]
    for arrived, new in (([*FIRST, again], 1), ([*FIRST, again, *rejected], 0)):
        write_tracks(warehouse, arrived)
        statements = Statements(warehouse)
        result = build_all(warehouse, PLAIN, incremental=True)
        assert statements.looks_and_scans() == ((0, 1) if rolls_back(warehouse) else (1, 1))
        assert result.increment
        assert result.source
        assert (result.mode, result.increment.events_new, result.increment.visitors_touched) == ("incremental", new, 0)
        assert sum(result.source.left_out.values()) == sum(one in rejected for one in arrived)
        kept = read(warehouse, f"{DUPLICATES}_dbt_", Settings(table_prefix=""))
        assert [row["event_id"] for row in kept] == [again.id]
        assert build_all(warehouse, PLAIN, incremental=True).mode == "nothing"
        assert_same(read_all(warehouse), sessionize(arrived)[0])


@pytest.mark.slow
def test_a_commit_whose_outcome_is_unknown(duckdb, monkeypatch) -> None:
    """Where the answer to a commit is lost, what was committed stays written down as done, and nothing untrue is told."""
    write_tracks(duckdb, FIRST)
    commit = duckdb.dialect.do_commit
    ended = []

    def lose_the_answer(connection) -> None:
        commit(connection)
        if ended and len(ended) == 1:
            ended.append("lost")
            lost = Exception("connection reset")
            statement = "COMMIT"
            raise OperationalError(statement, {}, lost)

    monkeypatch.setattr(duckdb.dialect, "do_commit", lose_the_answer)

    def end(_done, _known, step) -> None:
        if step.action == "drop temporary tables" or step.relation_name == "user_session_facts":
            ended[:] = ["soon"]

    with pytest.raises(BuildError, match="It is unknown whether anything was changed"):
        build_all(duckdb, incremental=True, watch=end)
    assert status(duckdb).builds[0].outcome == "done"
    assert build_all(duckdb, incremental=True).mode == "nothing"


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"incremental": True, "select": "tracks_flow"}, "an incremental build is of all relations"),
        ({"full_refresh": True}, "add incremental .* or remove it"),
        ({"audit": 0.5, "select": "tracks_flow"}, "an audit is of all relations"),
        ({"audit": 5}, "audit=5 is no share"),
        ({"audit": True}, "audit=True is no share"),
        ({"audit": "half"}, "audit='half' is no share of the visitors; write it such as audit=0.005 or audit='0.5%'"),
        ({"audit": "101%"}, "audit='101%' is no share"),
        ({"wait": -1}, "wait: expected a duration such as 90s, 10m, 1h or 7d, got -1"),
        ({"wait": "soon"}, "wait: expected a duration such as 90s, 10m, 1h or 7d, got 'soon'"),
    ],
)
def test_what_contradicts_itself(duckdb, chosen, words) -> None:
    """Is refused before anything is touched, and says what to leave out."""
    with pytest.raises(SettingsError, match=words):
        build_all(duckdb, **chosen)
