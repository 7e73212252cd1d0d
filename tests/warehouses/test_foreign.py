"""PostgreSQL: whoever may create in the target schema has no code of theirs run by a build or a migration that writes there."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
import sqlalchemy as sa
from engines import copy_engine, discard, make_engine
from oracle import sessionize
from sqlalchemy import event
from streams import OLD
from tables import assert_same, read_all, write_tracks
from written import execute

from sessionmodels import Settings, TargetError, build_all, migrate, status
from sessionmodels.reading import refuse_unbuilt
from sessionmodels.state.builds import Builds
from sessionmodels.views.packaged import check, undo
from sessionmodels.warehouses.locks.lock import Place

ALL_VIEWS = Settings(kinds=dict.fromkeys(("session_duration",), "view"))


def lay_out(database: sa.Engine) -> list[str]:
    """Make a role that builds, and one of somebody who may create in the target schema, too; return their names."""
    builder, mallory = (f"{who}_{uuid4().hex[:8]}" for who in ("builder", "mallory"))
    write_tracks(database, OLD)
    execute(
        database,
        f"CREATE ROLE {builder} LOGIN",
        f"CREATE ROLE {mallory} LOGIN",
        f"GRANT CREATE, USAGE ON SCHEMA public TO {builder}, {mallory}",
        f"GRANT SELECT ON tracks TO {builder}",
        "CREATE TABLE loot (who text)",
        "GRANT ALL ON loot TO PUBLIC",
    )
    with acting(database, mallory) as (theirs,):
        execute(
            theirs,
            "CREATE FUNCTION public.steal() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN INSERT INTO public.loot VALUES (current_user); RETURN NEW; END $$",
            "CREATE FUNCTION public.take() RETURNS text LANGUAGE plpgsql AS"
            " $$ BEGIN INSERT INTO public.loot VALUES (current_user); RETURN ''; END $$",
        )
    return [builder, mallory]


@contextmanager
def acting(database: sa.Engine, *names: str) -> Iterator[list[sa.Engine]]:
    """Return an engine of each of these roles."""
    engines = [sa.create_engine(database.url.set(username=name)) for name in names]
    yield engines
    for engine in engines:
        engine.dispose()


@pytest.fixture
def roles(postgresql) -> Iterator[list[sa.Engine]]:
    """An engine of the role that builds, and one of somebody who lays traps."""
    with acting(postgresql, *lay_out(postgresql)) as engines:
        yield engines


@pytest.fixture(scope="module")
def built_once(request, tmp_path_factory) -> Iterator[tuple[sa.Engine, list[str]]]:
    """A database in which the builder has built, to be copied, and the names of the roles, which are the whole server's."""
    database = make_engine("postgresql", request, tmp_path_factory.mktemp("built"))
    names = lay_out(database)
    with acting(database, names[0]) as (builder,):
        build_all(builder)
    yield database, names
    discard(database)


@pytest.fixture
def built(built_once, tmp_path) -> Iterator[tuple[sa.Engine, list[sa.Engine]]]:
    """A copy of it, and an engine of each of the roles."""
    copy = copy_engine(built_once[0], tmp_path)
    with acting(copy, *built_once[1]) as engines:
        yield copy, engines
    discard(copy)


def trapped(columns: str, name: str) -> tuple[str, ...]:
    """Return what lays a table out for a builder, with a trigger that runs as whoever writes into it."""
    return (
        f"CREATE TABLE {name} ({columns})",
        f"GRANT ALL ON {name} TO PUBLIC",
        f"CREATE TRIGGER steal BEFORE INSERT OR UPDATE ON {name} FOR EACH ROW EXECUTE FUNCTION public.steal()",
    )


def stolen(engine: sa.Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.exec_driver_sql("SELECT who FROM loot").scalars())


def columns_of_builds() -> str:
    words = sa.create_mock_engine("postgresql+psycopg://", lambda *_: None).dialect
    return ", ".join(f"{one.name} {one.type.compile(dialect=words)}" for one in Builds(Place("public", "dbt_")).table.c)


@pytest.mark.slow
def test_a_table_of_builds_of_somebody_else(roles, postgresql) -> None:
    """With our columns and a trigger: neither the builder nor a superuser writes into it; without it, all is well."""
    builder, mallory = roles
    execute(mallory, *trapped(columns_of_builds(), "sessionmodels_builds_dbt_"))
    for engine in (builder, postgresql):
        for settings in (Settings(), ALL_VIEWS):
            with pytest.raises(
                TargetError, match=r"sessionmodels_builds_dbt_ belongs to the role 'mallory_.*Nothing was changed"
            ):
                build_all(engine, settings)
    assert stolen(postgresql) == []
    execute(mallory, "DROP TABLE sessionmodels_builds_dbt_")
    build_all(builder)
    assert_same(read_all(postgresql), sessionize(OLD)[0])
    assert stolen(postgresql) == []


@pytest.mark.parametrize(("name", "part"), [("session_events", "aliases_mapping"), ("tracks_flow", "+session_duration")])
@pytest.mark.slow
def test_a_result_of_somebody_else(roles, name, part) -> None:
    """Also where its comment says that it is ours, and where the builder says that whatever stands there may be replaced."""
    builder, mallory = roles
    execute(
        mallory,
        *trapped("session_id text", f"dbt_{name}"),
        f"COMMENT ON TABLE dbt_{name} IS 'Built by sessionmodels.'",
    )
    for replaces in (False, True):
        with pytest.raises(TargetError, match=f"dbt_{name} belongs to the role 'mallory_"):
            build_all(builder, replace_existing=replaces)
    build_all(builder, select=part)


@pytest.mark.parametrize(
    "trap",
    [
        "CREATE TRIGGER steal BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION public.steal()",
        "ALTER TABLE {table} ALTER COLUMN source SET DEFAULT public.take()",
        "ALTER TABLE {table} ADD CHECK (public.take() IS NOT NULL)",
        "CREATE POLICY p ON {table} USING (public.take() IS NOT NULL)",
        "CREATE RULE r AS ON INSERT TO {table} DO ALSO SELECT public.take()",
    ],
)
@pytest.mark.slow
def test_a_function_of_somebody_else(built, trap) -> None:
    """Hung on a table of the builder's own, as whoever was once granted ALL on it may: it is refused, and named."""
    database, (builder, _) = built
    execute(database, trap.format(table="sessionmodels_builds_dbt_"))
    before = stolen(database)
    with pytest.raises(TargetError, match=r"sessionmodels_builds_dbt_ calls (steal|take)\(\), a function of the role 'mallory_"):
        build_all(builder)
    assert stolen(database) == before


@pytest.mark.slow
def test_a_function_of_ones_own(built) -> None:
    """Their own triggers, and views of anybody's on the results, whatever those call, stand in nobody's way."""
    database, (builder, mallory) = built
    execute(builder, "GRANT SELECT ON dbt_session_events TO PUBLIC")
    execute(mallory, "CREATE VIEW theirs AS SELECT public.take(), session_id FROM dbt_session_events")
    execute(
        builder,
        "CREATE FUNCTION public.told() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
        "CREATE TRIGGER told BEFORE INSERT ON dbt_session_events FOR EACH ROW EXECUTE FUNCTION public.told()",
    )
    build_all(builder)
    assert stolen(database) == []


def test_a_version_table_of_somebody_else(roles, postgresql) -> None:
    """Alembic would write into it: migrations refuse it as builds do."""
    builder, mallory = roles
    execute(mallory, *trapped("version_num varchar(32) NOT NULL", "sessionmodels_version_dbt_"))
    with pytest.raises(TargetError, match="sessionmodels_version_dbt_ belongs to the role 'mallory_"):
        migrate(builder, ALL_VIEWS)
    assert stolen(postgresql) == []


TRAPS_FOR_READERS = {
    "a view": "CREATE VIEW {table} AS SELECT public.take()::varchar(32) AS version_num",
    "row security": "CREATE TABLE {table} (version_num varchar(32)); INSERT INTO {table} VALUES ('0001');"
    " ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON {table} USING (public.take() IS NOT NULL)",
}


@pytest.mark.parametrize("trap", TRAPS_FOR_READERS.values(), ids=TRAPS_FOR_READERS)
@pytest.mark.slow
def test_a_version_table_that_runs_code_as_it_is_read(roles, postgresql, trap) -> None:
    """A look alone would run it: no path of migrations reads it, neither as the builder nor as somebody who only checks."""
    builder, mallory = roles
    execute(mallory, *trap.format(table="public.sessionmodels_version_dbt_").split("; "))
    execute(mallory, "GRANT ALL ON public.sessionmodels_version_dbt_ TO PUBLIC")
    for engine in (builder, postgresql):
        for act in (check, migrate, undo):
            with pytest.raises(TargetError, match="sessionmodels_version_dbt_ belongs to the role 'mallory_"):
                act(engine, ALL_VIEWS)
    assert stolen(postgresql) == []


def test_results_that_run_code_as_they_are_read(roles, postgresql) -> None:
    """Neither `ask top_users` nor `status` reads another role's view or table under one of our names, not even through a view."""
    builder, mallory = roles
    execute(mallory, "CREATE VIEW public.dbt_sessions AS SELECT public.take() AS session_id")
    execute(mallory, f"CREATE TABLE public.sessionmodels_builds_dbt_ ({columns_of_builds()})")
    execute(mallory, "GRANT ALL ON public.dbt_sessions, public.sessionmodels_builds_dbt_ TO PUBLIC")
    for engine in (builder, postgresql):
        with pytest.raises(TargetError, match=r"dbt_sessions belongs to the role 'mallory_.*Nothing was read"):
            refuse_unbuilt(engine, "session_duration", Settings())
        with pytest.raises(TargetError, match="sessionmodels_builds_dbt_ belongs to the role 'mallory_"):
            status(engine)
    assert stolen(postgresql) == []


@pytest.mark.slow
def test_readers_who_own_nothing(roles, postgresql) -> None:
    """They trust the owner of the schema, and a role that alone may create in it, as the least privileges have it."""
    builder, reader = roles
    execute(postgresql, "CREATE SCHEMA marts", f"GRANT USAGE, CREATE ON SCHEMA marts TO {builder.url.username}")
    settings = ALL_VIEWS.model_copy(update={"source_schema": "public", "target_schema": "marts"})
    granting = settings.model_copy(update={"grant_to": [reader.url.username]})
    build_all(builder, granting)
    migrate(builder, granting)
    execute(postgresql, f"GRANT USAGE ON SCHEMA marts TO {reader.url.username}", "GRANT SELECT ON tracks TO PUBLIC")
    execute(builder, f"GRANT SELECT ON marts.sessionmodels_version_dbt_ TO {reader.url.username}")

    def reads() -> None:
        assert status(reader, settings).builds
        refuse_unbuilt(reader, "session_duration", settings)
        check(reader, settings)

    reads()
    execute(postgresql, "CREATE ROLE someone", "GRANT CREATE ON SCHEMA marts TO someone")
    with pytest.raises(TargetError, match="belongs to the role 'builder_"):
        reads()
    execute(postgresql, f"ALTER SCHEMA marts OWNER TO {builder.url.username}")
    reads()
    execute(postgresql, "DROP OWNED BY someone", "DROP ROLE someone")


@pytest.mark.slow
def test_who_looks_cannot_write(roles) -> None:
    """A check of migrations runs in read-only transactions."""
    builder, _ = roles
    migrate(builder, ALL_VIEWS)
    begun: list[bool] = []

    @event.listens_for(builder, "begin")
    def began(connection) -> None:
        begun.append(connection.connection.driver_connection.read_only)

    check(builder, ALL_VIEWS)
    assert begun
    assert all(begun)
