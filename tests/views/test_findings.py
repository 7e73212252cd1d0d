"""`sessionmodels migrate`: what `--check` finds is true, and what a database refuses is told in our words, with the way out."""

import pytest
import sqlalchemy as sa
from command import run, url_of
from oracle import sessionize
from project import ALL_NAMES, ALL_VIEWS, DEFAULT_VIEWS, RAWS, write_loaded
from tables import assert_same, names_in, read_all, schema_of

from sessionmodels import BuildError, Settings, SettingsError, TargetError, build_all, status
from sessionmodels.models import MODELS
from sessionmodels.views import packaged

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("unguarded")]

VIEWS = Settings(kinds=ALL_VIEWS)
TABLES = {f"dbt_{name}" for name, model in MODELS.items() if model.kind == "table"}


@pytest.fixture
def loaded(duckdb) -> sa.Engine:
    """A database with events."""
    write_loaded(duckdb, RAWS)
    return duckdb


def found(engine, settings) -> list[str]:
    """Return what a check finds, a line each."""
    with pytest.raises(TargetError) as error:
        packaged.check(engine, settings)
    header, *lines = str(error.value).splitlines()
    assert header == f"{len(lines)} findings:"
    return [line.removeprefix("- ") for line in lines]


def test_tables_where_views_are_wanted(loaded) -> None:
    """The check says of each what `migrate` says, and what helps; once that is done, nothing is found.

    Before the first migration, it does not send anybody to one that would be refused without a word of why. Views that a build
    made stand as they are asked for; still the check says that migrations have not run, as its help does, and one run is enough.
    """
    build_all(loaded)
    first, *lines = found(loaded, VIEWS)
    assert "have not all run" in first
    assert len(lines) == len(TABLES)
    assert all("is a table but should be a view: if a build created it, `sessionmodels build`" in line for line in lines)
    assert_the_status_says_so(loaded)
    with pytest.raises(TargetError, match="the packaged migrations have not all run; run `sessionmodels migrate`"):
        packaged.check(loaded)
    assert "Fail if migrations have not run, or a view is missing" in " ".join(run("migrate", "--help").stdout.split())
    assert set(packaged.migrate(loaded).views) == DEFAULT_VIEWS
    packaged.check(loaded)
    assert found(loaded, VIEWS) == lines
    with pytest.raises(TargetError) as refused:
        packaged.migrate(loaded, VIEWS)
    assert str(refused.value) in lines
    build_all(loaded, VIEWS)
    assert set(packaged.migrate(loaded, VIEWS).views) == ALL_NAMES
    packaged.check(loaded, VIEWS)
    assert str(packaged.undo(loaded, VIEWS)) == "at revision base; no views exist"


def assert_the_status_says_so(loaded) -> None:
    """A table where a view is wanted is not missing: `status` says what stands there, as the check does."""
    shown = status(loaded, VIEWS)
    assert shown.missing_views == ()
    assert set(shown.other_kinds.values()) == {("view", "table")}
    assert len(shown.other_kinds) == len(TABLES)
    assert "dbt_session_events is a table but should be a view: if a build created it, `sessionmodels build`" in " ".join(
        str(shown).split()
    )
    assert shown.to_dict()["other_kinds"]["dbt_session_events"] == ["view", "table"]


def test_views_where_tables_are_wanted(loaded) -> None:
    """One finding for each relation that is a table: the views that stay views are none. The command lists them, a line each.

    What a migration has done is shown as a build's result is: printed, in a notebook and as plain data.
    """
    done = packaged.migrate(loaded, VIEWS)
    assert str(done).startswith("at revision 0001; these views exist:")
    assert "<table>" in done._repr_html_()
    assert done.to_dict() == {"revision": "0001", "views": list(done.views)}
    lines = found(loaded, Settings())
    assert {line.partition(" ")[0] for line in lines} == TABLES
    assert all("is a view but should be a table: `sessionmodels build` replaces it" in line for line in lines)
    told = run("migrate", "--url", url_of(loaded), "--check")
    assert told.exit_code == 1
    assert "Error: 4 findings:\n- dbt_aliases_mapping is a view but should be a table" in told.stderr
    build_all(loaded)
    packaged.check(loaded)


@pytest.mark.parametrize(
    ("privileges", "grant"),
    [
        ("USAGE ON SCHEMA bi", 'GRANT USAGE, CREATE ON SCHEMA bi TO "{role}";'),
        (None, 'GRANT CREATE ON DATABASE {database} TO "{role}";'),
    ],
    ids=["no CREATE in the schema", "no schema"],
)
def test_a_role_that_may_not_create(postgresql, tmp_path, privileges, grant) -> None:
    """The error names what was refused and the statement that grants it; with that, the migration runs."""
    write_loaded(postgresql, RAWS)
    role = f"r-{tmp_path.name[-20:]}{'1' if privileges else '2'}"
    with postgresql.begin() as connection:
        connection.exec_driver_sql(f'CREATE ROLE "{role}" LOGIN')
        connection.exec_driver_sql(f'GRANT SELECT ON tracks TO "{role}"')
        if privileges:
            connection.exec_driver_sql("CREATE SCHEMA bi")
            connection.exec_driver_sql(f'GRANT {privileges} TO "{role}"')
    theirs = sa.create_engine(postgresql.url.set(username=role))
    settings = Settings(kinds=ALL_VIEWS, target_schema="bi")
    with pytest.raises(BuildError, match="permission denied") as error:
        packaged.migrate(theirs, settings)
    statement = grant.format(role=role, database=postgresql.url.database)
    assert statement in str(error.value)
    with postgresql.begin() as connection:
        connection.exec_driver_sql(statement)
    assert len(packaged.migrate(theirs, settings).views) == len(MODELS)
    theirs.dispose()


def test_a_long_schema(postgresql) -> None:
    """PostgreSQL would cut its name off: refused as a build refuses it, whatever is asked."""
    write_loaded(postgresql, RAWS)
    settings = Settings(kinds=ALL_VIEWS, target_schema="x" * 64)
    for ask in (packaged.migrate, packaged.check, build_all, lambda _, one: packaged.write_script(one, dialect="postgresql")):
        with pytest.raises(SettingsError, match="is longer than 63 characters"):
            ask(postgresql, settings)
    assert schema_of(postgresql) is None


LOADED_LATER = "ALTER TABLE tracks RENAME COLUMN uuid_ts TO received_at"
NUMBERS = "ALTER TABLE tracks ALTER COLUMN id TYPE double precision USING 1"
WITHOUT_ZONE = "ALTER TABLE tracks ALTER COLUMN timestamp TYPE timestamp"


@pytest.mark.parametrize(
    ("change", "changed", "told"),
    [
        (LOADED_LATER, {}, "the load time is read from the column 'received_at', not 'uuid_ts'"),
        ("ALTER TABLE tracks DROP COLUMN user_id", {}, "the source has no column 'user_id'"),
        (NUMBERS, {}, "the column 'id' is DOUBLE"),
        (WITHOUT_ZONE, {}, "the column 'timestamp' is TIMESTAMP"),
        ("SELECT 1", {"idle_minutes": 45}, "idle_minutes=45 (by default 30)"),
        ("SELECT 1", {"flow_depth": 3, "grant_to": []}, "flow_depth=3 (by default 5)"),
    ],
)
def test_what_differs_from_the_packaged_views(loaded, change, changed, told) -> None:
    """Is refused before anything is touched, and named, the setting or the column; what makes no other view is not."""
    with loaded.begin() as connection:
        connection.exec_driver_sql(change)
        connection.exec_driver_sql("ALTER TABLE tracks ADD COLUMN more integer")
    settings = Settings(kinds=ALL_VIEWS, retries=1, **changed)
    refused = r"\w+ would have a different definition under your settings: .*docs/migrations.md"
    with pytest.raises(SettingsError, match=refused) as error:
        packaged.migrate(loaded, settings)
    found = str(error.value).partition("settings: ")[2].partition(". Write")[0]
    assert found.startswith(told)
    assert ";" not in found
    assert "retries" not in found
    assert names_in(loaded) == {"tracks"}


def test_names_that_differ_by_case_alone(postgresql) -> None:
    """Are others on PostgreSQL: ours are made beside them, by a migration and by a build, and theirs stay."""
    write_loaded(postgresql, RAWS)
    with postgresql.begin() as connection:
        connection.exec_driver_sql('CREATE VIEW "DBT_Session_Tracks" AS SELECT 1 AS x')
        connection.exec_driver_sql('CREATE TABLE "DBT_Track_Facts" (x int)')
    packaged.migrate(postgresql, VIEWS)
    packaged.check(postgresql, VIEWS)
    build_all(postgresql)
    build_all(postgresql, Settings(table_prefix="DBT_", source_schema="public", target_schema="bi"))
    assert_same(read_all(postgresql), sessionize(RAWS)[0])
    assert {"DBT_Session_Tracks", "DBT_Track_Facts", "dbt_session_tracks", "dbt_track_facts"} <= names_in(postgresql)
