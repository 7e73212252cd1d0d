"""BigQuery and Snowflake, where each statement commits: nothing is touched until all is built, and what is left is cleared up."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from engines import on
from faults import FaultAt, lease_has_ended
from google.cloud.bigquery import Table
from oracle import Raw, sessionize
from sqlalchemy import event
from sqlalchemy.schema import DropTable
from standing import standing
from streams import NEW, OLD
from tables import assert_same, assert_same_part, names_in, read_all, schema_of, write_tracks

from sessionmodels import BuildError, LockedError, Settings, build_all
from sessionmodels.models import MODELS
from sessionmodels.offline.documented import documented_graph
from sessionmodels.relations.naming import SHADOW
from sessionmodels.warehouses.bigquery import BIGQUERY
from sessionmodels.warehouses.render import dialect_of
from sessionmodels.warehouses.warehouse import Job

PLAIN = Settings(layout=False)
RESULTS = {"tracks", *(f"dbt_{name}" for name in MODELS)}


def fill_old(engine) -> None:
    """Make results of an old source, and a new source."""
    write_tracks(engine, OLD)
    build_all(engine, PLAIN)
    write_tracks(engine, NEW)


old_built = standing(fill_old)


def built_and_arrived(engine: sa.Engine) -> tuple[list[Raw], list[Raw]]:
    """Return of which rows the results are, and which stand in the source: whoever builds turns them about."""
    return (OLD, NEW) if count(engine, "tracks") == len(NEW) else (NEW, OLD)


def count(engine: sa.Engine, name: str) -> int:
    with engine.connect() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(sa.table(name, schema=schema_of(engine)))).scalar_one()


PART = "aliases_mapping", "session_events", "sessions"
"""What `+sessions` selects, where two or three tables show all that the test is about: a build of all ten takes seconds."""

NOTHING_YET = (
    "tracks: read and clean the events",  # before the first shadow table
    "sessions: create the table",  # while tables are shadowed
    "check the lock",  # all is ready, and nobody has seen any of it
)
SOME_OR_ALL = (
    "aliases_mapping: swap in the new rows",  # it is written down that results are being replaced, and none is
    "session_events: swap in the new rows",  # between two swaps
    "user_session_facts: swap in the new rows",  # all but the last are new
    "record that it is done",  # after the last swap
    "session_events: drop its working table",  # in clean-up
)
GONE = (
    "session_events: create the table",  # nothing can be swept up
    "session_duration: replace the view",  # nor be said to be half done
    "tracks: drop the clean events",
)


def counts(engine: sa.Engine) -> dict[str, int]:
    """Return how many rows each relation has, in one look."""
    tables = {name: sa.table(f"dbt_{name}", schema=schema_of(engine)) for name in MODELS}
    each = (sa.select(sa.literal(name), sa.func.count()).select_from(table) for name, table in tables.items())
    with engine.connect() as connection:
        return dict(connection.execute(sa.union_all(*each)).all())


ONCE = [*NOTHING_YET, *SOME_OR_ALL]
MOMENTS = [
    *(on("bigquery", moment, False, id=f"bigquery-{moment}") for moment in ONCE),
    *(on("bigquery", moment, True, id=f"bigquery-{moment}, and nothing goes any more") for moment in GONE),
    # The steps are the same, and no dialect decides what a fault leaves behind: one moment of each kind.
    *(on("snowflake", moment, False, id=f"snowflake-{moment}") for moment in (NOTHING_YET[1], SOME_OR_ALL[1])),
    on("snowflake", GONE[1], True, id=f"snowflake-{GONE[1]}, and nothing goes any more"),
]


@pytest.mark.parametrize(("old_built", "moment", "for_good"), MOMENTS, indirect=["old_built"])
def test_a_fault_at_a_step(old_built, moment, for_good) -> None:
    """Until results are put in place the old ones stand; from then on the error says that they differ. The next build mends.

    A build takes seconds on an emulator. These moments differ in what has happened by then: before the first table, while
    tables are shadowed, before the lock is checked, before, between and after the swaps, and in clean-up.
    """
    with old_built.unless_it_fails() as engine:
        built, arrived = built_and_arrived(engine)
        old, new = sessionize(built)[0], sessionize(arrived)[0]
        with FaultAt(engine, moment, for_good=for_good) as fault, pytest.raises(BuildError) as caught:
            build_all(engine, PLAIN, watch=fault.watch)
        lease_has_ended(engine)
        assert fault.struck
        told = str(caught.value)
        changed = "Some relations are already new" in told or "All relations are already new" in told
        assert changed != ("Nothing was changed." in told)
        assert changed == (moment not in {*NOTHING_YET, GONE[0]})
        stray = names_in(engine) - RESULTS
        assert all(name.startswith(SHADOW) for name in stray)
        assert for_good or "others are unchanged" in told or not stray, "all is swept up"
        if not changed:
            assert_same(read_all(engine), old)
        for name, found in counts(engine).items():  # each is of one build or of the other
            assert found in {len(old[name]), len(new[name])}, name
        if changed or for_good:
            build_all(engine, PLAIN)
            assert names_in(engine) == RESULTS
            assert_same(read_all(engine), new)
            write_tracks(engine, built)


@pytest.mark.parametrize("old_built", [on("bigquery")], indirect=True)
def test_what_readers_see(old_built) -> None:
    """At every step of a build: the old rows until results are put in place, one relation after the other."""
    with old_built.unless_it_fails() as engine:
        built, arrived = built_and_arrived(engine)
        old, new = ({name: len(rows) for name, rows in sessionize(raws)[0].items()} for raws in (built, arrived))
        begun = False

        def look(_done, _total, step) -> None:
            nonlocal begun
            begun |= step.in_place
            found = counts(engine)
            assert begun or found == old
            assert all(found[name] in {old[name], new[name]} for name in MODELS)

        build_all(engine, PLAIN, watch=look)
        assert begun
        assert_same(read_all(engine), sessionize(arrived)[0])
        write_tracks(engine, built)


def test_two_builds_of_other_tables_leave_each_other_alone(bigquery_dataset) -> None:
    """What a build of another prefix is making in the same schema is not cleared up."""
    write_tracks(bigquery_dataset, OLD)
    once = []

    def build_another(_done, _total, step) -> None:
        if step.relation_name == "session_events" and not once:
            once.append(step)
            build_all(bigquery_dataset, Settings(table_prefix="other_"), select="+sessions")

    build_all(bigquery_dataset, select="+sessions", watch=build_another)
    assert once
    for prefix in ("dbt_", "other_"):
        assert_same_part(bigquery_dataset, PART, sessionize(OLD)[0], Settings(table_prefix=prefix))


def test_a_second_build_of_the_same_tables_leaves(committing) -> None:
    """Whenever it comes, it says who is building; the first goes on as if nothing had been."""
    write_tracks(committing, OLD)
    left = ["tracks", "aliases_mapping", "sessions"]

    def build_again(_done, _total, step) -> None:
        if step.relation_name in left[:1]:
            left.pop(0)
            with pytest.raises(LockedError, match=r"is running \(\S+ process \d+\); wait for it .*Nothing was changed"):
                build_all(committing)

    build_all(committing, select="+sessions", watch=build_again)
    assert not left
    assert_same_part(committing, PART, sessionize(OLD)[0])
    assert names_in(committing) == {"tracks", *(f"dbt_{name}" for name in PART)}


def test_schemas_of_other_databases(snowflake_database) -> None:
    """`database.schema` to read from, and to write to, made where it is missing; the session stays where it was."""
    with snowflake_database.connect() as connection:
        connection.exec_driver_sql("CREATE DATABASE elsewhere")
    snowflake_database.dispose()
    write_tracks(snowflake_database, OLD)  # the emulator describes tables of the connection's own database only
    here = str(snowflake_database.url.database).partition("/")[0]
    settings = Settings(source_schema=f"{here}.public", target_schema="elsewhere.analytics")
    for _ in range(2):
        build_all(snowflake_database, settings, select="+session_tracks")
        assert_same_part(snowflake_database, (*PART, "session_tracks"), sessionize(OLD)[0], settings)
    with snowflake_database.connect() as connection:
        assert connection.execute(sa.select(sa.func.current_schema())).scalar() == "PUBLIC"


def test_another_layout_in_a_dataset_of_a_project(bigquery_dataset) -> None:
    """`project.dataset`, to read from and to write to; and a table that cannot be replaced for its layout is dropped first.

    The emulator has one project.
    """
    write_tracks(bigquery_dataset, OLD)
    target = f"other{bigquery_dataset.dialect.dataset_id}"
    places: dict = {"source_schema": f"proj.{bigquery_dataset.dialect.dataset_id}", "target_schema": f"proj.{target}"}
    for settings in (Settings(**places), Settings(**places, layout=False), Settings(**places, bigquery_partition_by="month")):
        build_all(bigquery_dataset, settings, select="+session_tracks")
        assert_same_part(bigquery_dataset, (*PART, "session_tracks"), sessionize(OLD)[0], settings)


@contextmanager
def unable(*_errors: type[Exception]) -> Iterator[None]:
    """Sweep nothing up, as a process that was killed."""
    raise SystemError
    yield


def test_what_is_left_under_capitals(snowflake_database) -> None:
    """What a killed build of a prefix with capitals has left is cleared up as well, where names are kept in capitals."""
    settings = Settings(table_prefix="Big_")
    write_tracks(snowflake_database, OLD)

    def die(_done, _total, step) -> None:
        if step.relation_name == "sessions":
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sessionmodels.execution.executor.suppress", unable)
        with pytest.raises((KeyboardInterrupt, SystemError)):
            build_all(snowflake_database, settings, select="+sessions", watch=die)
    assert any(name.startswith(SHADOW) for name in names_in(snowflake_database))
    build_all(snowflake_database, settings, select="+sessions")
    assert not any(name.startswith(SHADOW) for name in names_in(snowflake_database))
    assert_same_part(snowflake_database, PART, sessionize(OLD)[0], settings)


def test_a_result_that_must_be_dropped_first_is_not_lost(bigquery_dataset) -> None:
    """Where a view turns into a table and the next statement fails, its rows are still beside it, and the next build mends it."""
    write_tracks(bigquery_dataset, OLD)
    build_all(bigquery_dataset, Settings(kinds={"session_events": "view"}), select="+session_events")

    def spoil(_connection, _cursor, statement, parameters, _context, _many):
        struck = statement.startswith("CREATE OR REPLACE TABLE") and "dbt_session_events" in statement.split("CLONE")[0]
        return ("SELECT injected FROM fault", {}) if struck else (statement, parameters)

    event.listen(bigquery_dataset, "before_cursor_execute", spoil, retval=True)
    lost = r"session_events: could not swap in the new rows.*\n.*the one named here may be missing"
    with pytest.raises(BuildError, match=lost):
        build_all(bigquery_dataset, select="+session_events")
    event.remove(bigquery_dataset, "before_cursor_execute", spoil)
    assert any(name.startswith(SHADOW) and name.endswith("dbt_session_events") for name in names_in(bigquery_dataset))
    build_all(bigquery_dataset, select="+session_events")
    assert names_in(bigquery_dataset) == {"tracks", "dbt_aliases_mapping", "dbt_session_events"}
    assert_same_part(bigquery_dataset, PART[:2], sessionize(OLD)[0])


@pytest.mark.parametrize(
    ("committing", "settings"),
    [
        on("bigquery", Settings(), id="bigquery"),
        on("snowflake", Settings(snowflake_cluster_above=0), id="snowflake"),
    ],
    indirect=["committing"],
)
def test_what_is_put_in_place_is_known_as_ours_at_once(committing, settings) -> None:
    """A first build that stops between two of its places is followed by another, even if its table of builds is lost."""
    write_tracks(committing, OLD)

    def stop(_done, _total, step) -> None:
        if step.in_place and step.relation_name == "sessions":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_all(committing, settings, select="+sessions", watch=stop)
    assert "dbt_session_events" in names_in(committing)
    assert "dbt_sessions" not in names_in(committing)
    table = sa.Table("sessionmodels_builds_dbt_", sa.MetaData(), schema=schema_of(committing))
    with committing.begin() as connection:
        connection.execute(DropTable(table))
    build_all(committing, settings, select="+sessions")
    assert names_in(committing) == {"tracks", *(f"dbt_{name}" for name in PART)}
    assert_same_part(committing, PART, sessionize(OLD)[0])


@pytest.mark.parametrize("by", ["day", "month"])
@pytest.mark.parametrize("plain", [False, True])
def test_bigquery_tells_the_layout_that_it_was_given(bigquery_dataset, monkeypatch, by, plain) -> None:
    """What Google's client reads of a table laid out as we do it is what we would lay out: it is replaced, not dropped."""
    settings = Settings(bigquery_partition_by=by, layout=not plain)
    graph, words = documented_graph(settings, "bigquery"), dialect_of(BIGQUERY)
    job = Job(BIGQUERY, words, graph, graph.relations)
    for relation in (one for one in graph.relations if one.kind == "table"):
        told: dict = {"tableReference": {"projectId": "p", "datasetId": "d", "tableId": relation.table.name}, "type": "TABLE"}
        if not plain:
            told["clustering"] = {"fields": [relation.model.entity_column]}
            if relation.model.time_column:
                told["timePartitioning"] = {"type": by.upper(), "field": relation.model.time_column}
        monkeypatch.setattr("google.cloud.bigquery.Client.get_table", lambda *_a, told=told, **_kw: Table.from_api_repr(told))
        with bigquery_dataset.connect() as connection:
            found = BIGQUERY.catalogue(connection).find(relation)
        assert found
        assert found.layout == BIGQUERY.tables.layout(job, relation)
