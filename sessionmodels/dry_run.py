"""A build's statements as they would run on what stands there now, and what they would read; nothing is run."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Engine

from sessionmodels.display.blocks import Code, Displayed, Grid
from sessionmodels.display.words import count
from sessionmodels.graph import TRACKS, choose
from sessionmodels.prepare import Asked, checked, prepare
from sessionmodels.settings import Settings
from sessionmodels.statements import text_of
from sessionmodels.transaction import connected, named
from sessionmodels.warehouses import warehouse_of
from sessionmodels.warehouses.warehouse import Job, Step


@dataclass(frozen=True)
class Planned(Displayed):
    """One step of a build that was not run."""

    relation: str
    does: str
    sql: str
    """Its statements, each ended by a semicolon."""

    bytes_read: int | None
    """On BigQuery what the step would read; None on other warehouses, and where it reads what is not built yet."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data: text and numbers."""
        return asdict(self)

    def to_json(self) -> str:
        """Return `to_dict` as JSON."""
        return json.dumps(self.to_dict(), indent=2)

    def blocks(self) -> Iterator[Code]:
        """Yield the statements, under a comment that says what they are for."""
        read = "" if self.bytes_read is None else f" (reads {count(self.bytes_read, 'byte')})"
        yield Code(f"-- {self.relation}: {self.does}{read}\n{self.sql}")


class PlannedBuild(tuple[Planned, ...], Displayed):
    """The steps of a build that was not run, in order. Shows as a script, and in a notebook as a table."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain data: the steps."""
        return {"steps": [step.to_dict() for step in self]}

    def to_json(self) -> str:
        """Return `to_dict` as JSON."""
        return json.dumps(self.to_dict(), indent=2)

    def blocks(self) -> Iterator[Code]:
        """Yield the statements of each step."""
        return (block for step in self for block in step.blocks())

    def _repr_html_(self) -> str:
        from sessionmodels.display.notebook import as_html  # noqa: PLC0415 - only for showing

        rows = tuple((step.relation, step.does, step.bytes_read, Code(step.sql)) for step in self)
        return as_html([Grid(("relation", "step", "bytes read", "SQL"), rows)])


def plan_all(engine: Engine, settings: Settings | None = None, *, select: str | Sequence[str] | None = None) -> PlannedBuild:
    """Return every step of a build as it stands, in order, without running one. The events are not counted either.

    Args:
        engine: where the source is and the results would go.
        settings: what to read, write and count; from the environment and the settings file where None.
        select: as `build_all` takes it.

    Raises:
        SessionmodelsError: whatever `build_all` would refuse before it touches anything.
    """
    settings, names = checked(engine, settings), choose(select)
    warehouse = warehouse_of(engine.dialect.name)
    with (
        connected(engine, warehouse.isolation_level) as connection,
        named("the build", "look around", warehouse),
        connection.begin() as looking,
    ):
        job = prepare(connection, warehouse, Asked(settings, names))
        plan = warehouse.renew(job)
        sizes = _bytes_read(connection, job)
        looking.rollback()
    return PlannedBuild(
        Planned(step.relation, step.does, _text(job, step), sizes.pop(step.relation, None)) for step in (*plan.steps, *plan.sweep)
    )


def _text(job: Job, step: Step) -> str:
    return "\n".join(f"{text_of(statement, job.words)};" for statement in step.statements)


def _bytes_read(connection: Connection, job: Job) -> dict[str, int | None]:
    """Return what filling each table reads, for the first step of each, going by the tables as they stand now."""
    measure = job.warehouse.bytes_read
    if measure is None:
        return {}
    selects = {relation.name: relation.select for relation in job.chosen if relation.kind == "table"}
    if job.graph.must_stage(job.chosen):
        selects[TRACKS] = job.graph.clean
    return {name: measure(connection, job.settings, text_of(select, job.words)) for name, select in selects.items()}
