"""The statements that a build would run now, and how much they would read, without running them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from sqlalchemy import Connection, Engine

from sessionmodels.connection.transaction import connected, named
from sessionmodels.connection.unlock import unlocked
from sessionmodels.display.blocks import Code, Grid
from sessionmodels.display.displayed import PlainData
from sessionmodels.display.format import count
from sessionmodels.execution.identity_graph import graph_has_changed
from sessionmodels.execution.mode import Decision, Full, choose_mode
from sessionmodels.execution.request import Request, checked, is_incremental, refuse_contradictions
from sessionmodels.relations.naming import TRACKS
from sessionmodels.relations.selection import choose
from sessionmodels.settings import Settings
from sessionmodels.state.builds import Mode
from sessionmodels.warehouses import warehouse_of
from sessionmodels.warehouses.render import plain_text_of, texts_of
from sessionmodels.warehouses.step import Step
from sessionmodels.warehouses.warehouse import Job


@dataclass(frozen=True)
class Planned(PlainData):
    """One step of a build that was not run."""

    relation: str
    action: str
    sql: str
    """Its statements, each followed by a semicolon."""

    bytes_read: int | None
    """The bytes that the step would read on BigQuery. None on other warehouses, and if it reads tables that do not exist yet."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data: text and numbers."""
        return asdict(self)

    def blocks(self) -> Iterator[Code]:
        """Yield the statements under a comment that says what they do."""
        read = "" if self.bytes_read is None else f" (reads {count(self.bytes_read, 'byte')})"
        yield Code(f"-- {self.relation}: {self.action}{read}\n{self.sql}")


class PlannedBuild(tuple[Planned, ...], PlainData):  # noqa: SLOT001 - a tuple subclass cannot have slots
    """The steps of a build that was not run, in order. Displayed as a script, or as a table in a notebook."""

    mode: Mode
    """`full`, `incremental`, `part` of the relations, or `nothing` without new rows since the last build."""

    reason: str
    """Why it would not be incremental although that was requested."""

    new_rows: int | None
    """The number of new raw rows for an incremental build; None for any other."""

    def __new__(cls, steps: Iterable[Planned], mode: Mode = "full", reason: str = "", new_rows: int | None = None) -> Self:
        """Store the steps and the build's mode."""
        planned = super().__new__(cls, steps)
        planned.mode, planned.reason, planned.new_rows = mode, reason, new_rows
        return planned

    def to_dict(self) -> dict[str, Any]:
        """Return plain data: the build's mode and its steps."""
        return {**vars(self), "steps": [step.to_dict() for step in self]}

    def blocks(self) -> Iterator[Code]:
        """Yield a line about the build's mode, if that needs one, and the statements of each step."""
        if about := self._about():
            yield Code(f"-- {about}")
        for step in self:
            yield from step.blocks()

    def _about(self) -> str:
        if self.mode == "nothing":
            return "No new events since the last build; nothing would be done."
        if self.mode == "incremental":
            return f"Incremental build: {count(self.new_rows or 0, 'new row')}."
        return f"Full build: {self.reason}." if self.reason else ""

    def _repr_html_(self) -> str:
        from sessionmodels.display.notebook import as_html  # noqa: PLC0415 - only for display

        rows = tuple((step.relation, step.action, step.bytes_read, Code(step.sql)) for step in self)
        return as_html([*filter(None, [self._about()]), Grid(("relation", "step", "bytes read", "SQL"), rows)])


def plan_all(  # noqa: PLR0913 - as `build_all`
    engine: Engine,
    settings: Settings | None = None,
    *,
    select: str | Sequence[str] | None = None,
    incremental: bool | None = None,
    full_refresh: bool = False,
    replace_existing: bool = False,
) -> PlannedBuild:
    """Return every step that a build would run now, in order. Nothing is run, and events are not counted.

    The steps of an incremental build are those for any set of visitors: only a build finds out who is affected since when. It
    then limits its statements to rows since that moment.

    Args:
        engine: an engine for the database of the source and the results.
        settings: what to read, write and count; None reads the environment and the settings files.
        select: as in `build_all`.
        incremental: as in `build_all`; the new rows are counted.
        full_refresh: as in `build_all`.
        replace_existing: as in `build_all`.

    Raises:
        SessionmodelsError: any error that `build_all` would raise before it changes anything.
    """
    settings, names = checked(engine, settings), choose(select)
    request = Request(
        settings, names, is_incremental(settings, names, incremental), full_refresh, replace_existing=replace_existing
    )
    refuse_contradictions(request)
    warehouse = warehouse_of(engine.dialect.name)
    with (
        connected(engine, warehouse.transactions.isolation_level) as connection,
        unlocked(connection),
        named("the build", "read the catalog", warehouse),
        connection.begin() as transaction,
    ):
        planned = _planned(connection, choose_mode(connection, warehouse, request, thorough=True))
        transaction.rollback()
    return planned


def _planned(connection: Connection, decided: Decision) -> PlannedBuild:
    job = decided.job
    if isinstance(decided, Full):
        sizes = _bytes_read(connection, job)
        steps = [(step, sizes.pop(step.relation_name, None)) for step in (*decided.plan.steps, *decided.plan.clean_up)]
        return PlannedBuild((_described(job, *step) for step in steps), decided.mode, decided.reason)
    if decided.mode == "nothing":
        return PlannedBuild((), "nothing")
    increment = decided.increment
    differing, inserted, *_ = connection.execute(increment.count_changes_directly()).one()
    has_changed = differing or graph_has_changed(connection, job)
    steps = increment.steps(None) if has_changed else increment.steps_without_changes()
    return PlannedBuild((_described(job, step) for step in steps), "incremental", new_rows=inserted or 0)


def _described(job: Job, step: Step, size: int | None = None) -> Planned:
    return Planned(step.relation_name, step.action, texts_of(step, job.dialect, job.settings), size)


def _bytes_read(connection: Connection, job: Job) -> dict[str, int | None]:
    """Return how many bytes filling each table would read, for its first step, based on the existing tables."""
    measure = job.warehouse.driver.bytes_read
    if measure is None:
        return {}
    selects = {relation.name: relation.select for relation in job.chosen if relation.kind == "table"}
    if job.graph.must_stage(job.chosen):
        selects[TRACKS] = job.graph.clean
    return {name: measure(connection, job.settings, plain_text_of(select, job.dialect)) for name, select in selects.items()}
