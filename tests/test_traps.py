"""Traps that cost others dearly: for each a test that fails when it is stepped into.

Where a trap lies in a word's spelling, the word is spelt wrong on purpose, and the conformance stream must notice.
"""

import re
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from conformance import stream
from engines import ENGINES, on
from facts import FACTS, FACTS_RULES
from oracle import Raw, sessionize
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from streams import CODES, OLD, STARTS, events
from tables import assert_same, assert_whole, context_columns, read_all, schema_of, tracks_table, write_tracks

from sessionmodels import Settings, build_all
from sessionmodels.conformance import verify
from sessionmodels.models import MODELS
from sessionmodels.offline.script import write_statements
from sessionmodels.sql.elapsed import elapsed
from sessionmodels.sql.short_hash import short_hash
from sessionmodels.sql.to_utc import zoned_as_stored
from sessionmodels.warehouses import WAREHOUSES

pytestmark = pytest.mark.usefixtures("by_the_contract")


@pytest.fixture(scope="module", params=[*WAREHOUSES])
def sql(request) -> str:
    """Every statement of a first build, in both compatibilities and in either kind, for each dialect in turn."""
    kinds = dict.fromkeys(MODELS, "view")
    variants: tuple[dict[str, Any], ...] = (
        {},
        {"kinds": kinds},
        {"compatibility": "dbt", "deduplicate": False, "loaded_since": "2026-01-31"},
    )
    return "\n".join("\n".join(write_statements(Settings(**chosen), request.param)) for chosen in variants)


def spellings_of(word: type) -> dict:
    """Return a word's spelling in each dialect, to be spelt otherwise."""
    return vars(word)["_compiler_dispatcher"].specs


@pytest.mark.parametrize(
    "statement",
    ["SELEC 1", "SELECT nope FROM {tracks}", "SELECT 1 FROM nowhere"],
    ids=["a misspelt keyword", "an unknown column", "an unknown table"],
)
def test_every_engine_can_refuse(warehouse, statement) -> None:
    """Before an emulator is trusted: a misspelt keyword, an unknown column and an unknown table all raise."""
    write_tracks(warehouse, OLD)
    schema = schema_of(warehouse)
    tracks = f"{schema}.tracks" if schema else "tracks"
    with warehouse.connect() as connection, pytest.raises(DBAPIError):
        connection.exec_driver_sql(statement.format(tracks=tracks)).all()


SPELT_WRONG = {
    "boundaries counted": {
        "duckdb": "(DATE_DIFF('minute', {0}, {1}) * 60000000)",
        "redshift": "(DATEDIFF(MINUTE, {0}, {1}) * 60000000)",
    },
    "seconds, truncated": {
        "duckdb": "(((EPOCH_US({1}) - EPOCH_US({0})) // 1000000) * 1000000)",
        "postgresql": "CAST(FLOOR(EXTRACT(EPOCH FROM ({1} - {0}))) * 1000000 AS BIGINT)",
    },
}
"""By trap, the wrong spelling on each warehouse, which the conformance stream must notice."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("warehouse", "trap"), [on(name, trap) for trap, spelt in SPELT_WRONG.items() for name in spelt], indirect=["warehouse"]
)
def test_minutes_are_found_out(warehouse, monkeypatch, trap) -> None:
    """A `DATEDIFF` that counts boundaries, or a difference that is cut off, gives other sessions than the expected ones."""
    spelling = SPELT_WRONG[trap][warehouse.dialect.name]

    def wrong(element, compiler, **kw):
        return spelling.format(*(compiler.process(side, **kw) for side in element.clauses))

    monkeypatch.setitem(spellings_of(elapsed), warehouse.dialect.name, wrong)
    differing = {one.relation for one in verify(warehouse) if not one.equal}
    assert differing >= {"mapped_tracks", "session_duration"}
    assert "aliases_mapping" not in differing


@pytest.mark.slow
def test_ids_that_share_a_hash_are_told_apart(duckdb, monkeypatch) -> None:
    """DuckDB looks for repeated ids among those whose short hash is repeated, and the ids themselves decide."""
    monkeypatch.setitem(spellings_of(short_hash), "duckdb", lambda _element, _compiler, **_kw: "HASH(7)")
    write_tracks(duckdb, stream())
    build_all(duckdb, incremental=True)
    assert_same(read_all(duckdb), sessionize(stream())[0])


@pytest.mark.slow
def test_a_session_time_zone_is_found_out(engine, monkeypatch) -> None:
    """A zoned time that is cast away takes the session's time zone. Conversion to UTC does not, as `test_laws.py` shows."""
    words = "SET TimeZone = 'America/New_York'" if engine.dialect.name == "duckdb" else "SET TIME ZONE 'America/New_York'"

    @event.listens_for(engine, "connect")
    def elsewhere(connection, _record) -> None:
        connection.cursor().execute(words)
        connection.commit()

    def cast_away(element, compiler, **kw):
        return f"(CAST({compiler.process(element.clauses, **kw)} AS TIMESTAMP) AT TIME ZONE 'UTC')"

    monkeypatch.setitem(spellings_of(zoned_as_stored), engine.dialect.name, cast_away)
    assert not all(one.equal for one in verify(engine))


@pytest.mark.slow
def test_no_default_frames(sql) -> None:
    """A sum, count or extreme over an order says its frame: unasked, engines differ in it."""
    in_brackets = r"\(((?:[^()]|\([^()]*\))*)\)"
    windows = re.findall(rf"\b(?:sum|max|min|count){in_brackets}\s+OVER\s+{in_brackets}", sql, re.IGNORECASE)
    assert windows
    for _, window in windows:
        assert "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW" in window


@pytest.mark.slow
def test_no_words_that_one_of_them_lacks(sql) -> None:
    """No `IGNORE NULLS` and no `NULLS LAST` (a null's place is a sort key), no interval, no pattern of a session parameter."""
    for word in (r"IGNORE\s+NULLS", r"NULLS\s+(FIRST|LAST)", r"\bINTERVAL\b", r"\bDATEADD\b", r"\bTO_CHAR\b"):
        assert not re.search(word, sql, re.IGNORECASE), word


@pytest.mark.slow
def test_null_ids_are_filtered_before_the_window(sql) -> None:
    """Millions of null ids in one partition would be quadratic on some engines."""
    for alias in re.findall(r"(?s)logins`? AS\s+\(SELECT(.*?)latest_logins", sql):
        assert re.search(r"WHERE \S*anonymous_id`? IS NOT NULL", alias)


@pytest.mark.slow
def test_no_narrow_text_on_redshift() -> None:
    """A bare `VARCHAR` or `TEXT` is 256 wide there; the conformance stream has an id of 65,000 letters."""
    statements = "\n".join(write_statements(Settings(), "redshift"))
    assert "VARCHAR(65535)" in statements
    assert not re.search(r"\bVARCHAR\b(?!\(65535\))|\bTEXT\b", statements)


@pytest.mark.slow
def test_no_bare_timestamp_on_snowflake() -> None:
    """What a bare `TIMESTAMP` is there, a parameter of the session decides."""
    statements = "\n".join(write_statements(Settings(), "snowflake"))
    assert "TIMESTAMP_TZ" in statements
    assert not re.search(r"AS TIMESTAMP\)", statements)


@pytest.mark.slow
def test_upper_case_names_on_snowflake(snowflake_database) -> None:
    """Tables and columns as the loader makes them there, and results that are asked for without quotes."""
    with snowflake_database.begin() as connection:
        connection.exec_driver_sql(
            'CREATE TABLE "TRACKS" ("ID" VARCHAR, "ANONYMOUS_ID" VARCHAR, "USER_ID" NUMBER(38, 0), "EVENT" VARCHAR,'
            ' "TIMESTAMP" TIMESTAMP_TZ, "UUID_TS" TIMESTAMP_TZ)'
        )
        connection.exec_driver_sql(
            """INSERT INTO tracks VALUES ('1', 'd', 7, 'x', '1970-01-01 00:00:00Z', '1970-01-01 00:00:00Z')"""
        )
    build_all(snowflake_database)
    assert_same(read_all(snowflake_database), sessionize([Raw("1", "d", "7", "x", 0, 0)])[0])
    with snowflake_database.connect() as connection:
        assert connection.exec_driver_sql("SELECT Timestamp FROM DBT_Track_Facts").all()


RESERVED = {"id": "select", "anonymous_id": "from", "user_id": "group", "event": "order", "timestamp": "interval"}
"""Columns of the source that are words of SQL: the dialect quotes."""

NASTY = ["it's", "100%", "a\\", "%(x)s", "{x}", ":name", "two\nlines", 'dou"ble', "back`tick", "Ü✓", "-- no", "x" * 300]
"""Names of events that are nasty in SQL, in a driver's parameters and in a comment."""

COUNTERS = {f"c{n}": [name] for n, name in enumerate(NASTY)} | {"all_of_them": NASTY}
NUMBERS = {
    "5": "5",
    "+5": "5",
    "-0.5": "-0.5",
    "007": "7",
    "19.989999999999998": "19.99",
    "0.0000000004999": "0",
    "0.0000000005": "0.000000001",
    "-0.0000000005": "-0.000000001",
    "999999999999999999.9999999999": "1000000000000000000",
    "123456789012345678.12345678912345678901": "123456789012345678.123456789",
}
"""Texts that are numbers on every warehouse, and their value, which is the same there."""

NO_NUMBERS = (
    *(
        "1e3",
        "1,5",
        "1 000",
        " 5",
        "5 ",
        ".5",
        "5.",
        "--5",
        "+-5",
        "1_000",
        "0x1F",
        "NaN",
        "Infinity",
        "$5",
        "\u0663",
        "5\n",
        "5\n6",
    ),
    *("1234567890123456789", "0.123456789012345678901", "1.2.3", "null", "'", "5%"),
)


def all_that_is_easily_lost() -> list[Raw]:
    """Return an event of each name and with each number, a tenth ten times, and others by chance."""
    dice = Random(14)
    names = [Raw(f"e{n}", "nasty", None, name, n * 1_000_000) for n, name in enumerate(NASTY)]
    texts = enumerate((*NUMBERS, *NO_NUMBERS))
    numbers = [Raw(f"n{n}", f"number{n:02}", None, "x", 0, context=(("revenue", text),)) for n, text in texts]
    tenths = enumerate((*["0.1"] * 10, "nothing", "1e5"))
    summed = [Raw(f"t{n}", "tenths", None, "x", n * 1_000_000, context=(("revenue", text),)) for n, text in tenths]
    chance = [raw for n in range(12) for raw in events(n, STARTS[0], [dice.randrange(CODES) for _ in range(6)])]
    return [*names, *numbers, *summed, *(raw for raw in chance if len(raw.anonymous_id or "") < 60_000)]


def write_under_reserved_words(engine: sa.Engine, raws: list[Raw]) -> None:
    """Make a table `reserved` hold these rows."""
    write_tracks(engine, raws)
    table = tracks_table(context=context_columns(raws), schema=schema_of(engine))
    renamed = (column.label(RESERVED.get(column.name, column.name)) for column in table.c)
    with engine.begin() as connection:
        connection.execute(sa.CreateTableAs(sa.select(*renamed), "reserved", schema=schema_of(engine)))


@pytest.mark.slow
@pytest.mark.usefixtures("unguarded")
def test_words_names_and_numbers(warehouse) -> None:
    """Columns that are words of SQL, counters of nasty names, numbers in texts, and facts of one's own, computed as by dbt.

    What is no number adds nothing, and sums of integers are integers.
    """
    raws = all_that_is_easily_lost()
    write_under_reserved_words(warehouse, raws)
    named: Any = {f"{part}_column": name for part, name in RESERVED.items()}
    chosen = Settings(**FACTS, **named, source_table="reserved", event_counters=COUNTERS, compatibility="dbt", layout=False)
    times = 2 if warehouse.dialect.name in ENGINES else 1
    *_, result = (build_all(warehouse, chosen) for _ in range(times))
    found = read_all(warehouse, chosen)
    totals = {row["dbt_visitor_id"]: row["revenue"] for row in found["sessions"]}
    assert [totals[f"number{n:02}"] for n in range(len(NUMBERS))] == [*map(Decimal, NUMBERS.values())]
    assert {totals[f"number{n:02}"] for n in range(len(NUMBERS), len(NUMBERS) + len(NO_NUMBERS))} == {None}
    assert totals["tenths"] == 1, "sums are exact"
    (nasty,) = (row for row in found["sessions"] if row["dbt_visitor_id"] == "nasty")
    assert [nasty[name] for name in COUNTERS] == [*[1] * len(NASTY), len(NASTY)]
    counters = tuple((name, tuple(names)) for name, names in COUNTERS.items())
    expected = sessionize(raws, replace(FACTS_RULES, dbt=True, deduplicate=False, counters=counters))[0]
    assert_same(found, expected)
    assert_whole(found, expected)
    assert result.source
    assert result.source.events_kept == len(expected["session_events"])
