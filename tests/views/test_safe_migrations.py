"""Migrations on PostgreSQL: whoever may create in a schema on the path runs no code through our views or statements."""

import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from oracle import sessionize
from project import ALL_VIEWS, RAWS, Project, write_loaded
from sqlalchemy.exc import DBAPIError
from tables import assert_same, read_all

from sessionmodels import Settings, status
from sessionmodels.views import packaged

pytestmark = pytest.mark.slow

EXAMPLE = Path(__file__).parent.parent / "example"
OURS = (
    "set_config",
    "current_setting",
    "hashtextextended",
    "pg_advisory_lock",
    "pg_get_viewdef",
    "concat",
    "quote_literal",
    "sha256",
)
SIGNATURES = sa.text("""
SELECT pg_catalog.pg_get_function_identity_arguments(oid), pg_catalog.format_type(prorettype, NULL)
FROM pg_catalog.pg_proc WHERE proname = :name AND prokind = 'f' AND pronamespace = 'pg_catalog'\\:\\:pg_catalog.regnamespace
""")
CAPTURED = sa.text("""
SELECT DISTINCT called.proname FROM pg_catalog.pg_depend AS depends
JOIN pg_catalog.pg_rewrite AS rule ON depends.objid = rule.oid
  AND depends.classid = 'pg_catalog.pg_rewrite'\\:\\:pg_catalog.regclass
JOIN pg_catalog.pg_proc AS called ON depends.refobjid = called.oid
  AND depends.refclassid = 'pg_catalog.pg_proc'\\:\\:pg_catalog.regclass
WHERE called.pronamespace = 'evil'\\:\\:pg_catalog.regnamespace
""")


@pytest.fixture
def hostile(postgresql) -> sa.Engine:
    """A database in which everybody's path begins with a schema that has a double of every function that our views call."""
    write_loaded(postgresql, RAWS)
    written = (packaged.folder() / "sql" / "0001_postgresql.sql").read_text()
    doubled = 0
    with postgresql.connect() as connection:
        connection.exec_driver_sql("CREATE SCHEMA evil")
        for name in sorted({*re.findall(r"\b([a-z_]+)\(", written), *OURS}):
            for arguments, returns in connection.execute(SIGNATURES, {"name": name}).all():
                doubled += _double(connection, name, arguments, returns)
        connection.commit()
        connection.exec_driver_sql(f'ALTER DATABASE "{postgresql.url.database}" SET search_path TO evil, public, pg_catalog')
        connection.commit()
    assert doubled > 10
    postgresql.dispose()
    return postgresql


def _double(connection, name: str, arguments: str, returns: str) -> bool:
    made = f"""CREATE FUNCTION evil."{name}"({arguments}) RETURNS {returns} LANGUAGE plpgsql
    AS 'BEGIN RAISE EXCEPTION ''a double was called''; END'"""
    try:
        with connection.begin_nested():
            connection.exec_driver_sql(made)
    except DBAPIError:  # takes or returns what no function of a user's may
        return False
    return True


def captured(engine) -> set[str]:
    """Return the doubles that a view calls."""
    with engine.connect() as connection:
        return {*connection.scalars(CAPTURED)}


def test_the_packaged_migrations(hostile) -> None:
    """Up, checked, and down again."""
    settings = Settings(kinds=ALL_VIEWS, source_schema="public", target_schema="bi")
    packaged.migrate(hostile, settings)
    packaged.check(hostile, settings)
    assert captured(hostile) == set()
    assert_same(read_all(hostile, settings), sessionize(RAWS)[0])
    packaged.undo(hostile, settings)


def test_a_script(hostile) -> None:
    """It sets the path aside where it names every schema; where it does not, it says under which path to run it."""
    settings = Settings(kinds=ALL_VIEWS, source_schema="public", target_schema="bi")
    script = packaged.write_script(settings, dialect="postgresql")
    nameless = packaged.write_script(settings.model_copy(update={"target_schema": None}), dialect="postgresql")
    assert ["run this script under a search_path" in one for one in (script, nameless)] == [False, True]
    raw = hostile.raw_connection()
    raw.driver_connection.autocommit = True
    path = raw.driver_connection.execute("SHOW search_path").fetchone()
    raw.driver_connection.execute(script)
    assert raw.driver_connection.execute("SHOW search_path").fetchone() == path
    raw.close()
    assert captured(hostile) == set()
    assert_same(read_all(hostile, settings), sessionize(RAWS)[0])


def test_materialized_views(hostile, tmp_path) -> None:
    """What marks, compares and refreshes them calls no double either."""
    place: Any = {"source_schema": "public", "target_schema": "bi"}
    project = Project(tmp_path / "m", hostile, Settings(kinds=ALL_VIEWS, **place))
    project.upgrade()
    kept = project.under(kinds={**ALL_VIEWS, "tracks_flow": "materialized_view"}, idle_minutes=10, **place)
    kept.revise("flows are stored")
    kept.upgrade()
    assert kept.pending() == []
    assert captured(hostile) == set()
    assert [one.is_stale for one in status(hostile, kept.settings).materialized] == [False]


def test_a_connection_of_their_own_environment(hostile, tmp_path, monkeypatch) -> None:
    """It has their path before and after; between the two our statements find the system's functions alone."""
    shutil.copytree(EXAMPLE, tmp_path / "shop", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(tmp_path / "shop")
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setenv("SHOP_URL", hostile.url.render_as_string(hide_password=False))
    monkeypatch.setenv("SESSIONMODELS_KINDS", str(ALL_VIEWS).replace("'", '"'))
    monkeypatch.setenv("SESSIONMODELS_SOURCE_SCHEMA", "public")
    monkeypatch.setenv("SESSIONMODELS_TARGET_SCHEMA", "bi")
    env = Path("migrations/env.py")  # of our views alone: what Alembic's own comparisons call is not ours to say
    text = env.read_text().replace("import os\n", "import os\n\nfrom sessionmodels.views import options\n")
    env.write_text(text.replace("target_metadata=metadata,\n", "target_metadata=metadata,\n**options(plugins=()),\n"))
    for step, words in (("upgrade", ["head"]), ("revision", ["ours", True]), ("upgrade", ["head"]), ("check", [])):
        sys.modules.pop("shop", None)
        getattr(command, step)(Config(toml_file=Path("pyproject.toml")), *words)
    assert captured(hostile) == set()
    assert_same(read_all(hostile, Settings(target_schema="bi")), sessionize(RAWS)[0])
