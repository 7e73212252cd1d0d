"""What warehouse users expect beside the rows: comments, grants, tags, limits, layouts, and a look before the leap."""

import json
import uuid
from dataclasses import replace

import pytest
import sqlalchemy as sa
from command import run
from engines import EMULATED, ENGINES, on, params
from oracle import sessionize
from sqlalchemy import event
from streams import OLD
from tables import assert_same, names_in, read_all, write_tracks

from sessionmodels import BuildError, Settings, SettingsError, SourceError, TargetError, build_all, plan_all
from sessionmodels.model import Kind, nothing_more
from sessionmodels.models import MODELS
from sessionmodels.offline.documented import documented_graph
from sessionmodels.offline.script import write_statements
from sessionmodels.warehouses.bigquery_catalogue import client_of
from sessionmodels.warehouses.tags import package_version


class Log:
    """Every statement of a build, as it is before an emulator's rules change it."""

    def __init__(self, engine: sa.Engine) -> None:
        self.statements: list[str] = []
        event.listen(engine, "before_execute", self.note)

    def note(self, connection, statement, _many, _parameters, _options) -> None:
        if not isinstance(statement, sa.TextClause):
            self.statements.append(str(statement.compile(dialect=connection.dialect)))

    def of(self, *beginnings: str) -> list[str]:
        return [one for one in self.statements if one.startswith(beginnings)]


def comments_in(engine: sa.Engine) -> dict[str, str]:
    """Return what the catalogue says of each relation and of each of its columns."""
    if engine.dialect.name == "duckdb":
        asked = (
            "SELECT table_name, comment FROM duckdb_tables() UNION ALL SELECT view_name, comment FROM duckdb_views()"
            " UNION ALL SELECT table_name || '.' || column_name, comment FROM duckdb_columns()"
        )
        with engine.connect() as connection:
            return {name: text for name, text in connection.exec_driver_sql(asked) if text}
    inspector, found = sa.inspect(engine), {}
    for name in (f"dbt_{name}" for name in MODELS):
        found[name] = inspector.get_table_comment(name)["text"]
        found |= {f"{name}.{column['name']}": column.get("comment") or "" for column in inspector.get_columns(name)}
    return found


@pytest.mark.slow
def test_comments_in_the_catalogue(transactional) -> None:
    """Every relation and column says what it means, in the words of its model, also after a change of settings."""
    write_tracks(transactional, OLD)
    for settings in (Settings(), Settings(compatibility="dbt", event_counters={"n": ["a'b", "c"]}, flow_depth=7)):
        build_all(transactional, settings)
        found, graph = comments_in(transactional), documented_graph(settings, transactional.dialect.name)
        for model in MODELS.values():
            assert found[f"dbt_{model.name}"].startswith(model.row)
            columns = sa.inspect(transactional).get_columns(f"dbt_{model.name}")
            for column in (column["name"] for column in columns):
                late_bound = transactional.dialect.name == "redshift" and model.kind == "view"
                assert late_bound or found[f"dbt_{model.name}.{column}"] == graph[model.name].comments[column]
    shown = [] if transactional.dialect.name == "redshift" else ["session_track_facts.n", "mapped_tracks.idle_time_minutes"]
    for name in ("sessions.n", "session_events.idle_time_minutes", *shown):
        meaning = "how many of its events are named `a'b` or `c`." if name.endswith(".n") else "whole minutes since"
        assert found[f"dbt_{name}"].startswith(meaning)


@pytest.mark.parametrize("dialect", params(*EMULATED))
def test_comments_where_each_statement_commits(dialect) -> None:
    """The emulators keep few of them, so the statements are looked at, which GoogleSQL takes, for BigQuery."""
    script = "\n".join(write_statements(Settings(target_schema="analytics"), dialect))
    for model in MODELS.values():
        for meaning in (model.row, *model.columns(Settings()).values()):
            assert meaning.replace("'", "''") in script or meaning in script, meaning


def test_documented_meanings_are_the_default_ones() -> None:
    """A column whose meaning depends on settings is documented as the defaults have it."""
    for model in MODELS.values():
        bare = replace(model, described=nothing_more)
        assert bare.columns(Settings()) == model.columns(Settings()), model.name


@pytest.mark.slow
def test_grants_on_postgresql(postgresql) -> None:
    """After a build the role reads every relation in the schema that was made, also after a rebuild that changes columns."""
    write_tracks(postgresql, OLD)
    role = f"analyst_{postgresql.url.database}"
    with postgresql.begin() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN")
    for depth in (5, 6):
        build_all(postgresql, Settings(grant_to=[role], flow_depth=depth, target_schema="analytics"))
        analyst = sa.create_engine(postgresql.url.set(username=role))
        with analyst.connect() as connection:
            for name in MODELS:
                connection.exec_driver_sql(f"SELECT * FROM analytics.dbt_{name}")
        analyst.dispose()


@pytest.mark.parametrize(
    ("dialect", "grantee", "granted"),
    [
        ("redshift", "analyst", "GRANT SELECT ON public.dbt_session_events TO ROLE analyst"),
        ("redshift", "group:BI team", 'GRANT SELECT ON public.dbt_session_events TO GROUP "BI team"'),
        ("redshift", "user:ann", "GRANT SELECT ON public.dbt_session_events TO ann"),
        ("snowflake", "ANALYST", 'GRANT SELECT ON TABLE public.dbt_session_events TO ROLE "ANALYST"'),
        (
            "bigquery",
            "group:bi@example.com",
            "GRANT `roles/bigquery.dataViewer` ON TABLE `dbt_session_events` TO 'group:bi@example.com'",
        ),
    ],
)
def test_grants_as_each_warehouse_writes_them(dialect, grantee, granted) -> None:
    """A role, or who the warehouse lets read besides."""
    assert granted in run("sql", "--dialect", dialect, "--grant-to", grantee).stdout


@pytest.mark.parametrize(
    ("warehouse", "wrong"),
    [on("duckdb", "analyst"), on("redshift", "squad:a"), on("bigquery", "analyst"), on("snowflake", "group:a")],
    indirect=["warehouse"],
)
def test_a_grantee_that_the_warehouse_does_not_know(warehouse, wrong) -> None:
    """Refused before anything is touched, the target schema included."""
    write_tracks(warehouse, OLD)
    before = names_in(warehouse), sa.inspect(warehouse).get_schema_names()
    with pytest.raises(SettingsError, match="grant_to"):
        build_all(warehouse, Settings(grant_to=[wrong], target_schema="analytics"))
    assert (names_in(warehouse), sa.inspect(warehouse).get_schema_names()) == before


@pytest.mark.slow
def test_query_tags(transactional) -> None:
    """PostgreSQL shows who runs what while it runs, and Redshift keeps it; the session goes back as it came."""
    write_tracks(transactional, OLD)
    log = Log(transactional)
    shown = set()

    def look(*_progress) -> None:
        if transactional.dialect.name == "postgresql":
            with transactional.connect() as connection:
                shown.update(connection.exec_driver_sql("SELECT application_name FROM pg_stat_activity").scalars())

    build_all(transactional, watch=look)
    if transactional.dialect.name == "postgresql":
        assert f"sessionmodels {package_version()} session_events" in shown
        with transactional.connect() as connection:
            assert connection.exec_driver_sql("SHOW application_name").scalar() == ""
    if transactional.dialect.name == "redshift":
        assert f"SET LOCAL query_group TO 'sessionmodels {package_version()} session_events'" in log.statements


def test_query_tags_and_clusters_on_snowflake(snowflake_database) -> None:
    """JSON that the query history can be asked by; taken off at the end, also after an error.

    Clusters only above a size, sorted as they are made, since a clone is not clustered again.
    """
    write_tracks(snowflake_database, OLD)
    log = Log(snowflake_database)
    build_all(snowflake_database, Settings(snowflake_cluster_above=len(OLD)))
    assert not any("CLUSTER BY" in one for one in log.statements)
    with pytest.raises(SourceError):
        build_all(snowflake_database, Settings(source_table="dbt_tracks_flow", id_column="event_id"))
    tags = [json.loads(one.partition(" = ")[2].strip("'")) for one in log.of("ALTER SESSION SET")]
    assert {tag["relation"] for tag in tags} >= {"tracks", *MODELS}
    assert {(tag["app"], tag["version"]) for tag in tags} == {("sessionmodels", package_version())}
    assert log.of("ALTER SESSION")[-1] == "ALTER SESSION UNSET QUERY_TAG"
    assert len(log.of("ALTER SESSION UNSET")) == 2
    build_all(snowflake_database, Settings(snowflake_cluster_above=len(OLD) - 1), select="+session_events")
    clustered = [one for one in log.statements if "CLUSTER BY (TO_DATE(timestamp), dbt_visitor_id)" in one]
    assert len(clustered) == 1
    assert all(one.endswith("ORDER BY TO_DATE(timestamp), dbt_visitor_id") for one in clustered)
    assert_same(read_all(snowflake_database), sessionize(OLD)[0])


def test_partitions_that_would_expire_while_sessions_are_built(bigquery_dataset) -> None:
    """A dataset that drops partitions by default would take events out of sessions: refused, and said how to go on."""
    write_tracks(bigquery_dataset, OLD)
    with bigquery_dataset.connect() as connection:
        client = client_of(connection)
        dataset = client.get_dataset(f"proj.{bigquery_dataset.dialect.dataset_id}")
    dataset.default_partition_expiration_ms = 60 * 86_400_000
    client.update_dataset(dataset, ["default_partition_expiration_ms"])
    with pytest.raises(TargetError, match=r"drops partitions after 60 days.*set another target_schema"):
        build_all(bigquery_dataset)


def test_labels_limits_and_a_required_filter_on_bigquery(bigquery_dataset, monkeypatch) -> None:
    """Every statement of a build has its relation and the package's version as labels, and the limit.

    A filter is set on tables in place, unless a view computes from every row. A part that would read one whole is refused.
    """
    write_tracks(bigquery_dataset, OLD)
    tables: dict[str, Kind] = dict.fromkeys(MODELS, "table")
    settings = Settings(bigquery_require_partition_filter=True, bigquery_partition_expiration_days=400, kinds=tables)
    configs = []
    with bigquery_dataset.connect() as connection:
        client = client_of(connection)
    ask = client.query_and_wait

    def note(sql, job_config, **more):
        configs.append(job_config)
        return ask(sql, job_config=job_config, **more)

    log = Log(bigquery_dataset)
    with monkeypatch.context() as patch:
        patch.setattr(client, "query_and_wait", note)
        build_all(bigquery_dataset, settings.model_copy(update={"bigquery_maximum_bytes_billed": 10**12}))
    assert all(config.maximum_bytes_billed == 10**12 for config in configs)
    assert {config.labels["relation"] for config in configs} >= {"tracks", *MODELS}
    assert {config.labels["app"] for config in configs} == {"sessionmodels"}
    filtered = {name for name in MODELS for one in log.of("ALTER TABLE") if f"`dbt_{name}`" in one and "require_partition" in one}
    assert filtered == {name for name, model in MODELS.items() if model.time_column}
    assert not any("expiration" in one for one in log.of("CREATE"))
    reasons = {"whose partitions expire": {}, "which requires a filter": {"bigquery_partition_expiration_days": None}}
    for why, chosen in reasons.items():
        with pytest.raises(TargetError, match=rf"sessions reads all of session_events, {why}; select '\+sessions'"):
            build_all(bigquery_dataset, settings.model_copy(update=chosen), select="sessions")
    for mode, is_set in {"exact": True, "dbt": False}.items():  # there, the view computes a column
        kinds = {**tables, "tracks_flow": "view"}
        planned = plan_all(bigquery_dataset, settings.model_copy(update={"kinds": kinds, "compatibility": mode}))
        altered = [one.sql for one in planned if one.relation == "session_events" and one.sql.startswith("ALTER TABLE")]
        assert any("expiration" in one and "require" in one for one in altered) == is_set


@pytest.mark.slow
@pytest.mark.parametrize("warehouse", params(*ENGINES, "bigquery"), indirect=True)
def test_a_dry_run_touches_nothing(warehouse) -> None:
    """It prints what a build would run on what stands there, and runs none of it."""
    write_tracks(warehouse, OLD)
    before = names_in(warehouse), sa.inspect(warehouse).get_schema_names()
    new = f"analytics{uuid.uuid4().hex}"  # the emulators keep what other tests have made
    planned = plan_all(warehouse, Settings(target_schema=new))
    assert (names_in(warehouse), sa.inspect(warehouse).get_schema_names()) == before
    assert planned[0].sql.startswith("CREATE SCHEMA")
    assert {step.relation for step in planned} - {"the build"} == {"the target schema", "tracks", *MODELS}
    build_all(warehouse)
    rows = read_all(warehouse)
    again = plan_all(warehouse)
    assert_same(read_all(warehouse), rows)
    assert all(step.sql.endswith(";") for step in again)
    measured = {step.relation for step in again if step.bytes_read is not None}
    assert measured == (
        {"tracks", *(model.name for model in MODELS.values() if model.kind == "table" and "tracks" not in model.reads)}
        if warehouse.dialect.name == "bigquery"
        else set()
    )


@pytest.mark.slow
def test_the_command_shows_a_dry_run(duckdb) -> None:
    """As text, and as JSON for machines."""
    write_tracks(duckdb, OLD)
    url = duckdb.url.render_as_string()
    duckdb.dispose()
    text = run("build", "--url", url, "--dry-run").stdout
    assert "-- tracks: find the ids that occur more than once\nCREATE TEMPORARY TABLE" in text
    plain = json.loads(run("build", "--url", url, "--dry-run", "--json").stdout)
    assert all(step["sql"] in text for step in plain["steps"])


def test_a_refusal_of_googles_client_is_ours(bigquery_dataset, monkeypatch) -> None:
    """What it raises outside of a cursor becomes an error that names what was being done."""
    from google.api_core.exceptions import Forbidden  # noqa: PLC0415 - beside its only use

    write_tracks(bigquery_dataset, OLD)

    def forbid(*_args, **_kw):
        message = "no bigquery.tables.get on this dataset"
        raise Forbidden(message)

    monkeypatch.setattr("google.cloud.bigquery.Client.get_table", forbid)
    with pytest.raises(BuildError, match=r"the build: could not read the catalog.*no bigquery.tables.get"):
        build_all(bigquery_dataset)
