"""The keyed hash, and that nothing of the key is ever shown."""

import logging
import traceback
from hashlib import sha256

import pytest
import sqlalchemy as sa
from oracle import MINUTE, Raw, Rules, sessionize
from oracle_rows import keyed
from people import KEY
from sqlalchemy import event
from streams import DEVICES, USERS
from tables import assert_same, read, read_all, schema_of, write_tracks

from sessionmodels import BuildError, Settings, SettingsError, build_all, forget, plan_all
from sessionmodels.connection.unlock import unlocked
from sessionmodels.models import MODELS
from sessionmodels.offline.script import write_statements
from sessionmodels.settings.key import Key, key_in_environment
from sessionmodels.sql.keyed_hash import keyed_hash
from sessionmodels.sql.text import as_text

BLOCKS = Key(KEY).secrets[1:]
RAWS = [Raw(f"e{n}", f"d{n % 3}", "u" if n % 4 == 0 else None, "x", n * 20 * MINUTE, n * MINUTE) for n in range(12)]
HASHED = Settings(hash_ids=True)


@pytest.fixture(autouse=True)
def _key(monkeypatch) -> None:
    monkeypatch.setenv("SESSIONMODELS_KEY", KEY)


def shows_nothing(text: str) -> bool:
    """Whether a text has neither the key nor six characters in a row of what is derived from it."""
    return KEY not in text and not any(block[n : n + 6] in text for block in BLOCKS for n in range(59))


def test_the_hash_is_the_same_everywhere(warehouse) -> None:
    """In Python, in the oracle and in SQL, of any text; a null has none."""
    texts = sorted({one for one in (*DEVICES, *USERS) if one})
    with warehouse.connect() as connection, unlocked(connection):
        columns = [keyed_hash(as_text(sa.literal(text))) for text in texts]
        *found, none = connection.execute(sa.select(*columns, keyed_hash(as_text(sa.null())))).one()
    assert found == [keyed(text, KEY) for text in texts] == [Key(KEY).blocks.hash_of(text) for text in texts]
    assert none is None
    assert found[0] != sha256(texts[0].encode()).hexdigest()


@pytest.mark.slow
def test_every_id_is_hashed(duckdb) -> None:
    """In every relation: all is as without hashes, but for the ids of devices, users and visitors. Ids of events stay."""
    write_tracks(duckdb, RAWS)
    build_all(duckdb, HASHED, incremental=True)
    ids = "anonymous_id", "user_id", "dbt_visitor_id", "alias"

    def renamed(row: dict) -> dict:
        new = row | {name: keyed(row[name], KEY) for name in ids if name in row}
        number, _, visitor = row.get("session_id", "").partition(" - ")
        return new | ({"session_id": f"{number} - {keyed(visitor, KEY)}"} if visitor else {})

    plain = sessionize(RAWS, Rules())[0]
    assert_same(read_all(duckdb, HASHED), {name: list(map(renamed, rows)) for name, rows in plain.items()})
    assert build_all(duckdb, HASHED, incremental=True).mode == "nothing"
    build_all(duckdb)
    assert_same(read_all(duckdb), plain)


@pytest.mark.slow
def test_another_key_renames_everybody(duckdb, monkeypatch) -> None:
    """So no incremental build goes on from the other names. Without a key, nothing is built."""
    write_tracks(duckdb, RAWS)
    build_all(duckdb, HASHED, incremental=True)
    monkeypatch.setenv("SESSIONMODELS_KEY", "another key of enough characters for all")
    assert build_all(duckdb, HASHED, incremental=True).mode == "full"
    monkeypatch.delenv("SESSIONMODELS_KEY")
    with pytest.raises(SettingsError, match="hash_ids is set, and SESSIONMODELS_KEY is not set in the environment"):
        build_all(duckdb, HASHED)


@pytest.mark.slow
def test_nothing_is_shown(engine, caplog) -> None:
    """Not in SQLAlchemy's log of all statements, not in ours, not in plans, not in the table of builds, not in views."""
    logging.getLogger("sqlalchemy.engine.Engine").setLevel(logging.DEBUG)
    caplog.set_level(logging.DEBUG)
    try:
        write_tracks(engine, RAWS)
        build_all(engine, HASHED, incremental=True)
        forget(engine, HASHED, users="u", devices=True)
        planned = "".join(one.sql for one in plan_all(engine, HASHED))
        build_all(engine, HASHED)
    finally:
        logging.getLogger("sqlalchemy.engine.Engine").setLevel(logging.NOTSET)
    assert "CREATE TEMPORARY TABLE" in caplog.text.upper()
    shown = [caplog.text, planned, str(read(engine, "sessionmodels_builds_dbt_", Settings(table_prefix="")))]
    shown += [repr(key_in_environment()), repr(Key(KEY).blocks), "\n".join(write_statements(HASHED, engine.dialect.name))]
    with engine.connect() as connection:
        names = [f"dbt_{name}" for name, model in MODELS.items() if model.kind == "view"]
        schema = schema_of(engine)
        shown += [str(sa.inspect(connection).get_view_definition(name, schema)) for name in names]
    assert all(map(shows_nothing, shown))


def test_nothing_is_shown_by_a_failure(transactional, caplog) -> None:
    """Databases quote a part of a statement that they refuse, even a part of a value."""
    write_tracks(transactional, RAWS)
    words = {"duckdb": "sha256(", "postgresql": "sha256(", "redshift": "SHA2("}[transactional.dialect.name]

    @event.listens_for(transactional, "before_cursor_execute", retval=True)
    def spoil(_connection, _cursor, statement, parameters, _context, _many):
        return statement.replace(words, words.replace("(", "_no_function(")), parameters

    with pytest.raises(BuildError, match="no_function") as failed:
        build_all(transactional, HASHED, incremental=True)
    shown = [str(failed.value), str(failed.value.statement), caplog.text, "".join(traceback.format_exception(failed.value))]
    shown.append(str(read(transactional, "sessionmodels_builds_dbt_", Settings(table_prefix=""))))
    assert all(map(shows_nothing, shown))


def test_no_statement_on_postgresql_has_it(postgresql) -> None:
    """The server logs statements that fail. And a connection that goes back to its pool has nothing either."""
    sent: list[str] = []
    event.listen(postgresql, "before_cursor_execute", lambda _c, _u, statement, *_more: sent.append(statement))
    write_tracks(postgresql, RAWS)
    build_all(postgresql, HASHED, incremental=True)
    forget(postgresql, HASHED, users="u")
    assert shows_nothing("\n".join(sent))
    with postgresql.connect() as connection:
        assert not connection.exec_driver_sql("SELECT current_setting('sessionmodels.inner')").scalar_one()


def test_a_statement_without_the_key_is_not_run(engine) -> None:
    """It would hash with what is printed in its place, or with what is left in the session."""
    with engine.connect() as connection, pytest.raises(RuntimeError, match="without the key"):
        connection.execute(sa.select(keyed_hash(sa.literal("x"))))


def test_bytes_that_are_no_text(duckdb, monkeypatch) -> None:
    """Neither a key nor an id of such bytes is repeated, not even by the error's own parts."""
    monkeypatch.setenv("SESSIONMODELS_KEY", "secretpart\udcff" * 4)
    with pytest.raises(SettingsError, match="has bytes that are not UTF-8") as refused:
        build_all(duckdb)
    assert "secretpart" not in repr(refused.value)
    assert (refused.value.__cause__, refused.value.__context__) == (None, None)
    monkeypatch.setenv("SESSIONMODELS_KEY", "k" * 32)
    with pytest.raises(SettingsError, match="users: an id has bytes that are not UTF-8") as refused:
        forget(duckdb, users="ann\udcff")
    assert "ann" not in repr(refused.value)
