"""PostgreSQL's indexes: on what people look rows up by, and none that depends on how long an id is."""

import pytest
import sqlalchemy as sa
from oracle import Raw
from streams import OLD
from tables import write_tracks

from sessionmodels import Settings, build_all
from sessionmodels.models import MODELS

pytestmark = pytest.mark.slow

INDEXES = (
    "SELECT t.relname, pg_get_indexdef(i.indexrelid), pg_relation_size(i.indexrelid) FROM pg_index i"
    " JOIN pg_class t ON t.oid = i.indrelid WHERE starts_with(t.relname, 'dbt_') ORDER BY 1, 2"
)
LOOKED_UP = {
    "dbt_aliases_mapping": {"alias"},
    "dbt_session_events": {"dbt_visitor_id", "session_id", "timestamp"},
    "dbt_sessions": {"dbt_visitor_id", "session_id", "session_start_at"},
    "dbt_user_session_facts": {"dbt_visitor_id", "last_date"},
}


def indexes(engine) -> list[tuple[str, str, int]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(INDEXES)]


def plan_of(engine, question: str) -> str:
    """Return how a question is answered where no table is so small that it is read whole."""
    with engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        return "\n".join(connection.exec_driver_sql(f"EXPLAIN {question}").scalars())


def test_what_is_looked_up_has_an_index(postgresql) -> None:
    """Visitor, session and time, each by an equality as people write it; a second build makes no second one; plain has none."""
    write_tracks(postgresql, OLD)
    build_all(postgresql, Settings(layout=False))
    assert indexes(postgresql) == []
    build_all(postgresql)
    made = [definition for _, definition, _ in indexes(postgresql)]
    build_all(postgresql)
    assert [definition for _, definition, _ in indexes(postgresql)] == made
    assert {name.removeprefix("dbt_") for name in LOOKED_UP} == {m.name for m in MODELS.values() if m.kind == "table"}
    for table, columns in LOOKED_UP.items():
        for column in columns:
            value = "now()" if column in {"timestamp", "session_start_at", "last_date"} else "'x'"
            plan = plan_of(postgresql, f"SELECT * FROM {table} WHERE {column} = {value}")
            assert "Index" in plan, (table, column, plan)
    assert "dbt_session_events_dbt_visitor_id_beginning" in plan_of(
        postgresql, "SELECT * FROM dbt_session_events WHERE left(dbt_visitor_id, 200) = 'x'"
    )


def sizes(engine, ids: list[str]) -> dict[str, int]:
    """Return the sizes of the indexes after a full build and an incremental one, half of the events in each."""
    raws = [Raw(f"e{n}", f"d{one}", f"u{one}" if n % 2 else None, "x", n * 60_000_000, n) for n, one in enumerate(ids)]
    for count in (len(raws) // 2, len(raws)):
        write_tracks(engine, raws[:count])
        build_all(engine, incremental=True, full_refresh=count < len(raws))
    return {definition: size for _, definition, size in indexes(engine)}


def test_no_index_depends_on_the_length_of_ids(postgresql) -> None:
    """The longest ids that are kept, of four bytes a character and no pattern, take as much in each index as short ones."""
    long = ["".join(chr(0x10000 + (n * 7919 + place * place * 104_729) % 65_536) for place in range(65_533)) for n in range(6)]
    short = sizes(postgresql, [str(n) for n in range(6)])
    with postgresql.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    assert sizes(postgresql, long) == short


def test_every_index_has_a_name_of_its_own(postgresql_results) -> None:
    """Also where PostgreSQL would cut names off, to the same."""
    prefix = "a_prefix_so_long_that_index_names_are_cut"[:40]
    build_all(postgresql_results, Settings(table_prefix=prefix))
    counted = "SELECT count(*) FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid WHERE starts_with(t.relname, %(p)s)"
    with postgresql_results.connect() as connection:
        tables = ("aliases_mapping", "session_events", "sessions", "user_session_facts")
        assert [connection.exec_driver_sql(counted, {"p": (prefix + name)[:63]}).scalar_one() for name in tables] == [1, 5, 4, 2]


def test_an_index_of_an_earlier_version_goes(postgresql_results) -> None:
    """An SP-GiST index takes memory by the square of an id's length."""
    with postgresql_results.begin() as connection:
        connection.execute(
            sa.text("CREATE INDEX dbt_user_session_facts_dbt_visitor_id ON dbt_user_session_facts USING spgist (dbt_visitor_id)")
        )
    build_all(postgresql_results)
    assert not any("spgist" in definition for _, definition, _ in indexes(postgresql_results))


def test_bloom_filters_of_many_ids_fit(postgresql_results) -> None:
    """As many ids in a range of blocks as there can be, none twice: what is kept of them does not outgrow a page."""
    with postgresql_results.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO tracks (id, anonymous_id, timestamp)"
            " SELECT i::text, md5(i::text), '2026-01-01'::timestamptz FROM generate_series(1, 30000) i"
        )
    assert build_all(postgresql_results)["session_events"].rows == 30_000 + len(OLD)
