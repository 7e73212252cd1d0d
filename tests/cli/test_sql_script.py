"""`sql --with-context`: the script that it prints does what a build does."""

from command import run
from tables import assert_same, read_all

from sessionmodels import Settings, build_all


def test_the_script_with_context(duckdb) -> None:
    """Run as it is printed, `sql --with-context` fills the same rows as a build; without the flag, the context is null."""
    columns = [names[0] for names in Settings().context.values()]
    ids = "n::TEXT AS id, 'd' AS anonymous_id, NULL::TEXT AS user_id, 'page' AS event"
    times = "TIMESTAMPTZ '2026-01-05 12:00:00+00' + INTERVAL (n * 20) MINUTE AS timestamp, now() AS uuid_ts"
    context = ", ".join(f"CASE WHEN n % 2 = 0 THEN '{column} ' || n END AS {column}" for column in columns)
    with duckdb.begin() as connection:
        connection.exec_driver_sql(
            f"CREATE TABLE tracks AS SELECT {ids}, {times}, {context} FROM generate_series(1, 5) AS made(n)"
        )
        for prefix, flags in {"with_": ["--with-context"], "without_": []}.items():
            connection.connection.cursor().execute(run("sql", "--table-prefix", prefix, *flags).stdout)
    build_all(duckdb)
    assert_same(read_all(duckdb, Settings(table_prefix="with_")), read_all(duckdb))
    campaigns = [
        {row["utm_campaign"] for row in read_all(duckdb, Settings(table_prefix=prefix))["session_events"]}
        for prefix in ("with_", "without_")
    ]
    assert campaigns == [{None, "context_campaign_name 2", "context_campaign_name 4"}, {None}]
