"""The filter of raw rows: what passes, what a null means, what is counted, and that builds stay exact."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from oracle import MINUTE, Raw, Rules, sessionize
from snowflake.sqlalchemy import TIMESTAMP_TZ
from tables import assert_same, read, read_all, write_sources, write_tracks

from sessionmodels import Settings, SettingsError, SourceError, build_all
from sessionmodels.source.where import bound
from sessionmodels.warehouses import WAREHOUSES
from sessionmodels.warehouses.render import dialect_of

HOUR = 60 * MINUTE
TEXTS = (None, "", "bot", "Bot", "10.0.0.1", "it's %", "b")


def rows(source: str = "tracks") -> list[Raw]:
    return [
        Raw(f"{source}{n}", f"d{n % 3}", None, "x", n * MINUTE, n * HOUR, (("agent", text),), source)
        for n, text in enumerate(TEXTS)
    ]


PASSES = {
    ("=", "bot"): lambda text: text == "bot",
    ("!=", "bot"): lambda text: text != "bot",
    ("in", ("bot", "it's %")): lambda text: text in {"bot", "it's %"},
    ("not in", ("bot", "Bot")): lambda text: text not in {"bot", "Bot"},
    ("is null", None): lambda text: text is None,
    ("is not null", None): lambda text: text is not None,
    ("starts with", "b"): lambda text: text is not None and text.startswith("b"),
    ("starts with", "it's %"): lambda text: text is not None and text.startswith("it's %"),
    ("not starts with", "b"): lambda text: text is None or not text.startswith("b"),
    ("contains", "o"): lambda text: text is not None and "o" in text,
    ("contains", "'s %"): lambda text: text is not None and "'s %" in text,
    ("not contains", "ot"): lambda text: text is None or "ot" not in text,
    ("<", "b"): lambda text: text is not None and text < "b",
    (">=", "b"): lambda text: text is not None and text >= "b",
    ("<=", "Bot"): lambda text: text is not None and text <= "Bot",
    (">", "Bot"): lambda text: text is not None and text > "Bot",
}


@pytest.mark.slow
def test_each_operator(engine) -> None:
    """A row without a value differs from every value, and is neither equal to one nor less nor greater.

    Each operator has a column of its own. A row has one of the texts in one column, and what passes in all others.
    """
    columns = {f"text{number}": one for number, one in enumerate(PASSES)}
    fits = {column: next(filter(PASSES[one], TEXTS)) for column, one in columns.items()}
    raws, passing = [], set()
    for column, (operator, value) in columns.items():
        for text in TEXTS:
            name, at = f"{operator} {value!r}: {text!r}", len(raws)
            raws.append(Raw(name, f"d{at % 3}", None, "x", at * MINUTE, at * HOUR, tuple({**fits, column: text}.items())))
            passing |= {name} if PASSES[operator, value](text) else set()
    where = [
        {"column": column, "operator": operator} | ({} if value is None else {"value": value})
        for column, (operator, value) in columns.items()
    ]
    write_tracks(engine, raws)
    result = build_all(engine, Settings(where=where), select="+session_events")
    assert {row["event_id"] for row in read(engine, "session_events")} == passing
    assert result.source is not None
    assert (result.source.events_read, result.source.filtered) == (len(raws), len(raws) - len(passing))
    assert result.source.events_kept == len(passing)


@pytest.mark.slow
def test_other_types(engine) -> None:
    """Numbers, truth values and times are compared as such, also if they are written as text: each keeps one row out."""
    shown = "CASE n WHEN {0} THEN {1} ELSE {2} END AS {3}"
    columns = ", ".join(
        (
            shown.format(0, 1, 2, "score"),
            shown.format(1, 3, 2, "other_score"),
            shown.format(2, "TRUE", "FALSE", "internal"),
            shown.format(3, "FALSE", "TRUE", "external"),
        )
    )
    with engine.begin() as connection:
        connection.exec_driver_sql(
            f"CREATE TABLE tracks AS SELECT 'e' || n AS id, 'd' AS anonymous_id, 'x' AS event, {columns},"
            " CAST('2026-01-01 04:00:00' AS TIMESTAMP) - n * INTERVAL '1 hour' AS timestamp FROM generate_series(0, 5) AS t(n)"
        )
    where = [
        {"column": "score", "operator": ">", "value": 1},
        {"column": "Other_score", "operator": "<", "value": "3"},
        {"column": "internal", "operator": "=", "value": False},
        {"column": "external", "operator": "!=", "value": "false"},
        {"column": "timestamp", "operator": ">=", "value": "2026-01-01T00:00Z"},
    ]
    build_all(engine, Settings(where=where), select="+session_events")
    assert {row["event_id"] for row in read(engine, "session_events")} == {"e4"}


@pytest.mark.slow
def test_fractions(engine) -> None:
    """Are numbers, whatever their precision, from the command as text, too; a number that is none is an error."""
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE tracks AS SELECT 'e' || n AS id, 'd' AS anonymous_id, 'x' AS event, CAST(n AS REAL) AS weight,"
            " CAST(n AS DOUBLE PRECISION) AS price, CAST(n AS DOUBLE PRECISION) AS cost, CAST(n AS REAL) AS mass,"
            " CAST('2026-01-01 00:00:00' AS TIMESTAMP) AS timestamp FROM generate_series(7, 12) AS t(n)"
        )
    where: list[dict[str, Any]] = [
        {"column": "price", "operator": ">", "value": 7},
        {"column": "cost", "operator": "in", "value": [7, "8", 9, 10.0, 12]},
        {"column": "weight", "operator": "<", "value": Decimal(12)},
        {"column": "mass", "operator": "!=", "value": "9.0"},
    ]
    build_all(engine, Settings(where=where), select="+session_events")
    assert {row["event_id"] for row in read(engine, "session_events")} == {"e8", "e10"}
    with pytest.raises(SourceError, match="'price' is compared with 'abc', and takes a number"):
        build_all(engine, Settings(where=[{"column": "price", "operator": ">", "value": "abc"}]))


def test_times_of_snowflake() -> None:
    """Are compared as times, not as text, though they are types of its own."""
    moment = sa.column("timestamp", TIMESTAMP_TZ())
    where = Settings(where=[{"column": "timestamp", "operator": ">=", "value": datetime(2026, 1, 31, tzinfo=UTC)}]).row_filter
    (condition,) = bound(where, lambda _name: moment)
    compared = str(condition.compile(dialect=dialect_of(WAREHOUSES["snowflake"])))
    assert "VARCHAR" not in compared
    assert "CONVERT_TIMEZONE" in compared


@pytest.mark.parametrize(
    "expression",
    [
        sa.table("tracks", sa.column("score")).c.score > 5,
        sa.column("id").not_in(sa.select(sa.column("id")).select_from(sa.table("blocked"))),
    ],
    ids=["table", "subquery"],
)
def test_an_expression_that_reads_a_table(expression) -> None:
    """Is refused: whether a row passes depends on the row alone."""
    with pytest.raises(SettingsError, match=r"the expression reads a table; name columns by sqlalchemy.column"):
        Settings(where=expression)


@pytest.mark.slow
def test_from_the_environment(duckdb, monkeypatch) -> None:
    """As JSON."""
    write_tracks(duckdb, rows())
    monkeypatch.setenv("SESSIONMODELS_WHERE", '[{"column": "agent", "operator": "IN", "value": ["bot"]}]')
    build_all(duckdb)
    assert {row["event_id"] for row in read(duckdb, "session_events")} == {"tracks2"}


@pytest.mark.slow
def test_all_is_filtered(duckdb) -> None:
    """If results have rows, the build says that no row satisfies the filter, and changes nothing."""
    write_tracks(duckdb, rows())
    build_all(duckdb)
    with pytest.raises(SourceError, match=r"7 events, none of which satisfies where, but .* and that where does not exclude"):
        build_all(duckdb, Settings(where=[{"column": "agent", "operator": "=", "value": "nobody"}]))
    assert len(read(duckdb, "session_events")) == len(TEXTS)


@pytest.mark.slow
def test_an_expression(duckdb) -> None:
    """In Python, the language of SQLAlchemy says it: a row passes if the expression is true."""
    write_tracks(duckdb, rows())
    agent = sa.column("agent", sa.Text)
    build_all(duckdb, Settings(where=sa.or_(agent.is_(None), sa.func.lower(agent) != "bot")))
    found = {row["event_id"] for row in read(duckdb, "session_events")}
    assert found == {f"tracks{n}" for n, text in enumerate(TEXTS) if text is None or text.lower() != "bot"}


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ([{"column": "agnet", "operator": "=", "value": "x"}], ["no source has a column 'agnet'", "did you mean 'agent'"]),
        (sa.column("agnet") == "x", ["no source has a column 'agnet'"]),
        ([{"column": "agent", "operator": "<", "value": 3}], ["where: 'agent' is text and cannot be < a number"]),
        ([{"column": "timestamp", "operator": "<", "value": "x"}], ["'timestamp' is compared with 'x'", "a time such as"]),
    ],
)
def test_a_filter_that_cannot_be(duckdb, where, words) -> None:
    """Is refused before anything is touched, by the column."""
    write_tracks(duckdb, rows())
    with pytest.raises(SourceError) as caught:
        build_all(duckdb, Settings(where=where))
    for word in words:
        assert word in str(caught.value)


@pytest.mark.slow
def test_a_column_that_one_source_lacks(duckdb) -> None:
    """It is null there: a row without a value."""
    pages = [replace(raw, context=()) for raw in rows("pages")]
    write_sources(duckdb, [*rows(), *pages], {"tracks": (), "pages": ("event",)})
    where = [{"column": "agent", "operator": "!=", "value": "bot"}]
    result = build_all(duckdb, Settings(where=where, sources={"tracks": {}, "pages": {}}))
    assert result.source is not None
    assert {name: one.filtered for name, one in result.source.sources.items()} == {"tracks": 1, "pages": 0}


@pytest.mark.slow
def test_most_rows_filtered(duckdb) -> None:
    """No guard minds: they are not excluded, but not asked for."""
    write_tracks(duckdb, rows())
    where = [{"column": "agent", "operator": "=", "value": "bot"}]
    build_all(duckdb, Settings(where=where))
    assert len(read(duckdb, "session_events")) == 1


@pytest.mark.slow
def test_incremental(engine) -> None:
    """What is filtered is counted in every build, finds nothing new, and another filter is a full build."""
    where = [{"column": "agent", "operator": "!=", "value": "bot"}]
    settings = Settings(where=where, context={"agent": ["agent"]})
    rules = Rules(context=(("agent", ("agent",)),))
    for count in (4, len(TEXTS)):
        arrived = rows()[:count]
        write_tracks(engine, arrived)
        result = build_all(engine, settings, incremental=True)
        passing = [raw for raw in arrived if dict(raw.context)["agent"] != "bot"]
        assert_same(read_all(engine, settings), sessionize(passing, rules)[0])
        assert result.source is not None
        assert result.source.filtered == 1
    assert result.mode == "incremental"
    assert build_all(engine, settings, incremental=True).mode == "nothing"
    result = build_all(engine, settings.model_copy(update={"where": Settings().where}), incremental=True)
    assert (result.mode, len(read(engine, "session_events", settings))) == ("full", len(TEXTS))
