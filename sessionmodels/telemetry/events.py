"""OpenLineage's events of a build: when it starts, when it is done, and when it failed."""

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from openlineage.client import event_v2, facet_v2
from openlineage.client.uuid import generate_static_uuid

from sessionmodels.telemetry.built import Ended, Started
from sessionmodels.telemetry.datasets import Datasets
from sessionmodels.telemetry.facets import PRODUCER, Described, facet
from sessionmodels.warehouses.tags import package_version

NAMESPACE: Final = "OPENLINEAGE_NAMESPACE"
"""The variable that names the namespace of jobs. Without it, that is `sessionmodels`."""

PARENT: Final = "OPENLINEAGE_PARENT_ID"
"""The variable in which a scheduler names the run that started ours: `namespace/job/id`."""


class Events:
    """The events of one build. All of them have the same run and the same job."""

    def __init__(self, started: Started) -> None:
        """Find the names of what is read and written."""
        self.build = started.build
        datasets = Datasets(started.url, started.job.dialect, started.job.schema)
        self.described = Described(started.job, datasets)
        self.job_name = datasets.named(started.job.schema, f"{started.build.table_prefix}build").name
        token = f"{started.job.schema} {started.build.table_prefix} {started.build.build}"
        self.run_id = str(generate_static_uuid(started.build.started_at, token.encode()))

    def start(self) -> Any:
        """Return the event that the build starts."""
        return self._event("START", self.build.started_at, {}, self.described.outputs())

    def end(self, ended: Ended) -> Any:
        """Return the event that the build is done, that it failed, or that somebody stopped it."""
        now = datetime.now(UTC)
        if ended.why is None:
            rows = ended.rows if self.build.mode in {"full", "part"} else {}  # others write some of the rows
            return self._event("COMPLETE", now, {}, self.described.written(rows))
        error = facet(facet_v2.error_message_run.ErrorMessageRunFacet, ended.why, "PYTHON")
        state = "ABORT" if ended.is_interrupted else "FAIL"
        return self._event(state, now, {"errorMessage": error}, self.described.outputs())

    def _event(self, state: str, when: datetime, facets: dict[str, Any], outputs: Iterable[Any]) -> Any:
        return event_v2.RunEvent(
            eventType=event_v2.RunState[state],
            eventTime=when.isoformat(),
            run=event_v2.Run(self.run_id, self._run_facets() | facets),
            job=event_v2.Job(os.environ.get(NAMESPACE) or "sessionmodels", self.job_name, _job_facets()),
            inputs=list(self.described.inputs()),
            outputs=list(outputs),
            producer=PRODUCER,
        )

    def _run_facets(self) -> dict[str, Any]:
        values = {"build": str(self.build.number), "mode": self.build.mode}
        tags = [facet_v2.tags_run.TagsRunFacetFields(key, value, "SESSIONMODELS") for key, value in values.items()]
        engine = facet(facet_v2.processing_engine_run.ProcessingEngineRunFacet, package_version(), "sessionmodels")
        found = {"tags": facet(facet_v2.tags_run.TagsRunFacet, tags), "processing_engine": engine}
        scheduled = _parent()
        return found | ({"parent": scheduled} if scheduled else {})


def _job_facets() -> dict[str, Any]:
    about = facet(facet_v2.documentation_job.DocumentationJobFacet, "Builds sessions from the events in the warehouse.")
    kind = facet(facet_v2.job_type_job.JobTypeJobFacet, "BATCH", "SESSIONMODELS", "JOB")
    return {"jobType": kind, "documentation": about}


def _parent() -> Any:
    """Return the run that started ours, if a scheduler names one."""
    namespace, _, rest = os.environ.get(PARENT, "").partition("/")
    name, _, run_id = rest.rpartition("/")
    if not (namespace and name and _is_uuid(run_id)):
        return None
    of = facet_v2.parent_run
    return facet(of.ParentRunFacet, of.Run(run_id), of.Job(namespace, name))


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
