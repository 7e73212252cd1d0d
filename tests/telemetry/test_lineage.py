"""OpenLineage's events of a build, through the real client."""

import json
import os
import subprocess
import sys
import time
from uuid import UUID

import pytest
import sqlalchemy as sa
from command import run
from oracle import MINUTE, Raw
from tables import write_tracks
from transports import Keeping, Silent

from sessionmodels import BuildError, Settings, SourceError, build_all, forget
from sessionmodels.telemetry import sender
from sessionmodels.telemetry.lineage import Lineage, is_configured

CAMPAIGN = (("context_campaign_source", "news"),)
RAWS = [Raw("1", "a", None, "page", MINUTE, None, CAMPAIGN), Raw("2", "a", "ann", "signup", 2 * MINUTE)]


@pytest.fixture
def to(monkeypatch):
    """Configure the client with a transport, and forget afterwards what it wrote into the environment."""
    before = dict(os.environ)
    monkeypatch.delenv("OPENLINEAGE_DISABLED")

    def configured(kind: str, **more: str) -> None:
        for name, value in {"type": kind, **more}.items():
            monkeypatch.setenv(f"OPENLINEAGE__TRANSPORT__{name.upper()}", value)

    Keeping.events.clear()
    yield configured
    for name in os.environ.keys() - before.keys():
        if name.startswith("OPENLINEAGE"):
            del os.environ[name]


@pytest.fixture
def kept(to):
    to("transports.Keeping")
    return Keeping.events


def names(datasets) -> list[str]:
    return [one.name for one in datasets]


@pytest.mark.slow
def test_a_build(engine, kept) -> None:
    """It starts and is done: one run, with what was read and what was written, their columns, and how many rows."""
    write_tracks(engine, RAWS)
    build_all(engine)
    start, done = kept
    assert [str(one.eventType.value) for one in kept] == ["START", "COMPLETE"]
    assert start.run.runId == done.run.runId
    assert UUID(start.run.runId).version == 7
    assert (start.job.namespace, start.job.name) == (done.job.namespace, done.job.name)
    schema = {"duckdb": "events.main", "postgresql": f"{engine.url.database}.public"}[engine.dialect.name]
    assert done.job.name == f"{schema}.dbt_build"
    assert names(done.inputs) == [f"{schema}.tracks"]
    columns = {one.name: one.type for one in done.inputs[0].facets["schema"].fields}
    assert columns.keys() >= {"id", "anonymous_id", "context_campaign_source"}
    assert all(columns.values())
    assert len(done.outputs) == 10
    sessions = next(one for one in done.outputs if one.name == f"{schema}.dbt_sessions")
    assert sessions.outputFacets["outputStatistics"].rowCount == 1
    described = {one.name: one.description for one in sessions.facets["schema"].fields}
    assert described["num_pvs"]
    assert sessions.facets["documentation"].description.startswith("One row per session: ")
    assert {"build": "1", "mode": "full"}.items() <= {one.key: one.value for one in done.run.facets["tags"].tags}.items()


@pytest.mark.slow
def test_what_each_column_is_computed_from(duckdb, kept) -> None:
    """By column of a source: whether it is the value, and whether it decides which value there is."""
    write_tracks(duckdb, RAWS)
    build_all(duckdb)
    facets = {one.name.rpartition("_")[2]: one.facets["columnLineage"].fields for one in kept[1].outputs}
    uses = {
        name: {one.field: {use.subtype for use in one.transformations} for one in found.inputFields}
        for name, found in facets["sessions"].items()
    }
    assert uses["session_start_at"] == {"timestamp": {"AGGREGATION"}}
    assert uses["cnt_signup"] == {"event": {"CONDITIONAL"}}
    assert "TRANSFORMATION" in uses["utm_source"]["context_campaign_source"]
    assert "WINDOW" in uses["utm_source"]["timestamp"]
    assert "context_campaign_source" not in uses["user_id"]
    assert "num_pvs" not in uses, "a number of rows is computed from no column"


@pytest.mark.slow
def test_an_incremental_build(duckdb, kept) -> None:
    """It does not say that all rows were written, and a build without new rows is none."""
    raws = [Raw(one.id, one.anonymous_id, one.user_id, one.event, one.timestamp, 1000 * MINUTE) for one in RAWS]
    write_tracks(duckdb, raws)
    build_all(duckdb, incremental=True)
    kept.clear()
    build_all(duckdb, incremental=True)
    assert kept == []
    write_tracks(duckdb, [*raws, Raw("3", "b", None, "page", 3 * MINUTE, 1001 * MINUTE)])
    assert build_all(duckdb, incremental=True).mode == "incremental"
    assert [one.eventType.value for one in kept] == ["START", "COMPLETE"]
    assert not any(one.outputFacets for one in kept[1].outputs)
    assert len({one.run.runId for one in kept}) == 1


@pytest.mark.slow
def test_several_sources_and_a_part(duckdb, kept) -> None:
    """Each source is an input; only what is built is an output."""
    write_tracks(duckdb, RAWS)
    write_tracks(duckdb, [Raw("9", "c", None, "page", MINUTE)], name="pages")
    build_all(duckdb, Settings(sources=["tracks", "pages"]), select="aliases_mapping")
    assert names(kept[1].inputs) == ["events.main.tracks", "events.main.pages"]
    (alias,) = kept[1].outputs
    read = {(one.name, one.field) for one in alias.facets["columnLineage"].fields["alias"].inputFields}
    assert {("events.main.tracks", "user_id"), ("events.main.pages", "anonymous_id")} <= read


@pytest.mark.slow
def test_files(tmp_path, kept) -> None:
    """An absolute pattern is an input, by the name that its columns have in the files."""
    (tmp_path / "a.csv").write_text("id,anonymous_id,event,timestamp\n1,a,page,2026-01-05T12:00:00Z\n")
    engine = sa.create_engine("duckdb://")
    build_all(engine, Settings(tracks="*.csv"))
    (files,) = kept[1].inputs
    assert (files.namespace, files.name) == ("file", str(tmp_path / "*.csv"))
    assert kept[1].outputs[0].namespace == "duckdb://:memory:"
    fields = {one.name.rpartition(".")[2]: one.facets["columnLineage"].fields for one in kept[1].outputs}["dbt_session_events"]
    assert {one.field for one in fields["event_id"].inputFields} == {"id"}
    engine.dispose()


def test_a_build_that_fails(duckdb, kept, monkeypatch) -> None:
    """It says why, as the table of builds does, and the error is the one that it would be anyway."""
    write_tracks(duckdb, RAWS)
    monkeypatch.setattr("sessionmodels.execution.build.build_in_full", _failing)
    with pytest.raises(BuildError, match="hunter"):
        build_all(duckdb, Settings(retries=0))
    assert [one.eventType.value for one in kept] == ["START", "FAIL"]
    why = kept[1].run.facets["errorMessage"]
    assert why.message == "sessions: could not fill: password=*** at hunter.example\nNothing was changed."
    assert why.programmingLanguage == "PYTHON"
    assert not any("columnLineage" in one.facets for one in kept[1].outputs)


def _failing(*_: object, **__: object) -> None:
    msg = "sessions: could not fill: password=hunter9XQZ at hunter.example\nNothing was changed."
    name = "sessions"
    raise BuildError(name, msg)


def test_what_never_starts(duckdb, kept) -> None:
    """A build that is refused before it starts is no run."""
    with pytest.raises(SourceError):
        build_all(duckdb)
    assert kept == []


def test_somebody_stops_it(duckdb, kept, monkeypatch) -> None:
    """That is no failure."""
    write_tracks(duckdb, RAWS)
    monkeypatch.setattr("sessionmodels.execution.build.build_in_full", _stopped)
    with pytest.raises(KeyboardInterrupt):
        build_all(duckdb)
    assert [one.eventType.value for one in kept] == ["START", "ABORT"]
    assert kept[1].run.facets["errorMessage"].message == "it was interrupted"


def _stopped(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_a_broken_transport(duckdb, to, caplog) -> None:
    """It is a warning, once and without secrets; the build is done."""
    to("transports.Broken")
    write_tracks(duckdb, RAWS)
    assert build_all(duckdb, select="aliases_mapping").mode == "part"
    (warning,) = [one.getMessage() for one in caplog.records if one.levelname == "WARNING"]
    assert warning.startswith("OpenLineage: an event could not be sent, and the build is not affected: cannot reach https://")
    assert "hunter9XQZ" not in warning
    assert "tailQX9" not in warning


@pytest.mark.slow
def test_a_transport_that_never_answers(duckdb, to, caplog, monkeypatch) -> None:
    """A build waits for it in the end, but not for long."""
    to("transports.Silent")
    monkeypatch.setattr(sender, "LONGEST_WAIT", 0.2)
    write_tracks(duckdb, RAWS)
    started = time.monotonic()
    build_all(duckdb, select="aliases_mapping")
    Silent.is_over.set()
    assert time.monotonic() - started < 5
    assert "events may be lost: they were not sent within 0.2 seconds" in caplog.text


def test_a_transport_that_is_none(duckdb, to, caplog) -> None:
    """A wrong configuration is a warning, too."""
    to("nothing.There")
    write_tracks(duckdb, RAWS)
    build_all(duckdb, select="aliases_mapping")
    assert "the build could not be reported, and is not affected" in caplog.text


def test_the_run_that_started_ours(duckdb, kept, monkeypatch) -> None:
    """A scheduler names it in the environment, and may name the namespace."""
    monkeypatch.setenv("OPENLINEAGE_PARENT_ID", "airflow/nightly/sessions/0190a3ce-5a2f-7d0c-9e2b-6a1f3f1e7a10")
    monkeypatch.setenv("OPENLINEAGE_NAMESPACE", "shop")
    write_tracks(duckdb, RAWS)
    build_all(duckdb, select="aliases_mapping")
    parent = kept[0].run.facets["parent"]
    assert (parent.job.namespace, parent.job.name) == ("airflow", "nightly/sessions")
    assert kept[0].job.namespace == "shop"


@pytest.mark.slow
def test_a_parent_that_is_none(duckdb, kept, monkeypatch) -> None:
    """It is left out, and the events are sent."""
    monkeypatch.setenv("OPENLINEAGE_PARENT_ID", "airflow/nightly/manual__2026")
    write_tracks(duckdb, RAWS)
    build_all(duckdb, select="aliases_mapping")
    assert "parent" not in kept[0].run.facets


@pytest.mark.slow
def test_people_who_are_forgotten(duckdb, kept, monkeypatch) -> None:
    """A build that forgets is one, and no event holds an id."""
    monkeypatch.setenv("SESSIONMODELS_KEY", "k" * 64)
    write_tracks(duckdb, [Raw("1", "device-QX9", "ann-ZQX", "page", MINUTE)])
    build_all(duckdb)
    forget(duckdb, users="ann-ZQX")
    assert [one.eventType.value for one in kept] == ["START", "COMPLETE"] * 2
    from openlineage.client.serde import Serde  # noqa: PLC0415 - beside its only use

    sent = "".join(map(Serde.to_json, kept))
    assert "dbt_sessions" in sent
    assert not [one for one in ("ann-ZQX", "device-QX9", "k" * 64) if one in sent]


@pytest.mark.slow
def test_the_command_with_a_file(duckdb, to, tmp_path) -> None:
    """`sessionmodels build` writes one event a line where the client's own settings file says so."""
    write_tracks(duckdb, RAWS)
    duckdb.dispose()
    del to
    text = f"transport:\n  type: file\n  log_file_path: {tmp_path / 'lineage.jsonl'}\n  append: true\n"
    (tmp_path / "openlineage.yml").write_text(text)
    result = run("build", "--url", str(duckdb.url))
    assert result.exit_code == 0, result.output
    events = [json.loads(line) for line in (tmp_path / "lineage.jsonl").read_text().splitlines()]
    assert [one["eventType"] for one in events] == ["START", "COMPLETE"]
    assert events[0]["inputs"][0]["namespace"] == f"duckdb://{duckdb.url.database}"


def test_who_has_configured_it(tmp_path, monkeypatch) -> None:
    """The places where the client looks, and no other; what is turned off is not configured."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert not is_configured({})
    assert not is_configured({"OPENLINEAGE_NAMESPACE": "x", "OPENLINEAGE_API_KEY": "y"})
    assert is_configured({"OPENLINEAGE_URL": "http://localhost:5000"})
    assert is_configured({"OPENLINEAGE__TRANSPORT__TYPE": "console"})
    assert not is_configured({"OPENLINEAGE_URL": "http://localhost:5000", "OPENLINEAGE_DISABLED": "True"})
    assert is_configured({"OPENLINEAGE_CONFIG": "mine.yml"})
    (tmp_path / "home" / ".openlineage").mkdir(parents=True)
    (tmp_path / "home" / ".openlineage" / "openlineage.yml").touch()
    assert is_configured({})


def test_a_client_that_is_not_installed(to, monkeypatch) -> None:
    """Somebody else's configuration on the same machine is no warning."""
    to("console")
    monkeypatch.setitem(sys.modules, "openlineage.client", None)
    assert Lineage.if_configured() is None


@pytest.mark.parametrize("is_there", [True, False])
def test_a_file_that_names_no_transport(to, monkeypatch, tmp_path, caplog, is_there) -> None:
    """The client would print events; we send nothing, and say so, as of a file that is missing."""
    to("x")
    monkeypatch.delenv("OPENLINEAGE__TRANSPORT__TYPE")
    monkeypatch.setenv("OPENLINEAGE_CONFIG", str(tmp_path / "mine.yml"))
    if is_there:
        (tmp_path / "mine.yml").write_text("tags: {}\n")
    assert Lineage.if_configured() is None
    assert "names no transport, so nothing is sent" in caplog.text


@pytest.mark.slow
def test_nothing_is_imported_otherwise(tmp_path) -> None:
    """Neither client, in a process that builds and has configured none."""
    code = (
        "import sys, sqlalchemy as sa; from sessionmodels import build_all\n"
        "engine = sa.create_engine('duckdb://')\n"
        "with engine.begin() as c: c.exec_driver_sql(\"CREATE TABLE tracks AS SELECT '1' id, 'a' anonymous_id, 'x' AS event, \"\n"
        "    \"TIMESTAMP '2026-01-01' AS timestamp\")\n"
        "build_all(engine)\n"
        "print([one for one in sys.modules if one.startswith(('openlineage', 'opentelemetry'))])\n"
    )
    variables = {name: one for name, one in os.environ.items() if name != "OPENLINEAGE_DISABLED"} | {"HOME": str(tmp_path)}
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=variables)
    assert found.stdout == "[]\n"
