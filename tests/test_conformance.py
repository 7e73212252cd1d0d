"""One conformance stream, one expected answer, on every engine; and `verify`, which proves a user's own."""

import json

import pytest
import sqlalchemy as sa
from command import run, url_of
from conformance import FOLDER, contents

from sessionmodels import BuildError
from sessionmodels.conformance import verify
from sessionmodels.conformance.stream import RULES, expected
from sessionmodels.models import MODELS
from sessionmodels.sql.elapsed import elapsed

REASONS = {"first", "sdk", "idle", "start_event", "campaign", "midnight", "too_long"}
EXPECTED = {(name, relation) for name in RULES for relation in expected(name)}


@pytest.mark.slow
def test_the_expected_rows_are_the_oracles() -> None:
    """The files in the package are what the oracle says; after a change: `python tests/support/conformance.py`."""
    for name, text in contents().items():
        assert (FOLDER / name).read_text(encoding="utf-8") == text, name


def test_each_rule_is_met() -> None:
    """The events start sessions for every reason that there is, and no two of the settings expect the same sessions."""
    sessions = {name: expected(name)["sessions"] for name in RULES}
    assert {row["start_reason"] for rows in sessions.values() for row in rows} == REASONS
    found = [{(row["session_id"], row["session_key"], row["start_reason"]) for row in rows} for rows in sessions.values()]
    assert all(one not in found[:place] for place, one in enumerate(found))
    assert {relation for name, relation in EXPECTED if name in {"exact", "dbt"}} == set(MODELS)


def schemas(engine) -> set[str]:
    return {name for name in sa.inspect(engine).get_schema_names() if "sessionmodels_verify" in name}


@pytest.mark.slow
def test_every_warehouse_gives_the_expected_rows(warehouse) -> None:
    """Every relation in both compatibilities and under each rule, to the last row, and the scratch schema is gone."""
    comparisons = verify(warehouse)
    assert {(one.settings, one.relation) for one in comparisons} == EXPECTED
    assert all(one.equal and one.rows for one in comparisons), [one for one in comparisons if not one.equal]
    assert schemas(warehouse) == set()


@pytest.mark.slow
@pytest.mark.usefixtures("by_the_contract")
def test_the_command(duckdb) -> None:
    """It prints what equals, and ends with 0."""
    with duckdb.connect():
        pass  # the file is there
    url = url_of(duckdb)
    result = run("verify", "--url", url)
    assert result.exit_code == 0, result.output
    assert "Every row of every relation is as expected." in result.stdout
    plain = json.loads(run("verify", "--url", url, "--json").stdout)
    assert {(one["settings"], one["relation"]) for one in plain} == {one for one in EXPECTED if one[0] == "exact"}
    assert all(one["equal"] for one in plain)


@pytest.mark.slow
@pytest.mark.usefixtures("by_the_contract")
def test_a_difference_is_told(monkeypatch) -> None:
    """A warehouse that counts otherwise is found out: what is missing, what is too much, and exit status 1."""

    def too_long(element, compiler, **kw):
        earlier, later = (compiler.process(side, **kw) for side in element.clauses)
        return f"(EPOCH_US({later}) - EPOCH_US({earlier}) + 1)"

    monkeypatch.setitem(vars(elapsed)["_compiler_dispatcher"].specs, "duckdb", too_long)
    result = run("verify", "--url", "duckdb://")
    assert result.exit_code == 1
    assert "Some rows differ." in result.stdout
    assert "exact: session_tracks: missing: " in result.stderr
    assert "exact: session_tracks: unexpected: " in result.stderr
    assert "exact: aliases_mapping: missing" not in result.stderr


@pytest.mark.slow
def test_an_error_leaves_no_scratch_schema(engine, monkeypatch) -> None:
    """Whatever happens in between, the schema is dropped."""

    def fail(*_args, **_kw):
        relation, message = "tracks", "could not"
        raise BuildError(relation, message)

    monkeypatch.setattr("sessionmodels.conformance.run.build_all", fail)
    with pytest.raises(BuildError):
        verify(engine)
    assert schemas(engine) == set()
