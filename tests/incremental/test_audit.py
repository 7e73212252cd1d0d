"""An audit compares visitors with a fresh computation, and finds what no load time tells of."""

import json
import re

import pytest
from command import run
from conformance import some_of_the_stream, stream
from oracle import MINUTE, Raw
from streams import OLD
from tables import read, tracks_table, write_tracks

from sessionmodels import AuditError, Settings, build_all, status

pytestmark = pytest.mark.slow

HOUR = 60 * MINUTE
PLAIN = Settings(layout=False)
OLDER = [Raw(raw.id, raw.anonymous_id, raw.user_id, raw.event, raw.timestamp, 10 * HOUR) for raw in OLD]
LATEST = Raw("latest", "d9", None, "x", 100 * HOUR, 100 * HOUR)


def all_equal(engine, result) -> None:
    """Whether an audit looked at every visitor, and found nothing."""
    assert result.audit
    assert result.audit.visitors == len({row["dbt_visitor_id"] for row in read(engine, "aliases_mapping")})
    assert result.audit.differences == ()
    assert "every row is equal" in str(result)


def test_rows_that_went_unseen(warehouse) -> None:
    """Rows removed from the source before the overlap are reported by relation, with examples; the results stay as built.

    Before that, nothing differs, whatever the ids and texts are.
    """
    raws = [*some_of_the_stream(warehouse.dialect.name), *OLDER, LATEST]
    write_tracks(warehouse, raws)
    all_equal(warehouse, build_all(warehouse, PLAIN, incremental=True, audit=1.0))
    write_tracks(warehouse, [raw for raw in raws if raw.id != "e4"])
    assert build_all(warehouse, PLAIN, incremental=True).mode == "nothing"
    with pytest.raises(AuditError, match=r"mapped_tracks: \d+ rows, for example of d1.*full_refresh") as caught:
        build_all(warehouse, PLAIN, incremental=True, audit=1.0)
    found = caught.value.result.audit
    assert found
    told = {one.relation for one in found.differences}
    assert told >= {"session_events", "sessions", "mapped_tracks", "track_facts", "tracks_flow", "session_track_facts"}
    last = status(warehouse).builds[0]
    assert (last.mode, last.changed) == ("audit", "nothing")
    assert last.rows_differing


def test_what_equals_and_what_a_full_refresh_repairs(duckdb) -> None:
    """Every visitor is looked at where that is asked for, and nothing differs, whatever the mode; or it does no more.

    A first incremental build is audited above, and one that finds something in `test_identity.py`.
    """
    raws = [*stream(), *OLDER, LATEST]
    write_tracks(duckdb, raws)
    full = build_all(duckdb, PLAIN, audit=1.0)
    all_equal(duckdb, full)
    build_all(duckdb, PLAIN, incremental=True)
    nothing = build_all(duckdb, PLAIN, incremental=True, audit=1.0)
    all_equal(duckdb, nothing)
    write_tracks(duckdb, [raw for raw in raws if raw.id != "e4"])
    with pytest.raises(AuditError):
        build_all(duckdb, PLAIN, incremental=True, audit=1.0)
    repaired = build_all(duckdb, PLAIN, incremental=True, full_refresh=True, audit=1.0)
    all_equal(duckdb, repaired)
    assert (full.mode, nothing.mode, repaired.mode) == ("full", "nothing", "full")


def test_a_sample(duckdb) -> None:
    """By chance, and a new one each time: about as many as were asked for."""
    write_tracks(duckdb, [Raw(f"e{n}", f"d{n}", None, "x", n * MINUTE, n) for n in range(2000)])
    counts = {build_all(duckdb, incremental=True, audit=0.1).audit.visitors for _ in range(4)}  # pyright: ignore[reportOptionalMemberAccess]
    assert all(120 < count < 280 for count in counts)
    assert build_all(duckdb, incremental=True, audit="100%").audit.visitors == 2000  # pyright: ignore[reportOptionalMemberAccess]
    assert len(counts) > 1


def test_the_command(duckdb) -> None:
    """Prints the result all the same, ends with 4, and the builds tell of it."""
    write_tracks(duckdb, [*OLDER, LATEST])
    url = duckdb.url.render_as_string()
    duckdb.dispose()
    assert run("build", "--url", url, "--incremental", "--audit", "100%").exit_code == 0
    with duckdb.begin() as connection:
        table = tracks_table()
        connection.execute(table.delete().where(table.c.id == "e4"))
        connection.execute(table.insert().values(id="n", anonymous_id="d9", event="x"))
    duckdb.dispose()
    result = run("build", "--url", url, "--incremental", "--audit", "100%", "--json", "--quiet")
    assert result.exit_code == 4
    assert json.loads(result.stdout)["audit"]["differences"]
    assert "some rows differ" in result.stderr
    assert [one.rows_differing == 0 for one in status(duckdb).builds] == [False, True]
    duckdb.dispose()
    assert re.search(r"[1-9]\d* differing rows", run("status", "--url", url).stdout)
    assert run("build", "--url", url, "--incremental", "--audit", "half").exit_code == 2
