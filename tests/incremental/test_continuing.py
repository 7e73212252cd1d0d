"""When a build goes on from the last one, when it is one in full and says why, and when it has nothing to do."""

from typing import Any

import pytest
import sqlalchemy as sa
from oracle import MINUTE, Raw, Rules, sessionize
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from streams import NEW, OLD
from tables import assert_same, names_in, read, read_all, schema_of, tracks_table, write_tracks

from sessionmodels import BuildError, Settings, SettingsError, TargetError, build_all, status
from sessionmodels.models import MODELS
from sessionmodels.relations.naming import DUPLICATES

pytestmark = pytest.mark.slow

HOUR = 60 * MINUTE
PLAIN = Settings(layout=False)  # BigQuery's emulator forgets how tables are laid out


def loaded(raws: list[Raw], at: int) -> list[Raw]:
    """Return the same rows as loaded at that hour."""
    return [Raw(raw.id, raw.anonymous_id, raw.user_id, raw.event, raw.timestamp, at * HOUR) for raw in raws]


FIRST, SECOND = loaded(OLD, 100), loaded(NEW, 101)
LATER = [*loaded(OLD, 1), Raw("later", "d", None, "x", 101 * HOUR, 101 * HOUR)]


class Statements:
    """What is run from now on, as it is written before an emulator's rules change it."""

    def __init__(self, engine: sa.Engine) -> None:
        self.run: list[str] = []
        event.listen(engine, "before_cursor_execute", self.note)

    def note(self, _connection, _cursor, statement, *_more) -> None:
        self.run.append(statement)

    def that(self, *words: str) -> list[str]:
        return [one for one in self.run if one.lstrip().upper().startswith(words)]


def test_nothing_new_is_one_cheap_look_and_no_write(warehouse) -> None:
    """One statement reads the source, from the overlap on; none writes."""
    write_tracks(warehouse, FIRST)
    build_all(warehouse, PLAIN, incremental=True)
    statements = Statements(warehouse)
    result = build_all(warehouse, PLAIN, incremental=True)
    assert (result.mode, result.number, result.relations) == ("nothing", 1, ())
    assert "No new events since build 1; nothing to do." in str(result)
    assert not statements.that("INSERT", "UPDATE", "DELETE", "MERGE", "CREATE", "DROP", "ALTER TABLE", "LOCK", "TRUNCATE")
    reads = [one for one in statements.that("WITH", "SELECT") if "uuid_ts" in one.lower() and "typed_events" in one]
    assert len(reads) == 1
    assert ">=" in reads[0]


def test_what_an_incremental_build_tells(warehouse) -> None:
    """What came, how late it was, whom it touched, whose number changed; and the state goes with the rows."""
    write_tracks(warehouse, loaded(OLD, 100))
    first = build_all(warehouse, PLAIN, incremental=True)
    assert (first.mode, first.reason) == ("full", "no previous build is recorded")
    assert "Full build: no previous build is recorded" in str(first)
    early = Raw("early", "d0", None, "x", -10 * HOUR, 101 * HOUR)
    write_tracks(warehouse, [*loaded(OLD, 100), early, Raw("odd", None, None, "x", 0, 101 * HOUR)])
    result = build_all(warehouse, PLAIN, incremental=True)
    assert result.mode == "incremental"
    came = result.increment
    assert came
    assert (came.events_new, came.late_events, came.visitors_touched) == (1, 1, 1)
    assert came.late_by_minutes == 111 * 60
    assert came.sessions_renumbered == len([row for row in sessionize(OLD)[0]["session_tracks"] if row["dbt_visitor_id"] == "d0"])
    assert result.source
    assert result.source.left_out["no_id"] == 1
    assert result.watermark
    assert result.watermark.timestamp() == 101 * 3600


def test_what_is_on_time_is_not_late(engine) -> None:
    """Nothing is late by any minutes where nothing is late."""
    write_tracks(engine, FIRST)
    build_all(engine, incremental=True)
    write_tracks(engine, [*FIRST, Raw("on time", "d", None, "x", 101 * HOUR - 11 * MINUTE, 101 * HOUR)])
    came = build_all(engine, incremental=True).increment
    assert came
    assert (came.events_new, came.late_events, came.late_by_minutes) == (1, 0, None)


def change(engine: sa.Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)


REASONS = {
    "another setting": (lambda _: None, {"idle_minutes": 29}, "the settings, the source's columns or the package's definitions"),
    "a build in full": (build_all, {}, "build 2 was not incremental, so there is no state to continue from"),
    "a build of a part": (lambda e: build_all(e, select="session_events"), {}, "build 2 built only some relations"),
    "a table is gone": (lambda e: change(e, "DROP TABLE dbt_user_session_facts"), {}, "dbt_user_session_facts is missing"),
    "the events are gone, and what shows them": (
        lambda e: change(e, "DROP TABLE dbt_session_events CASCADE"),
        {},
        "dbt_session_events is missing",
    ),
    "kept duplicates are gone": (
        lambda e: change(e, "DROP TABLE sessionmodels_duplicates_dbt_"),
        {},
        "sessionmodels_duplicates_dbt_ is missing",
    ),
    "a kept duplicate is new": (
        lambda e: change(e, "INSERT INTO sessionmodels_duplicates_dbt_ (event_id) VALUES ('mine')"),
        {},
        "sessionmodels_duplicates_dbt_ has 1 rows; it had 0 after the last build",
    ),
    "rows are gone": (
        lambda e: change(e, "DELETE FROM dbt_session_events WHERE event_id = 'e3'"),
        {},
        "dbt_session_events has 8 rows; it had 9 after the last build",
    ),
    "a column is new": (
        lambda e: change(e, "ALTER TABLE dbt_session_events ADD COLUMN mine INTEGER"),
        {},
        "dbt_session_events has other columns",
    ),
    "the state is gone": (
        lambda e: change(e, "DROP TABLE sessionmodels_builds_dbt_"),
        {},
        "no previous build is recorded",
    ),
    "a relation is a view": (
        lambda _: None,
        {"kinds": {"sessions": "view"}},
        "sessions must be a table",
    ),
}


@pytest.mark.parametrize("case", REASONS)
def test_in_full_and_why(engine, case) -> None:
    """Where there is nothing to go on from, a build is one in full, says why, and the next one goes on again."""
    act, chosen, why = REASONS[case]
    write_tracks(engine, LATER[:-1])
    build_all(engine, incremental=True)
    act(engine)
    write_tracks(engine, LATER)
    settings = Settings(**chosen)
    result = build_all(engine, settings, incremental=True)
    assert result.mode == "full"
    assert result.reason.startswith(why)
    if "idle_minutes" not in chosen:
        assert_same(read_all(engine, settings), sessionize(LATER)[0])
    again = build_all(engine, settings, incremental=True)
    assert again.mode == ("full" if "kinds" in chosen else "nothing")


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


def test_what_was_kept_goes_where_nothing_goes_on_from_it(warehouse) -> None:
    """A build in full that is not incremental drops the kept duplicates: they hold ids, and nobody would renew them."""
    write_tracks(warehouse, FIRST)
    kept = f"{DUPLICATES}_dbt_"
    for incremental, stands in ((True, True), (False, False)):
        build_all(warehouse, PLAIN, incremental=incremental)
        assert (kept in {name.lower() for name in sa.inspect(warehouse).get_table_names(schema_of(warehouse))}) == stands
    build_all(warehouse, PLAIN)
    assert_same(read_all(warehouse), sessionize(FIRST)[0])


def test_a_full_refresh(engine) -> None:
    """It can be asked for, and sees what no load time tells of: rows that are gone."""
    write_tracks(engine, FIRST)
    build_all(engine, incremental=True)
    write_tracks(engine, FIRST[1:])
    result = build_all(engine, incremental=True, full_refresh=True)
    assert (result.mode, result.reason) == ("full", "a full refresh was requested")
    assert_same(read_all(engine), sessionize(FIRST[1:])[0])


def test_a_source_without_load_times(engine) -> None:
    """Is built in full each time, keeps nothing, and says so."""
    table = tracks_table()
    columns = [table.c[name] for name in ("id", "anonymous_id", "user_id", "event", "timestamp")]
    write_tracks(engine, OLD)
    with engine.begin() as connection:
        connection.execute(sa.CreateTableAs(sa.select(*columns), "bare"))
    for _ in range(2):
        result = build_all(engine, Settings(source_table="bare"), incremental=True)
        assert (result.mode, result.watermark) == ("full", None)
        assert "no column that says when a row was loaded" in result.reason
    assert_same(read_all(engine), sessionize(OLD)[0])


def test_a_column_that_comes_later(engine) -> None:
    """The first login brings a `user_id` column into the source: everything is read anew, and logins count."""
    write_tracks(engine, FIRST)
    change(engine, "ALTER TABLE tracks DROP COLUMN user_id")
    build_all(engine, incremental=True)
    change(engine, "ALTER TABLE tracks ADD COLUMN user_id TEXT")
    write_tracks(engine, [*FIRST, *SECOND])
    assert "the source's columns" in build_all(engine, incremental=True).reason
    assert_same(read_all(engine), sessionize([*FIRST, *SECOND])[0])


def test_a_load_time_in_the_future_hides_nothing(engine) -> None:
    """A wrong clock does not move the watermark beyond now: what is loaded after it is seen all the same."""
    future = Raw("f", "d9", None, "x", 0, 4_102_444_800_000_000)  # 2100
    arrived = [*FIRST, future]
    write_tracks(engine, arrived)
    mark = build_all(engine, incremental=True).watermark
    assert mark
    arrived.append(Raw("g", "d9", None, "y", MINUTE, int(mark.timestamp()) * 1_000_000))
    write_tracks(engine, arrived)
    assert build_all(engine, incremental=True).mode == "incremental"
    assert_same(read_all(engine), sessionize(arrived)[0])


def test_load_times_of_days(engine) -> None:
    """A load time that is a date cuts the overlap off to the day; no row comes twice by it, also where duplicates are kept."""
    arrived: list[Raw] = []
    settings = Settings(source_table="by_day", deduplicate=False)
    change(
        engine,
        "CREATE TABLE tracks (id TEXT, anonymous_id TEXT, user_id TEXT, event TEXT, timestamp TIMESTAMPTZ, uuid_ts TIMESTAMPTZ)",
    )
    columns = "id, anonymous_id, user_id, event, timestamp, CAST(uuid_ts AS DATE) AS uuid_ts"
    change(engine, f"CREATE VIEW by_day AS SELECT {columns} FROM tracks")
    for day in range(3):
        arrived += [Raw(f"{day}{n}", "d", None, "x", day * 24 * HOUR + n * MINUTE, day * 24 * HOUR) for n in range(2)]
        write_tracks(engine, arrived)
        build_all(engine, settings, incremental=True)
        assert_same(read_all(engine, settings), sessionize(arrived, Rules(deduplicate=False))[0])


def test_prefixes_alike(engine) -> None:
    """`dbt` and `dbt_` are two places: what one keeps, the other does not go on from."""
    write_tracks(engine, FIRST)
    one, other = Settings(), Settings(table_prefix="dbt", deduplicate=False)
    build_all(engine, one, incremental=True)
    build_all(engine, other, incremental=True)
    write_tracks(engine, [*FIRST, *SECOND])
    for settings, rules in ((one, Rules()), (other, Rules(deduplicate=False))):
        assert build_all(engine, settings, incremental=True).mode == "incremental"
        assert_same(read_all(engine, settings), sessionize([*FIRST, *SECOND], rules)[0])


def test_a_place_in_other_spellings(duckdb) -> None:
    """DuckDB's names differ by more than case, and `main` is the default schema: nobody goes on from another's build."""
    write_tracks(duckdb, FIRST)
    others: tuple[dict[str, Any], ...] = (
        {},
        {"table_prefix": "DBT_", "event_counters": {"c": ["x"]}},
        {},
        {"target_schema": "main"},
        {},
    )
    for chosen in others:
        settings = Settings(**chosen)
        assert build_all(duckdb, settings, incremental=True).mode == "full"
    assert_same(read_all(duckdb), sessionize(FIRST)[0])


def test_times_that_python_cannot_tell(engine) -> None:
    """Load times and events beyond the year 9999, or before the year 1, stop no build and hide no row."""
    write_tracks(engine, FIRST)
    build_all(engine, incremental=True)
    for time in ("'0001-01-01 00:00:00+00'", "'20000-01-01 00:00:00+00'"):
        change(engine, f"INSERT INTO tracks VALUES ('far{time[1:4]}', 'far', NULL, 'x', {time}, {time})")
        assert build_all(engine, incremental=True).mode in {"incremental", "nothing"}
    write_tracks(engine, [*FIRST, *SECOND])
    build_all(engine, incremental=True)
    assert_same(read_all(engine), sessionize([*FIRST, *SECOND])[0])


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


def test_a_table_of_builds_of_another_version(engine) -> None:
    """Columns that it lacks are added, and the build is one in full; a view in its place is refused, with the way out."""
    write_tracks(engine, FIRST)
    build_all(engine, incremental=True)
    change(engine, "ALTER TABLE sessionmodels_builds_dbt_ DROP COLUMN late_events")
    assert build_all(engine, incremental=True).mode == "full"
    assert build_all(engine, incremental=True).mode == "nothing"
    change(engine, "DROP TABLE sessionmodels_builds_dbt_")
    change(engine, "CREATE VIEW sessionmodels_builds_dbt_ AS SELECT 1 AS number")
    with pytest.raises(TargetError, match=r"sessionmodels_builds_dbt_ \(a view\).*Rename or drop it"):
        build_all(engine, incremental=True)


def test_rows_that_went_within_the_overlap(engine) -> None:
    """Loaders that delete and insert: what is gone from the window that is read again is gone from the results."""
    write_tracks(engine, FIRST)
    build_all(engine, incremental=True)
    write_tracks(engine, FIRST[2:])
    assert build_all(engine, incremental=True).mode == "incremental"
    assert_same(read_all(engine), sessionize(FIRST[2:])[0])


def test_a_longer_overlap_reads_further_back(engine) -> None:
    """A row that landed later than the overlap is missed, as the audit tells; a longer overlap finds it."""
    write_tracks(engine, LATER)
    build_all(engine, incremental=True)
    missed = Raw("missed", "d", None, "x", 0, 90 * HOUR)
    write_tracks(engine, [*LATER, missed])
    assert build_all(engine, incremental=True).mode == "nothing"
    assert build_all(engine, Settings(overlap_hours=12), incremental=True).mode == "incremental"
    assert_same(read_all(engine), sessionize([*LATER, missed])[0])


def test_nothing_stray(warehouse) -> None:
    """What an incremental build works in is gone after it."""
    write_tracks(warehouse, FIRST)
    build_all(warehouse, PLAIN, incremental=True)
    write_tracks(warehouse, [*FIRST, *SECOND])
    assert build_all(warehouse, PLAIN, incremental=True).mode == "incremental"
    assert names_in(warehouse) == {"tracks", *(f"dbt_{name}" for name in MODELS)}
    assert_same(read_all(warehouse), sessionize([*FIRST, *SECOND])[0])


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
        ({"wait": -1}, "wait: expected a duration such as 90s, 10m or 1h, got -1"),
        ({"wait": "soon"}, "wait: expected a duration such as 90s, 10m or 1h, got 'soon'"),
    ],
)
def test_what_contradicts_itself(duckdb, chosen, words) -> None:
    """Is refused before anything is touched, and says what to leave out."""
    with pytest.raises(SettingsError, match=words):
        build_all(duckdb, **chosen)


def test_a_build_in_a_dataset_of_its_own(committing) -> None:
    """The state and the kept duplicates stand beside the results, wherever these are."""
    write_tracks(committing, FIRST)
    settings = Settings(source_schema=schema_of(committing) or "public", target_schema=f"t{id(committing)}", layout=False)
    assert build_all(committing, settings, incremental=True).mode == "full"
    write_tracks(committing, [*FIRST, *SECOND])
    assert build_all(committing, settings, incremental=True).mode == "incremental"
    assert_same(read_all(committing, settings), sessionize([*FIRST, *SECOND])[0])
