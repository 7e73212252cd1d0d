"""A build as a whole: what it returns, what it leaves after a failure, and what others see meanwhile."""

import json

import pytest
import sqlalchemy as sa
from engines import COMMITTING, ENGINES, params
from oracle import Raw, sessionize
from streams import NEW, OLD
from tables import assert_same, assert_whole, names_in, read, read_all, schema_of, write_tracks

from sessionmodels import Settings, SettingsError, TargetError, build_all, reading, top_users_by_avg_session_duration
from sessionmodels.model import Kind
from sessionmodels.models import MODELS
from sessionmodels.relations.naming import STAGED
from sessionmodels.rules.context import CONTEXT
from sessionmodels.source.reasons import REASONS


@pytest.mark.slow
def test_the_result(duckdb) -> None:
    """For each relation kind, rows and seconds; for the source what was read and what was not used; as text, HTML and data."""
    write_tracks(duckdb, [*OLD, OLD[0], Raw("z", None, " ", "x", 0), Raw("y", "d", None, "x", None)])
    result = build_all(duckdb)
    plain = json.loads(result.to_json())
    assert plain == result.to_dict()
    assert plain["source"] == {
        "events_read": 12,
        "events_kept": 9,
        "left_out": dict.fromkeys(REASONS, 0) | {"no_id": 1, "no_time": 1},
        "duplicates_removed": 1,
        "taken_as_null": [],
        "context_as_null": list(CONTEXT),
        "skipped": {},
        "junk_ids": {},
        "ignored_ids": {},
        "filtered": 0,
        "forgotten": 0,
        "sources": {
            "tracks": {
                "events_read": 12,
                "events_kept": 9,
                "left_out": dict.fromkeys(REASONS, 0) | {"no_id": 1, "no_time": 1},
                "duplicates_removed": 1,
                "taken_as_null": [],
                "watermark": None,
                "filtered": 0,
                "forgotten": 0,
            }
        },
    }
    assert {one["name"] for one in plain["relations"]} == set(MODELS)
    assert result["mapped_tracks"].rows == 9
    assert result["session_duration"].kind == "view"
    assert result["track_facts"].table.rpartition(".")[2] == "dbt_track_facts"
    assert all(one.seconds >= 0 for one in result.relations)
    assert "12 events read, 9 kept, 1 duplicate removed" in str(result)
    assert "Skipped 1 event: no anonymous_id or user_id" in str(result)
    assert "dbt_tracks_flow" in result._repr_html_()


@pytest.mark.slow
@pytest.mark.parametrize("warehouse", params("duckdb", "bigquery"), indirect=True)
def test_a_selection_builds_a_part(warehouse) -> None:
    """Only what is selected; the rest stays as it was, and nothing stray is left."""
    write_tracks(warehouse, OLD)
    with pytest.raises(
        TargetError, match=r"session_tracks reads dbt_sessions, which is not built yet; select '\+session_tracks'"
    ):
        build_all(warehouse, select="session_tracks")
    assert names_in(warehouse) == {"tracks"}
    result = build_all(warehouse, select="+session_tracks")
    assert {one.name for one in result.relations} == {"aliases_mapping", "session_events", "sessions", "session_tracks"}
    result = build_all(warehouse, select="session_tracks")
    assert result.source is None
    build_all(warehouse, select="user_session_facts")
    built = "aliases_mapping", "session_events", "sessions", "session_tracks", "user_session_facts"
    assert names_in(warehouse) == {"tracks", *(f"dbt_{name}" for name in built)}
    write_tracks(warehouse, NEW)
    before = read(warehouse, "user_session_facts")
    build_all(warehouse, select=["+session_tracks"])
    assert read(warehouse, "user_session_facts") == before
    assert_same({"session_tracks": read(warehouse, "session_tracks")}, {"session_tracks": sessionize(NEW)[0]["session_tracks"]})


@pytest.mark.slow
def test_a_part_loses_no_event(duckdb_results) -> None:
    """Events whose ids came after the mapping was built are their own visitors, not lost."""
    write_tracks(duckdb_results, [*OLD, Raw("n", "new", None, "x", 0)])
    build_all(duckdb_results, select="session_events")
    assert {"n": "new"}.items() <= {
        row["event_id"]: row["dbt_visitor_id"] for row in read(duckdb_results, "mapped_tracks")
    }.items()


@pytest.mark.slow
def test_results_in_a_schema_of_their_own(warehouse) -> None:
    """The schema is made where it is missing (`verify` builds in one that is there); the prefix may be empty.

    A column that nobody has sent yet is null of text, not of whatever an engine takes an untyped null for; and sums of integers
    are integers.
    """
    write_tracks(warehouse, OLD, without={"user_id", "uuid_ts"})
    settings = Settings(target_schema="analytics", table_prefix="")
    expected = sessionize(OLD)[0]
    for _ in range(1 if warehouse.dialect.name in COMMITTING else 2):  # where each statement commits, no table is filled again
        assert build_all(warehouse, settings)["track_facts"].table == "analytics.track_facts"
    found = read_all(warehouse, settings)
    assert_same(found, expected)
    assert_whole(found, expected)


@pytest.mark.slow
def test_each_relation_of_either_kind(warehouse) -> None:
    """A relation turns from table to view, and back as the next ones do, whatever reads it: two at a time.

    One that is a view unless set turns from view to table, and back. Where a build takes seconds, and where the same database has
    turned them all, the first one and one of those views turn back while one that reads and is read, and another view, turn.
    """
    write_tracks(warehouse, OLD)
    other: dict[str, Kind] = {name: "view" if kind == "table" else "table" for name, kind in Settings().kinds.items()}
    plain: dict[str, Kind] = dict(
        Settings().kinds
    )  # written out, so that tables turn back into views where each statement commits, too
    half = len(MODELS) // 2
    pairs = tuple(zip([*MODELS][:half], [*MODELS][half:], strict=True))
    few = ("aliases_mapping", "session_tracks"), ("sessions", "tracks_flow")
    turned = ((), *pairs, ()) if warehouse.dialect.name in ENGINES else few
    for names in turned:
        kinds: dict[str, Kind] = {**plain, **{name: other[name] for name in names}}
        settings = Settings(kinds=kinds)
        result = build_all(warehouse, settings)
        assert {one.name: one.kind for one in result.relations} == settings.kinds
        assert_same(read_all(warehouse), sessionize(OLD)[0])


@pytest.mark.slow
def test_a_prefix_in_another_case(duckdb_results) -> None:
    """DuckDB ignores case in names: the tables are the same ones."""
    write_tracks(duckdb_results, NEW)
    build_all(duckdb_results, Settings(table_prefix="DBT_"))
    assert_same(read_all(duckdb_results), sessionize(NEW)[0])


@pytest.mark.slow
def test_other_columns_than_before(old_results) -> None:
    """After a change of counters or depth the tables have the new columns; elsewhere, `verify` builds one over the other."""
    for chosen in ({"flow_depth": 7, "event_counters": {"c": ["x"]}}, {"flow_depth": 1, "compatibility": "dbt"}, {}):
        build_all(old_results, Settings(**chosen))
        flow = set(read(old_results, "tracks_flow")[0])
        depth = chosen.get("flow_depth", 5)
        assert {name for name in flow if name.startswith("event_")} - {"event_id"} == {f"event_{n}" for n in range(2, depth + 1)}
    assert_same(read_all(old_results), sessionize(OLD)[0])


def test_a_warehouse_that_is_none_of_ours() -> None:
    """SQLite is told so, and what there is."""
    with pytest.raises(SettingsError, match="'sqlite' is not supported; known are: bigquery, duckdb"):
        build_all(sa.create_engine("sqlite://"))


@pytest.mark.slow
def test_the_sample_analysis(old_results) -> None:
    """Average minutes by visitor, the longest first; equal ones by id, by code point."""
    durations: dict[str, list[float]] = {}
    for row in sessionize(OLD)[0]["session_duration"]:
        durations.setdefault(row["dbt_visitor_id"], []).append(row["session_duration"])
    averages = [(visitor, sum(minutes) / len(minutes)) for visitor, minutes in durations.items()]
    expected = sorted(averages, key=lambda row: (-row[1], row[0]))
    placed = reading.refuse_unbuilt(old_results, "session_duration", Settings())
    answer = reading.read(old_results, top_users_by_avg_session_duration(placed))
    assert (answer.columns, answer.rows) == (("dbt_visitor_id", "avg_session_duration"), tuple(expected))


@pytest.mark.slow
def test_an_in_memory_database() -> None:
    """DuckDB without a file."""
    engine = sa.create_engine("duckdb://")
    write_tracks(engine, OLD)
    build_all(engine)
    assert_same(read_all(engine), sessionize(OLD)[0])


@pytest.mark.parametrize(
    ("engine_given", "settings_given"), [("duckdb://", None), (None, None), (sa.create_engine("duckdb://"), {"idle_minutes": 3})]
)
def test_arguments_of_the_wrong_kind(engine_given, settings_given) -> None:
    """What is taken and what was found."""
    with pytest.raises(SettingsError, match=r"the (engine|settings) must be .*; found (str|NoneType|dict)"):
        build_all(engine_given, settings_given)


@pytest.mark.slow
def test_a_relation_that_was_not_built(duckdb) -> None:
    """The result says which were."""
    write_tracks(duckdb, OLD)
    with pytest.raises(KeyError, match="'session_track' was not built; did you mean 'session_tracks'"):
        build_all(duckdb)["session_track"]


@pytest.mark.slow
def test_the_source_is_never_overwritten(engine) -> None:
    """A prefix and a schema that give a result the source's name are refused, however the schema is told."""
    write_tracks(engine, OLD, name="raw_session_tracks")
    default = sa.inspect(engine).default_schema_name
    for schemas in ({}, {"target_schema": default}, {"source_schema": default}):
        settings = Settings(source_table="raw_session_tracks", table_prefix="raw_", **schemas)
        for select in (None, "session_tracks"):
            with pytest.raises(SettingsError, match="'raw_session_tracks' is also the name of a result"):
                build_all(engine, settings, select=select)
    build_all(engine, Settings(source_table="raw_session_tracks", table_prefix="raw_", target_schema="other"))
    write_tracks(engine, OLD, name=STAGED)
    with pytest.raises(SettingsError, match="as this package's own tables do"):
        build_all(engine, Settings(source_table=STAGED))


def test_the_source_in_another_spelling_is_never_overwritten(committing) -> None:
    """`dataset` and `project.dataset` are one place, and so are `PUBLIC` and `public`, and none at all."""
    write_tracks(committing, OLD, name="raw_session_tracks")
    dataset = schema_of(committing)
    database = str(committing.url.database).partition("/")[0]
    spellings = (None, dataset, f"proj.{dataset}") if dataset else (None, "public", "PUBLIC", f"{database}.public")
    settings = Settings(source_table="raw_session_tracks", table_prefix="raw_")
    for source, target in zip(spellings, (*spellings[1:], spellings[0]), strict=True):
        settings = settings.model_copy(update={"source_schema": source, "target_schema": target})
        with pytest.raises(SettingsError, match="is also the name of a result"):
            build_all(committing, settings)


@pytest.mark.slow
def test_names_are_not_markup() -> None:
    """A table named like a style, or a smiley, is shown as it is."""
    engine = sa.create_engine("duckdb://")
    write_tracks(engine, OLD)
    shown = str(build_all(engine, Settings(target_schema="[/x] :smile:")))
    assert "[/x] :smile:.dbt_tracks_flow" in shown
