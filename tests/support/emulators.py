"""Emulators of BigQuery and Snowflake, in environments of their own, and Redshift's dialect on PostgreSQL.

None of them is the warehouse itself: they prove that statements flow through the real driver and dialect, and what rows
come back. What each cannot do is put right here, by rule, so that what is left to a real account can be read off.

`EMULATORS` in the environment names a folder with a virtual environment for each; `.ci/emulators FOLDER` makes it.
"""

import contextlib
import re
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from environments import python_of
from postgres_server import free_port
from sqlalchemy import event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2
from sqlalchemy_redshift.dialect import RedshiftDialect_psycopg2

SERVERS = Path(__file__).parent / "servers"
START_SECONDS = 60
LEFT_OUT = "EMULATORS names no folder with their environments; `.ci/emulators FOLDER` makes one"


@contextlib.contextmanager
def emulator(name: str, ports: int) -> Iterator[int]:
    """Start an emulator, and yield the port that it answers on."""
    python, numbers = python_of("EMULATORS", name, LEFT_OUT), [free_port() for _ in range(ports)]
    server = subprocess.Popen(
        [python, SERVERS / f"{name}_server.py", *map(str, numbers)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_until_it_answers(server, numbers[0])
        yield numbers[0]
    finally:
        server.kill()  # it keeps everything in memory, and would take seconds to put that away
        server.wait(START_SECONDS)


def wait_until_it_answers(server: subprocess.Popen, port: int) -> None:
    ends = time.monotonic() + START_SECONDS
    while True:
        assert server.poll() is None, "the emulator ended as soon as it began"
        assert time.monotonic() < ends, f"the emulator did not answer within {START_SECONDS} s"
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1)
        except urllib.error.HTTPError:
            return  # it answers, if only that there is nothing here
        except OSError:
            pass
        else:
            return
        time.sleep(0.1)


NOTHING = ""
"""What is not sent at all."""


def rewritten(engine: sa.Engine, *rules: tuple[str, str]) -> sa.Engine:
    """Make an engine rewrite each statement by these rules just before it is sent."""
    compiled = [(re.compile(pattern, re.DOTALL), instead) for pattern, instead in rules]

    def rewrite(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> tuple[str, Any]:
        for pattern, instead in compiled:
            statement = pattern.sub(instead, statement)
        return statement, parameters

    event.listen(engine, "before_cursor_execute", rewrite, retval=True)
    event.listen(engine, "do_execute", lambda _cursor, statement, *_rest: True if statement == NOTHING else None)
    return engine


def bigquery_client(port: int) -> Any:
    """Return Google's client, which raises on the errors that the emulator answers with HTTP 200."""
    from google.api_core import exceptions  # noqa: PLC0415 - heavy
    from google.api_core.client_options import ClientOptions  # noqa: PLC0415
    from google.auth.credentials import AnonymousCredentials  # noqa: PLC0415
    from google.cloud import bigquery  # noqa: PLC0415

    options = ClientOptions(api_endpoint=f"http://127.0.0.1:{port}")
    client = bigquery.Client(project="proj", credentials=AnonymousCredentials(), client_options=options)
    request = client._connection.api_request

    def strict(*args: Any, **kw: Any) -> Any:
        answer = request(*args, **kw)
        errors = answer.get("errors") if isinstance(answer, dict) and answer.get("kind") == "bigquery#queryResponse" else None
        if errors:
            status = {"duplicate": 409, "notFound": 404}.get(errors[0].get("reason"), 400)
            raise exceptions.from_http_status(status, errors[0].get("message", ""), errors=errors)
        return answer

    client._connection.api_request = strict
    return client


def bigquery_engine(port: int) -> sa.Engine:
    """Return an engine of a new dataset. The emulator knows no `GRANT`."""
    client, dataset = bigquery_client(port), f"t{uuid.uuid4().hex}"
    client.create_dataset(dataset)
    engine = sa.create_engine(f"bigquery://proj/{dataset}?user_supplied_client=True", connect_args={"client": client})
    return rewritten(engine, (r"^GRANT .*", NOTHING))


def snowflake_engine(port: int) -> sa.Engine:
    """Return an engine of a new database. The emulator knows no query tags, grants, nor comments on several columns.

    It takes no columns beside a cluster key, and stumbles over a quote in a comment.
    """
    database = f"T{uuid.uuid4().hex}".upper()
    url = sa.URL.create("snowflake", username="fake", password="snow", host="fakesnow", database=f"{database}/PUBLIC")
    here = {"host": "127.0.0.1", "port": port, "protocol": "http", "account": "fakesnow"}
    return rewritten(
        sa.create_engine(url, connect_args=here),
        (r"^(GRANT|ALTER SESSION|ALTER TABLE \S+ MODIFY COLUMN) .*", NOTHING),
        (r"^(CREATE OR REPLACE TRANSIENT TABLE \S+ CLONE \S+) COPY GRANTS$", r"\1"),
        (r"^(CREATE TRANSIENT TABLE \S+) \(.*?\) CLUSTER BY \(TO_DATE\(\S+\), \S+\) ", r"\1 "),
        (r"(COMMENT (?:ON \w+ \S+ IS |= )?'[^']*)''", r"\1`"),
    )


class RedshiftOnPostgreSQL(RedshiftDialect_psycopg2):
    """Redshift's dialect with PostgreSQL's reflection, since PostgreSQL lacks the catalogue tables that Redshift's asks."""

    supports_statement_cache = True

    def create_connect_args(self, *args: Any, **kw: Any) -> Any:
        positional, named = super().create_connect_args(*args, **kw)
        return positional, {**named, "sslmode": "disable"}


GET = r"get_(multi_|columns|pk|foreign|indexes|unique|check|table|view|temp|materialized)"
REFLECTION = rf"{GET}|has_table|_get_table|_get_columns|_columns_query|_has_table"
for name in (name for name in dir(PGDialect_psycopg2) if re.match(REFLECTION, name)):
    setattr(RedshiftOnPostgreSQL, name, next(vars(kind)[name] for kind in PGDialect_psycopg2.__mro__ if name in vars(kind)))
registry.register("redshift.onpg", __name__, "RedshiftOnPostgreSQL")

REDSHIFTS_OWN = """
CREATE FUNCTION pg_catalog.datediff(unit text, a timestamp, b timestamp) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE lower(unit)
    WHEN 'microsecond' THEN (extract(epoch from b) * 1000000 - extract(epoch from a) * 1000000)::bigint
    ELSE (extract(epoch from date_trunc(unit, b) - date_trunc(unit, a))
          / CASE lower(unit) WHEN 'second' THEN 1 WHEN 'minute' THEN 60 WHEN 'hour' THEN 3600 END)::bigint END $$;
CREATE FUNCTION pg_catalog.convert_timezone(source text, target text, t timestamp) RETURNS timestamp LANGUAGE sql IMMUTABLE AS $$
  SELECT t AT TIME ZONE source AT TIME ZONE target $$;
CREATE FUNCTION pg_catalog.sha2(t text, bits integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT encode(sha256(convert_to(t, 'UTF8')), 'hex') $$;
CREATE FUNCTION pg_catalog.farmfingerprint64(t text) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$ SELECT hashtextextended(t, 0) $$;
"""
"""`DATEDIFF`, which counts boundaries, `CONVERT_TIMEZONE`, `SHA2` and `FARMFINGERPRINT64` as Redshift documents them: written
here, so they prove nothing about Redshift's own."""


def redshift_engine(address: str, database: str, *, bare: bool = True) -> sa.Engine:
    """Return an engine of Redshift's dialect on a PostgreSQL database, which knows neither keys nor late-binding views.

    A bare database is given Redshift's own function first; a copy of one that was has it.
    """
    if bare:
        admin = sa.create_engine(f"postgresql+psycopg2://postgres@{address}/{database}")
        with admin.begin() as connection:
            connection.exec_driver_sql("SET allow_system_table_mods = on")
            connection.exec_driver_sql(REDSHIFTS_OWN)
        admin.dispose()
    engine = sa.create_engine(f"redshift+onpg://postgres@{address}/{database}")

    @event.listens_for(engine, "connect")
    def escape(connection: Any, _record: Any) -> None:
        connection.cursor().execute("SET standard_conforming_strings = off; SET escape_string_warning = off")
        connection.commit()

    return rewritten(
        engine,
        (r"\bDATEDIFF\((\w+),", r"DATEDIFF('\1',"),
        (r" DISTKEY \(\S+\) SORTKEY \(\S+\) AS ", " AS "),
        (r" WITH NO SCHEMA BINDING$", ""),
        (r"^SET LOCAL query_group TO ", "SET LOCAL sessionmodels.query_group TO "),
        (r" TO ROLE ", " TO "),
    )
