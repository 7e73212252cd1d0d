"""Ten times the events take about ten times as long. A quadratic step would take a hundred times."""

from time import perf_counter

import pytest
import sqlalchemy as sa

from sessionmodels import build_all

EVENTS = """\
CREATE TABLE tracks AS
SELECT 'event-' || i AS id, CASE WHEN {one} THEN 'device' ELSE 'device-' || i // 50 END AS anonymous_id,
       CASE WHEN i % 5 = 0 THEN 'user-' || {user} END AS user_id, 'viewed_product' AS event,
       TIMESTAMPTZ '2026-01-01 00:00:00+00' + to_seconds(120 * i) AS timestamp, TIMESTAMPTZ '2026-02-01 00:00:00+00' AS uuid_ts
FROM range({count}) AS t (i)"""


def seconds(tmp_path, count: int, *, one: bool) -> float:
    """Return how long a full build of so many events takes on DuckDB."""
    engine = sa.create_engine(f"duckdb:///{tmp_path / f'{count}.duckdb'}")
    with engine.begin() as connection:
        connection.exec_driver_sql(EVENTS.format(count=count, one=str(one).upper(), user=0 if one else "i // 50"))
    started = perf_counter()
    build_all(engine)
    took = perf_counter() - started
    engine.dispose()
    return took


@pytest.mark.slow
@pytest.mark.parametrize("one", [False, True], ids=["spread", "one visitor"])
def test_a_build_grows_in_line_with_its_events(tmp_path, one) -> None:
    """Only a change of order of magnitude fails: 15 times as long, however slow and busy the machine."""
    seconds(tmp_path, 1_000, one=one)  # imports
    small = seconds(tmp_path, 20_000, one=one)
    assert seconds(tmp_path, 200_000, one=one) < 15 * small
