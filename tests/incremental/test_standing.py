"""What must hold after every build, whatever came: views say what they should, grants are there, and the source is the same."""

import pytest
import sqlalchemy as sa
from oracle import MINUTE, Raw, sessionize
from sqlalchemy import event
from streams import NEW, OLD
from tables import assert_same, read, read_all, tracks_table, write_tracks

from sessionmodels import AuditError, Settings, build_all, status
from sessionmodels.models import MODELS

pytestmark = pytest.mark.slow

HOUR = 60 * MINUTE
FIRST = [Raw(raw.id, raw.anonymous_id, raw.user_id, raw.event, raw.timestamp, 100 * HOUR) for raw in OLD]
MORE = [*FIRST, *(Raw(raw.id, raw.anonymous_id, raw.user_id, raw.event, raw.timestamp, 101 * HOUR) for raw in NEW)]
REPLACED = (
    "CREATE OR REPLACE VIEW dbt_session_duration AS SELECT dbt_visitor_id, session_id,"
    " CAST(99 AS DOUBLE PRECISION) AS session_duration FROM dbt_sessions"
)
OTHERWISE = "CREATE VIEW dbt_session_duration AS SELECT dbt_visitor_id, 1 AS one FROM dbt_sessions"


def change(engine: sa.Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


@pytest.mark.parametrize("raws", [FIRST, MORE], ids=["nothing came", "something came"])
def test_a_view_that_somebody_replaced(built_transactional, raws) -> None:
    """It is noticed and replaced by the next incremental build, whether something came or not; then there is nothing to do."""
    engine = built_transactional
    change(engine, REPLACED)
    write_tracks(engine, raws)
    assert build_all(engine, incremental=True).mode == "incremental"
    assert_same(read_all(engine), sessionize(raws)[0])
    engine.dispose()
    assert build_all(engine, incremental=True).mode == "nothing"


def test_a_view_with_other_columns(built) -> None:
    """It is made again, where need be by a full build that says why."""
    change(built, "DROP VIEW dbt_session_duration", OTHERWISE)
    result = build_all(built, incremental=True)
    if result.mode == "full":
        assert result.reason == "dbt_session_duration has another definition now"
    assert_same(read_all(built), sessionize(FIRST)[0])


def test_a_materialized_view_that_somebody_replaced(postgresql) -> None:
    """It holds rows, so the next build is a full one and says why."""
    write_tracks(postgresql, FIRST)
    settings = Settings(kinds={"session_duration": "materialized_view"})
    build_all(postgresql, settings, incremental=True)
    change(
        postgresql,
        "DROP MATERIALIZED VIEW dbt_session_duration",
        REPLACED.replace("OR REPLACE VIEW", "MATERIALIZED VIEW"),
    )
    assert build_all(postgresql, settings, incremental=True).reason == "dbt_session_duration has another definition now"
    assert_same(read_all(postgresql), sessionize(FIRST)[0])


def test_an_audit_compares_views(built_duckdb) -> None:
    """A view that shows other rows than it should is a difference like any other, also under a build that leaves it alone."""
    build_all(built_duckdb, incremental=True, audit=1.0)

    def replace(_done, _known, step) -> None:
        if step.action == "read and clean the events again":
            run.connection.exec_driver_sql(REPLACED.replace(" dbt_session", " main.dbt_session"))

    run = Inside(built_duckdb)
    with pytest.raises(AuditError, match=r"session_duration: \d+ rows") as caught:
        build_all(built_duckdb, incremental=True, full_refresh=True, audit=1.0, watch=replace)
    assert [one.relation for one in caught.value.result.audit.differences] == ["session_duration"]


class Inside:
    """The connection on which a build works."""

    connection: sa.Connection

    def __init__(self, engine: sa.Engine) -> None:
        event.listen(engine, "before_execute", self.note)

    def note(self, connection, *_more) -> None:
        self.connection = connection


def may_read(engine: sa.Engine, role: str) -> dict[str, bool]:
    names = [*(f"dbt_{name}" for name in MODELS), "sessionmodels_builds_dbt_"]
    with engine.connect() as connection:
        return {name: bool(connection.scalar(sa.select(sa.func.has_table_privilege(role, name, "SELECT")))) for name in names}


LATER = {
    "nothing came": (FIRST, {"incremental": True}),
    "nothing came, and an audit": (FIRST, {"incremental": True, "audit": 1.0}),
    "something came": (MORE, {"incremental": True}),
    "in full": (MORE, {}),
}
"""What is in the source when a role is named for the first time, and how is built then."""


def test_whoever_is_named_later_may_read(postgresql) -> None:
    """A role that `grant_to` names on a standing installation reads every relation after the next build, views too."""
    roles = [f"{name}_{postgresql.url.database}" for name in ("early", "b", "c", "d", "e")]
    change(postgresql, *(f"CREATE ROLE {role}" for role in roles))
    write_tracks(postgresql, FIRST)
    build_all(postgresql, Settings(grant_to=roles[:1]), incremental=True)
    assert set(may_read(postgresql, roles[0]).values()) == {True}
    for count, (case, (came, how)) in enumerate(LATER.items(), 1):
        assert set(may_read(postgresql, roles[count]).values()) == {False}, case
        write_tracks(postgresql, came)
        build_all(postgresql, Settings(grant_to=roles[: count + 1]), **how)
        assert set(may_read(postgresql, roles[count]).values()) == {True}, case
        if case in {"nothing came", "something came"}:
            assert build_all(postgresql, Settings(grant_to=roles[: count + 1]), incremental=True).mode == "nothing", case


def test_an_analyst_reads_the_status(postgresql) -> None:
    """Whom `grant_to` names sees how fresh the results are, in a schema that the builder owns, whoever was named first."""
    roles = [f"{name}_{postgresql.url.database}" for name in ("ann", "bob", "builder")]
    change(postgresql, *(f"CREATE ROLE {role} LOGIN" for role in roles))
    change(postgresql, f"GRANT CREATE ON DATABASE {postgresql.url.database} TO {roles[2]}")
    write_tracks(postgresql, FIRST)
    change(postgresql, f"GRANT SELECT ON tracks TO {roles[2]}")
    builder = sa.create_engine(postgresql.url.set(username=roles[2]))
    for count in (1, 2):
        build_all(builder, Settings(grant_to=roles[:count], target_schema="analytics"), incremental=True)
    builder.dispose()
    for role in roles[:2]:
        analyst = sa.create_engine(postgresql.url.set(username=role))
        assert len(status(analyst, Settings(target_schema="analytics")).builds) == 2
        assert read(analyst, "session_duration", Settings(target_schema="analytics"))
        analyst.dispose()


ALTERED = {
    "a column of the kept duplicates is gone": "ALTER TABLE sessionmodels_duplicates_dbt_ DROP COLUMN event",
    "one is of another type": "ALTER TABLE sessionmodels_duplicates_dbt_ ALTER loaded_at TYPE VARCHAR",
    "a result's column is of another type": "ALTER TABLE dbt_session_events ALTER session_sequence_number TYPE VARCHAR",
    "another one": "ALTER TABLE dbt_user_session_facts ALTER number_of_sessions TYPE NUMERIC(30, 10)",
}


@pytest.mark.parametrize("case", ALTERED)
def test_columns_changed_by_hand(built, case) -> None:
    """The next incremental build is a full one, names the table and the column, and the one after it continues."""
    change(built, ALTERED[case])
    write_tracks(built, MORE)
    result = build_all(built, incremental=True)
    assert result.mode == "full"
    table, column = ALTERED[case].split()[2], ALTERED[case].split()[4]
    assert table in result.reason
    assert ("has other columns now" if "DROP" in ALTERED[case] else f"{column} is ") in result.reason
    assert_same(read_all(built), sessionize(MORE)[0])
    assert build_all(built, incremental=True).mode == "nothing"


def test_another_source_under_the_same_name(engine) -> None:
    """The search path decides which `tracks` is read: where it leads elsewhere, nothing is continued, and both are named."""
    with engine.begin() as connection:
        for schema in ("t", "a", "b"):
            connection.execute(sa.schema.CreateSchema(schema))
    write_tracks(engine, FIRST, schema="a")
    other = [Raw(f"o{n}", f"o{n % 5}", None, "x", n * MINUTE, 50 * HOUR) for n in range(20)] + FIRST
    write_tracks(engine, other, schema="b")
    settings = Settings(target_schema="t")
    assert build_by_path(engine, "t,a", settings).mode == "full"
    assert build_by_path(engine, "t,a", settings).mode == "nothing"
    result = build_by_path(engine, "t,b", settings)
    assert (result.mode, result.reason) == ("full", "build 1 read a.tracks, and the source is b.tracks now")
    assert_same(read_all(engine, settings), sessionize(other)[0])


def build_by_path(engine: sa.Engine, path: str, settings: Settings):
    """Build with a search path, which every new connection gets."""
    engine.dispose()

    def lead(connection, _record) -> None:
        cursor = connection.cursor()
        cursor.execute(f"SET search_path = '{path}'" if engine.dialect.name == "duckdb" else f"SET search_path = {path}")
        connection.commit() if engine.dialect.name == "postgresql" else None

    event.listen(engine, "connect", lead)
    try:
        return build_all(engine, settings, incremental=True)
    finally:
        event.remove(engine, "connect", lead)
        engine.dispose()


def test_a_source_made_again_under_its_name_is_the_same_one(built) -> None:
    """Loaders and dbt swap tables with every load: a name in its schema stays a source, and is continued from."""
    with built.begin() as connection:
        tracks_table().drop(connection)
    write_tracks(built, MORE)
    assert build_all(built, incremental=True).mode == "incremental"
    assert_same(read_all(built), sessionize(MORE)[0])
