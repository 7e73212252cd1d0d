"""OpenTelemetry's spans of a build, through the real library."""

import pytest
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from oracle import MINUTE, Raw
from tables import write_tracks

from sessionmodels import BuildError, Settings, SourceError, build_all
from sessionmodels.telemetry import spans

RAWS = [Raw("1", "a", None, "page", MINUTE), Raw("2", "a", "ann", "signup", 2 * MINUTE)]


@pytest.fixture
def provider(monkeypatch):
    """Set up the SDK as a program does, for this test alone: the library has no way to take it back."""
    provider = TracerProvider()
    monkeypatch.setattr("opentelemetry.trace._TRACER_PROVIDER", provider)
    yield provider
    provider.shutdown()


@pytest.fixture
def finished(provider):
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return lambda: {one.name: one for one in exporter.get_finished_spans()}


@pytest.mark.slow
def test_a_build(engine, finished) -> None:
    """One span for the build, and in it one for each step, with what they are about."""
    write_tracks(engine, RAWS)
    steps = []
    build_all(engine, watch=lambda _done, _total, step: steps.append(f"{step.relation_name}: {step.action}"))
    found = finished()
    build = found.pop("sessionmodels build")
    assert list(found) == list(dict.fromkeys(steps))
    assert {one.parent.span_id for one in found.values()} == {build.context.span_id}
    about = dict(build.attributes)
    assert about["sessionmodels.warehouse"] == engine.dialect.name
    assert (about["sessionmodels.build"], about["sessionmodels.mode"]) == (1, "full")
    assert about["sessionmodels.rows.session_events"] == 2
    step = next(one for name, one in found.items() if name.startswith("session_events: "))
    assert step.attributes["sessionmodels.relation"] == "session_events"
    assert step.attributes["sessionmodels.warehouse"] == engine.dialect.name
    if engine.dialect.name == "postgresql":
        assert step.attributes["sessionmodels.rows"] == 2
    assert build.status.status_code is StatusCode.UNSET


@pytest.mark.slow
def test_a_build_that_fails(duckdb, finished, monkeypatch) -> None:
    """The step and the build have the error, without secrets, stacks and statements."""
    write_tracks(duckdb, RAWS)
    monkeypatch.setattr("sessionmodels.execution.executor.Executor._execute", _failing)
    with pytest.raises(BuildError):
        build_all(duckdb, Settings(retries=0))
    for span in finished().values():
        assert span.status.status_code is StatusCode.ERROR
        assert span.status.description == "sessions: password=***"
        (event,) = span.events
        assert dict(event.attributes) == {"exception.type": "BuildError", "exception.message": "sessions: password=***"}
    assert len(finished()) == 2


def _failing(*_: object) -> None:
    msg = "sessions: password=hunter9XQZ"
    name = "sessions"
    raise BuildError(name, msg, statement="SELECT 'hunter9XQZ'")


def test_a_build_that_never_starts(duckdb, finished) -> None:
    """Its span says why, and has no build."""
    with pytest.raises(SourceError):
        build_all(duckdb)
    (build,) = finished().values()
    assert build.status.status_code is StatusCode.ERROR
    assert "sessionmodels.build" not in build.attributes


class _Broken(SpanProcessor):
    """Raises where it can."""

    def on_start(self, span, parent_context=None) -> None:
        """Refuse the second span, which is a step, and any later one."""
        del parent_context
        if span.name != "sessionmodels build":
            raise OSError

    def on_end(self, span) -> None:
        """Refuse the span of the build."""
        raise OSError(span.name)


@pytest.mark.slow
def test_a_broken_exporter(duckdb, provider, finished, caplog) -> None:
    """The build goes on; and if it fails, with its own error."""
    provider.add_span_processor(_Broken())
    write_tracks(duckdb, RAWS)
    assert build_all(duckdb, select="aliases_mapping").mode == "part"
    assert "sessionmodels build" in finished()
    assert caplog.text.count("the build could not be reported, and is not affected") == 1
    with pytest.raises(SourceError):
        build_all(duckdb, Settings(source_table="nothing"))


@pytest.mark.slow
@pytest.mark.parametrize(("rowcount", "is_known"), [(None, False), (-1, False), (7, True)])
def test_how_many_rows_a_driver_counts(duckdb, finished, monkeypatch, rowcount, is_known) -> None:
    """It may not know, as DuckDB's, or say nothing at all, as Snowflake's does; then the span of the step says nothing."""
    write_tracks(duckdb, RAWS)
    monkeypatch.setattr("sqlalchemy.CursorResult.rowcount", rowcount)
    build_all(duckdb)
    steps = [one for name, one in finished().items() if name != "sessionmodels build"]
    assert any("sessionmodels.rows" in one.attributes for one in steps) == is_known
    assert all(one.status.status_code is StatusCode.UNSET for one in steps)


def test_nobody_has_set_it_up(monkeypatch) -> None:
    """Then the library is not even imported; a provider in the environment is a setup."""
    monkeypatch.delitem(spans.sys.modules, "opentelemetry.trace")
    assert spans.tracer() is None
    monkeypatch.setenv("OTEL_PYTHON_TRACER_PROVIDER", "default_tracer_provider")
    assert spans.tracer() is not None
