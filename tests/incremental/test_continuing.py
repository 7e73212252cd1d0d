"""What a build that goes on from the last one does, tells and leaves behind."""

from dataclasses import replace

import pytest
from engines import params
from loads import FIRST, HOUR, Statements, loaded
from oracle import MINUTE, Raw, Rules, sessionize
from sqlalchemy.exc import OperationalError
from streams import OLD
from tables import assert_same, names_in, read, read_all, write_sources, write_tracks

from sessionmodels import BuildError, Settings, SettingsError, build_all, status
from sessionmodels.models import MODELS
from sessionmodels.relations.naming import DUPLICATES
from sessionmodels.warehouses import warehouse_of

PLAIN = Settings(layout=False)  # BigQuery's emulator forgets how tables are laid out


def test_what_an_incremental_build_tells(warehouse) -> None:
    """What came, how late it was, whom it touched, whose number changed; and the state goes with the rows.

    For all of it the source is read once, and what the build works in is gone after it.
    """
    write_tracks(warehouse, loaded(OLD, 100))
    first = build_all(warehouse, PLAIN, incremental=True)
    assert (first.mode, first.reason) == ("full", "no previous build is recorded")
    assert "Full build: no previous build is recorded" in str(first)
    early = Raw("early", "d0", None, "x", -10 * HOUR, 101 * HOUR)
    arrived = [*loaded(OLD, 100), early, Raw("odd", None, None, "x", 0, 101 * HOUR)]
    write_tracks(warehouse, arrived)
    statements = Statements(warehouse)
    result = build_all(warehouse, PLAIN, incremental=True)
    assert result.mode == "incremental"
    rolls_back = warehouse_of(warehouse.dialect.name).transactions.rolls_back
    assert statements.looks_and_scans() == ((0, 1) if rolls_back else (1, 1))
    came = result.increment
    assert came
    assert (came.events_new, came.late_events, came.visitors_touched) == (1, 1, 1)
    assert came.late_by_minutes == 111 * 60
    assert came.sessions_renumbered == len([row for row in sessionize(OLD)[0]["session_tracks"] if row["dbt_visitor_id"] == "d0"])
    assert result.source
    assert result.source.left_out["no_id"] == 1
    assert result.watermark
    assert result.watermark.timestamp() == 101 * 3600
    assert names_in(warehouse) == {"tracks", *(f"dbt_{name}" for name in MODELS)}
    assert_same(read_all(warehouse), sessionize(arrived)[0])


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
def test_a_duplicate_that_lost_is_kept(warehouse) -> None:
    """Where nothing came but a second row of an event, nobody is affected; it is kept, and the next build has nothing to do."""
    write_tracks(warehouse, FIRST)
    build_all(warehouse, PLAIN, incremental=True)
    stands = FIRST[0]
    again = Raw(stands.id, stands.anonymous_id, stands.user_id, stands.event, stands.timestamp, 101 * HOUR)
    write_tracks(warehouse, [*FIRST, again])
    result = build_all(warehouse, PLAIN, incremental=True)
    assert result.increment
    assert (result.mode, result.increment.events_new, result.increment.visitors_touched) == ("incremental", 1, 0)
    assert [row["event_id"] for row in read(warehouse, f"{DUPLICATES}_dbt_", Settings(table_prefix=""))] == [stands.id]
    assert build_all(warehouse, PLAIN, incremental=True).mode == "nothing"
    assert_same(read_all(warehouse), sessionize([*FIRST, again])[0])


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
