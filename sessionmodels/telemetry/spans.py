"""OpenTelemetry's spans of a build and its steps, where the program, or its environment, has set it up."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from sessionmodels.errors import brief
from sessionmodels.telemetry.built import Ended, Started
from sessionmodels.warehouses.step import Step
from sessionmodels.warehouses.tags import package_version

API: Final = "opentelemetry.trace"
PROVIDER: Final = "OTEL_PYTHON_TRACER_PROVIDER"
PREFIX: Final = "sessionmodels."


def tracer() -> Any:
    """Return the tracer, or None if nobody has imported the API or named a provider: then no span would go anywhere."""
    if API not in sys.modules and not os.environ.get(PROVIDER):
        return None
    try:
        from opentelemetry import trace  # noqa: PLC0415 - only where the program has set it up
    except ImportError:
        return None
    return trace.get_tracer("sessionmodels", package_version())


class Spans:
    """The span of one attempt at a build, and of its steps."""

    def __init__(self, of: Any, warehouse: str) -> None:
        """Store the tracer and the warehouse, which each span names."""
        self.tracer, self.attributes = of, {f"{PREFIX}warehouse": warehouse}
        self.span: Any = None

    @classmethod
    def if_set_up(cls, warehouse: str) -> "Spans | None":
        """Return them if OpenTelemetry is set up."""
        found = tracer()
        return None if found is None else cls(found, warehouse)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Open the span of an attempt at a build, which the spans of its steps belong to."""
        with self._opened("sessionmodels build", {}) as self.span:
            yield

    def started(self, started: Started) -> None:
        """Say which build it is."""
        build = started.build
        self._set({"build": build.number, "mode": build.mode, "prefix": build.table_prefix})

    def ended(self, ended: Ended) -> None:
        """Say how many rows each relation has. The span itself records why a build failed."""
        self._set({f"rows.{name}": rows for name, rows in ended.rows.items()})

    @contextmanager
    def step(self, step: Step) -> Iterator[dict[str, Any] | None]:
        """Open the span of a step, and yield a dictionary for what becomes known of it, if anybody records it."""
        about = {f"{PREFIX}relation": step.relation_name, f"{PREFIX}action": step.action}
        known: dict[str, Any] = {}
        with self._opened(f"{step.relation_name}: {step.action}", about) as span:
            yield known if span.is_recording() else None
            with suppress(Exception):  # drivers differ in what they know of a statement that is done
                rows = [one.rowcount for one in known.get("results", ())]
                written = [one for one in rows if isinstance(one, int) and one >= 0]  # others say -1, or nothing
                span.set_attributes({f"{PREFIX}rows": sum(written)} if written else {})

    @contextmanager
    def _opened(self, name: str, about: dict[str, Any]) -> Iterator[Any]:
        """Open a span. It does not record exceptions by itself: a driver's messages and stacks may hold secrets."""
        how: Any = {"record_exception": False, "set_status_on_exception": False}
        with self.tracer.start_as_current_span(name, attributes={**self.attributes, **about}, **how) as span:
            try:
                yield span
            except BaseException as error:
                _record(span, error)
                raise

    def _set(self, values: dict[str, Any]) -> None:
        self.span.set_attributes({PREFIX + name: value for name, value in values.items()})


def _record(span: Any, error: BaseException) -> None:
    """Record an error as OpenTelemetry's conventions have it, in the words of the table of builds."""
    from opentelemetry.trace import Status, StatusCode  # noqa: PLC0415 - it is imported already

    why = brief(error)
    span.set_status(Status(StatusCode.ERROR, why))
    span.add_event("exception", {"exception.type": type(error).__qualname__, "exception.message": why})
