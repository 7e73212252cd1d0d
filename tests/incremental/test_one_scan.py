"""An incremental build reads the source's window once, whatever it finds there; and without new rows it leaves nothing behind."""

import pytest
import sqlalchemy as sa
from engines import on
from loads import FIRST, HOUR, SECOND, Statements
from oracle import Raw, sessionize
from tables import assert_same, names_in, read_all, write_tracks

from sessionmodels import Settings, build_all
from sessionmodels.models import MODELS
from sessionmodels.warehouses import warehouse_of

pytestmark = pytest.mark.slow

PLAIN = Settings(layout=False)  # BigQuery's emulator forgets how tables are laid out
REJECTED = [Raw("odd", None, None, "x", 0, 101 * HOUR), Raw(None, "d", None, "x", 0, 101 * HOUR)]
ARRIVALS = {"new events": SECOND, "only rejected rows": REJECTED}


def rolls_back(engine: sa.Engine) -> bool:
    return warehouse_of(engine.dialect.name).transactions.rolls_back


@pytest.mark.parametrize(
    ("warehouse", "arrival"),
    [on("duckdb", "new events"), on("duckdb", "only rejected rows"), on("bigquery", "only rejected rows")],
    indirect=["warehouse"],
)
def test_one_scan(warehouse, arrival) -> None:
    """Limited by load time. Where no table is temporary, a statement first asks for the number of rows and their load times.

    `test_continuing.py` sees the same on every warehouse where both arrive at once.
    """
    write_tracks(warehouse, FIRST)
    build_all(warehouse, PLAIN, incremental=True)
    arrived = ARRIVALS[arrival]
    write_tracks(warehouse, [*FIRST, *arrived])
    statements = Statements(warehouse)
    result = build_all(warehouse, PLAIN, incremental=True)
    assert result.mode == "incremental"
    assert statements.looks_and_scans() == ((0, 1) if rolls_back(warehouse) else (1, 1))
    assert result.source
    assert sum(result.source.left_out.values()) == sum(one in REJECTED for one in arrived)
    assert_same(read_all(warehouse), sessionize([*FIRST, *arrived])[0])


def test_nothing_new_writes_nothing(warehouse) -> None:
    """Only a temporary table, which is rolled back, on an engine that can do so. Elsewhere it is enough to look."""
    write_tracks(warehouse, FIRST)
    build_all(warehouse, PLAIN, incremental=True)
    statements = Statements(warehouse)
    result = build_all(warehouse, PLAIN, incremental=True)
    assert (result.mode, result.number, result.relations) == ("nothing", 1, ())
    assert statements.looks_and_scans() == ((0, 1) if rolls_back(warehouse) else (1, 0))
    assert "No new events since build 1; nothing to do." in str(result)
    written = statements.that("INSERT", "UPDATE", "DELETE", "MERGE", "CREATE", "DROP", "ALTER TABLE", "LOCK", "TRUNCATE")
    assert [one.split(" AS ")[0] for one in written] == (
        ["CREATE TEMPORARY TABLE sessionmodels_window"] if rolls_back(warehouse) else []
    )
    assert names_in(warehouse) == {"tracks", *(f"dbt_{name}" for name in MODELS)}
    assert_same(read_all(warehouse), sessionize(FIRST)[0])
    assert build_all(warehouse, PLAIN, incremental=True).mode == "nothing"


def test_a_window_of_a_build_that_fails_is_dropped(engine) -> None:
    """The connection goes back to its pool, and the next build reads the window again."""
    write_tracks(engine, FIRST)
    build_all(engine, incremental=True)
    write_tracks(engine, [*FIRST, *SECOND])

    def stop(_done, _known, step) -> None:
        if step.action == "find new and removed rows":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_all(engine, incremental=True, watch=stop)
    result = build_all(engine, incremental=True)
    assert result.mode == "incremental"
    assert_same(read_all(engine), sessionize([*FIRST, *SECOND])[0])
