"""How far a build is, and how long it took."""

import re

import pytest
from command import run
from engines import params
from oracle import MINUTE, Raw
from streams import NEW, OLD
from tables import write_tracks

from sessionmodels import Settings, build_all, status

pytestmark = pytest.mark.slow

LOADED = [Raw(raw.id, raw.anonymous_id, raw.user_id, raw.event, raw.timestamp, 100 * 60 * MINUTE) for raw in OLD]
MORE = [Raw(raw.id, raw.anonymous_id, raw.user_id, raw.event, raw.timestamp, 101 * 60 * MINUTE) for raw in NEW]


def watched(engine, **how) -> list[tuple[int, int | None]]:
    """Return what a build tells of its progress."""
    seen = []
    build_all(engine, watch=lambda done, total, _step: seen.append((done, total)), **how)
    return seen


PLAIN = Settings(layout=False)
REFRESHED = {"incremental": True, "full_refresh": True}
HOWS = ({"select": "+session_tracks"}, {}, {"audit": 1.0}, {"select": "+session_tracks"}, REFRESHED, REFRESHED)


def test_the_total_is_known_beforehand(duckdb) -> None:
    """One after the other to the last, of a total that never changes: first builds and further ones, parts, and audits."""
    write_tracks(duckdb, LOADED)
    for how in HOWS:
        seen = watched(duckdb, **how)
        assert seen == [(n, len(seen)) for n in range(len(seen))], how


@pytest.mark.parametrize("warehouse", params("postgresql", "bigquery"), indirect=True)
def test_the_total_elsewhere(warehouse) -> None:
    """Likewise on a server, and where everything is built beside the real names: each follows the one before."""
    write_tracks(warehouse, LOADED)
    first = watched(warehouse, settings=PLAIN, incremental=True, audit=1.0)
    promises_no_number(warehouse)
    part = watched(warehouse, settings=PLAIN, select="session_tracks")
    for seen in (first, part):
        assert seen == [(n, len(seen)) for n in range(len(seen))]


def test_the_total_has_the_grants(postgresql) -> None:
    """On the results, and on the table of builds."""
    write_tracks(postgresql, LOADED)
    seen = watched(postgresql, settings=Settings(grant_to=["pg_read_all_data"], target_schema="analytics"))
    assert seen == [(n, len(seen)) for n in range(len(seen))]


def promises_no_number(warehouse) -> None:
    """Build incrementally on results that such a build can continue from: it counts its steps and promises no number of them."""
    write_tracks(warehouse, [*LOADED, *MORE])
    seen = watched(warehouse, settings=PLAIN, incremental=True)
    assert status(warehouse, last=1).builds[0].mode == "incremental"
    assert seen == [(n, None) for n in range(len(seen))]
    assert len(seen) > 5


def test_how_long_it_took_is_one_number(engine) -> None:
    """The result and the status say the same, of a build and of an audit."""
    write_tracks(engine, LOADED)
    for audit in (0.0, 1.0):
        took = build_all(engine, incremental=True, audit=audit).seconds
        last = status(engine, last=1).builds[0]
        assert last.finished_at
        assert took > 0
        assert took == pytest.approx((last.finished_at - last.started_at).total_seconds(), abs=1e-5)


def test_the_command_counts_as_well(duckdb) -> None:
    """A line a step where the output is kept."""
    write_tracks(duckdb, LOADED)
    url = duckdb.url.render_as_string()
    duckdb.dispose()
    first = re.findall(r"^\[(\d+)/(\d+)\] ", run("build", "--url", url, "--incremental").stderr, re.MULTILINE)
    assert [int(done) for done, _ in first] == list(range(1, len(first) + 1))
    assert {int(total) for _, total in first} == {len(first)}
    write_tracks(duckdb, [*LOADED, *MORE])
    duckdb.dispose()
    then = re.findall(r"^\[(\d+)\] ", run("build", "--url", url, "--incremental").stderr, re.MULTILINE)
    assert [int(done) for done in then] == list(range(1, len(then) + 1))
