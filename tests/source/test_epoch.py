"""Times that are numbers: exact to the microsecond in the unit that a setting names, refused with a guess where none does."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from engines import on
from oracle import Raw, Rules, sessionize
from tables import assert_same, read, read_all

from sessionmodels import Settings, SourceError, build_all
from sessionmodels.offline.script import write_statements
from sessionmodels.warehouses import WAREHOUSES

MICROSECONDS = {"s": 1_000_000, "ms": 1_000, "us": 1}
MOMENTS = (
    1_767_226_380_129_001,
    1_767_226_380_129_000,
    1_767_226_380_000_000,
    0,
    -1,
    -1_500_000,
    9 * 10**15 + 1,
    25 * 10**16 + 1,
)
"""Times in microseconds: of our days, before 1970, and beyond what a double counts exactly."""


def raws_of(unit: str) -> list[Raw]:
    """Return events at the moments, cut to whole numbers of the unit, in the rows' order."""
    size = MICROSECONDS[unit]
    return [Raw(f"e{n}", "d", None, "x", at // size * size, loaded_at=at // size * size) for n, at in enumerate(MOMENTS)]


def write(engine, raws: list[Raw], unit: str, kind: str = "bigint") -> None:
    with engine.begin() as connection:
        names = "id text, anonymous_id text, user_id text, event text"
        connection.exec_driver_sql(f"CREATE TABLE tracks ({names}, timestamp {kind}, uuid_ts {kind})")
        for raw in raws:
            at = (raw.timestamp or 0) // MICROSECONDS[unit]
            connection.exec_driver_sql(f"INSERT INTO tracks VALUES ('{raw.id}', 'd', NULL, 'x', {at}, {at})")


@pytest.mark.parametrize(
    ("engine", "unit"), [*(on("duckdb", unit) for unit in MICROSECONDS), on("postgresql", "ms")], indirect=["engine"]
)
@pytest.mark.slow
def test_whole_numbers_in_a_table(engine, unit) -> None:
    """Every microsecond of them, load times too, in full and incrementally."""
    write(engine, raws_of(unit), unit)
    settings = Settings(epoch_unit=unit)
    build_all(engine, settings, incremental=True)
    assert_same(read_all(engine), sessionize(raws_of(unit))[0])
    now = datetime.now(UTC).timestamp() // 1 * 1_000_000
    with engine.begin() as connection:
        at = int(now) // MICROSECONDS[unit]
        connection.exec_driver_sql(f"INSERT INTO tracks VALUES ('late', 'd', NULL, 'x', {at}, {at})")
    assert build_all(engine, settings, incremental=True).mode == "incremental"
    assert_same(read_all(engine), sessionize([*raws_of(unit), Raw("late", "d", None, "x", int(now), int(now))])[0])


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["double precision", "numeric(30, 9)"])
def test_numbers_with_fractions(engine, kind) -> None:
    """Seconds with six digits behind the point are those microseconds; further digits of a decimal are cut off."""
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE tracks (id text, anonymous_id text, event text, timestamp {kind})")
        tail = "9" if kind.startswith("numeric") else ""
        values = f"('1', 'd', 'x', 1767226380.129001{tail}), ('2', 'd', 'x', -1.5), ('3', 'd', 'x', 1767226380.999999)"
        connection.exec_driver_sql(f"INSERT INTO tracks VALUES {values}")
    build_all(engine, Settings(epoch_unit="s"))
    times = {row["event_id"]: row["timestamp"] for row in read(engine, "track_facts")}
    assert times == {"1": 1_767_226_380_129_001, "2": -1_500_000, "3": 1_767_226_380_999_999}


@pytest.mark.slow
def test_numbers_that_are_no_times(engine) -> None:
    """An event with an absurd number is excluded and counted as out of range; it does not stop the build."""
    write(engine, raws_of("s"), "s")
    with engine.begin() as connection:
        for n, at in enumerate((2**63 - 1, -(2**63), 253_402_300_800)):
            connection.exec_driver_sql(f"INSERT INTO tracks VALUES ('odd{n}', 'd', NULL, 'x', {at}, NULL)")
    result = build_all(engine, Settings(epoch_unit="s"))
    assert result.source
    assert result.source.left_out["time_out_of_range"] == 3
    assert_same(read_all(engine), sessionize(raws_of("s"))[0])


@pytest.mark.slow
@pytest.mark.parametrize("unit", MICROSECONDS)
def test_numbers_in_files(duckdb, unit) -> None:
    """In text and in columns of numbers; beside them, a time that is written as one is read as ever."""
    raws = [raw for name in ("csv", "jsonl", "parquet") for raw in write_file(duckdb, name, unit)]
    sources: Any = {name: {"files": f"e.{name}"} for name in ("csv", "jsonl", "parquet")}
    build_all(duckdb, Settings(sources=sources, epoch_unit=unit))
    assert_same(read_all(duckdb), sessionize(raws, Rules(sources=tuple((name, None) for name in sources)))[0])


def write_file(engine: sa.Engine, name: str, unit: str) -> list[Raw]:
    """Write a file of a device's events with times in the unit, and if it is text with one in words; return its rows."""
    raws = [replace(raw, id=f"{raw.id}-{name}", anonymous_id=name, loaded_at=None, source=name) for raw in raws_of(unit)]
    rows: list[dict[str, object]] = [
        {"id": raw.id, "anonymous_id": name, "event": "x", "timestamp": (raw.timestamp or 0) // MICROSECONDS[unit]}
        for raw in raws
    ]
    if name != "parquet":
        raws.append(Raw(f"w-{name}", name, None, "x", 0, source=name))
        rows.append(rows[0] | {"id": f"w-{name}", "timestamp": "1970-01-01T02:00:00+02:00"})
    as_csv = [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]
    Path(f"e.{name}").write_text("\n".join(map(json.dumps, rows) if name == "jsonl" else as_csv))
    if name == "parquet":
        with engine.begin() as connection:
            connection.exec_driver_sql("COPY (FROM read_csv('e.parquet')) TO 'numbers.parquet'")
        Path("numbers.parquet").replace("e.parquet")
    return raws


@pytest.mark.slow
@pytest.mark.usefixtures("unguarded")
def test_text_with_fractions(duckdb) -> None:
    """Is exact, too; what is neither a number nor a time is counted."""
    times = ["1767226380.1290019", "1.767226380129E9", "yesterday", "1e300", ""]
    Path("e.csv").write_text("id,anonymous_id,event,timestamp\n" + "".join(f"{n},d,x,{at}\n" for n, at in enumerate(times)))
    result = build_all(duckdb, Settings(tracks="e.csv", epoch_unit="s"))
    assert [row["timestamp"] for row in read(duckdb, "track_facts")] == [1_767_226_380_129_000, 1_767_226_380_129_001]
    assert result.source
    assert (result.source.left_out["unreadable_time"], result.source.left_out["no_time"]) == (2, 1)


@pytest.mark.parametrize(("number", "unit"), [(1_767_226_380, "s"), (1_767_226_380_129, "ms"), (1_767_226_380_129_001, "us")])
def test_the_unit_is_guessed_but_not_taken(engine, number, unit) -> None:
    """Without the setting a number is refused as before; the error names the setting, and the likely unit."""
    title = {"s": "seconds", "ms": "milliseconds", "us": "microseconds"}[unit]
    guess = rf"it looks like {title} since 1970: set epoch_unit \(--epoch-unit\) to {unit}"
    write(engine, [Raw("1", "d", None, "x", number)], "us")
    with pytest.raises(SourceError, match=f"tracks has 'timestamp' as a number, such as {number}; {guess}"):
        build_all(engine)
    if engine.dialect.name == "duckdb":
        Path("e.csv").write_text(f"id,anonymous_id,event,timestamp\n1,d,x,{number}\n")
        with pytest.raises(SourceError, match=f"no time in the source can be read, such as '{number}'; {guess}"):
            build_all(engine, Settings(tracks="e.csv"))
    assert "dbt_track_facts" not in sa.inspect(engine).get_table_names()


@pytest.mark.slow
@pytest.mark.parametrize("dialect", WAREHOUSES)
def test_every_dialect_spells_it(dialect) -> None:
    """As an exact sum or by the warehouse's own function of whole microseconds."""
    text = "\n".join(write_statements(Settings(epoch_unit="ms"), dialect))
    spelt = {
        "duckdb": "MAKE_TIMESTAMP(",
        "postgresql": "* INTERVAL '1 microsecond')",
        "redshift": "* INTERVAL '1 microsecond')",
        "bigquery": "TIMESTAMP_MICROS(",
        "snowflake": "TO_TIMESTAMP_NTZ(",
    }
    assert spelt[dialect] in text
    assert "BETWEEN -62135596800000 AND 253402300799999" in text
