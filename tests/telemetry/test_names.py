"""The names of tables and files, as OpenLineage's naming specification has them."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from sessionmodels.telemetry.datasets import Dataset, Datasets, of_files
from sessionmodels.warehouses import WAREHOUSES
from sessionmodels.warehouses.render import dialect_of

SECRET = "hunter9XQZ"
NAMES = [
    (f"postgresql+psycopg://me:{SECRET}@db.example:6432/shop", "analytics", "postgres://db.example:6432", "shop.analytics.dbt_x"),
    (f"postgresql+psycopg://me:{SECRET}@/shop", "public", "postgres://localhost:5432", "shop.public.dbt_x"),
    (
        f"redshift+psycopg2://me:{SECRET}@wh.abc123.us-west-2.redshift.amazonaws.com:5439/dev",
        "public",
        "redshift://wh.us-west-2:5439",
        "dev.public.dbt_x",
    ),
    (
        f"redshift+psycopg2://me:{SECRET}@wg.0123.eu-central-1.redshift-serverless.amazonaws.com/dev",
        "public",
        "redshift://wg.eu-central-1:5439",
        "dev.public.dbt_x",
    ),
    (f"snowflake://me:{SECRET}@org-account/db/sch?warehouse=w", "sch", "snowflake://org-account", "DB.SCH.DBT_X"),
    (f"snowflake://me:{SECRET}@org-account/db", "other.sch", "snowflake://org-account", "OTHER.SCH.DBT_X"),
    ("bigquery://project/dataset", "dataset", "bigquery", "project.dataset.dbt_x"),
    (f"postgresql+psycopg://me:{SECRET}@db.example/shop", "a.b", "postgres://db.example:5432", "shop.a.b.dbt_x"),
    ("bigquery://project", "other-project.dataset", "bigquery", "other-project.dataset.dbt_x"),
    ("duckdb:////data/shop.duckdb", "main", "duckdb:///data/shop.duckdb", "shop.main.dbt_x"),
    ("duckdb://", "main", "duckdb://:memory:", "memory.main.dbt_x"),
    (f"duckdb:///md:shop?motherduck_token={SECRET}", "main", "duckdb://md:shop", "shop.main.dbt_x"),
    ("duckdb:///motherduck:shop", "main", "duckdb://motherduck:shop", "shop.main.dbt_x"),
    ("duckdb:////data/my.shop.duckdb", "main", "duckdb:///data/my.shop.duckdb", "my.main.dbt_x"),
]


@pytest.mark.parametrize(("url", "schema", "namespace", "name"), NAMES)
def test_the_name_of_a_table(url, schema, namespace, name) -> None:
    """The namespace is the server, the account, the file or BigQuery; no part is a user or a password."""
    made = sa.make_url(url)
    datasets = Datasets(made, dialect_of(WAREHOUSES[made.get_backend_name()]), schema)
    found = datasets.of_result(sa.Table("dbt_x", sa.MetaData()))
    assert found == Dataset(namespace, name)
    assert "me" not in found.namespace.split("/")
    assert SECRET not in str(found)


def test_the_project_of_a_login() -> None:
    """A URL that names no project means that of the login, which the dialect knows once it is connected."""
    dialect = dialect_of(WAREHOUSES["bigquery"])
    dialect.project_id = "mine"  # pyright: ignore[reportAttributeAccessIssue]
    found = Datasets(sa.make_url("bigquery://"), dialect, "dataset").of_result(sa.Table("dbt_x", sa.MetaData()))
    assert found.name == "mine.dataset.dbt_x"


def test_a_file_in_the_working_directory() -> None:
    """It has the name that it has from anywhere."""
    url = sa.make_url("duckdb:///shop.duckdb")
    assert Datasets(url, dialect_of(WAREHOUSES["duckdb"]), "main").namespace == f"duckdb://{Path.cwd() / 'shop.duckdb'}"


def test_the_name_of_files() -> None:
    """By the folder or the bucket that they lie in, without logins and queries, which are often signatures."""
    assert of_files("/data/events/*.parquet") == Dataset("file", "/data/events/*.parquet")
    assert of_files("s3://bucket/events/*.parquet") == Dataset("s3://bucket", "events/*.parquet")
    signed = f"https://me:{SECRET}@host.example/a/b.csv?X-Amz-Signature={SECRET}#x"
    assert of_files(signed) == Dataset("https://host.example", "a/b.csv")
