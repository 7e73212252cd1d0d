"""The progress of a build: a bar in a terminal, or one line per step in a file or a pipe."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sessionmodels.cli.output import print_message
from sessionmodels.display.escape import visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

    from sessionmodels.execution.executor import Watcher
    from sessionmodels.warehouses.step import Step


@contextmanager
def progress(*, quiet: bool = False) -> "Iterator[Watcher]":
    """Show the progress of a build on the standard error."""
    from rich.console import Console  # noqa: PLC0415 - heavy

    if quiet:
        yield lambda *_: None
        return
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda done, total, step: print_message(f"{_place(done, total)} {step.relation_name}: {step.action}")
        return
    with _bar(console) as bar:
        task = bar.add_task("connecting", total=None)

        def watch(done: int, total: int | None, step: "Step") -> None:
            bar.update(task, description=visible(f"{step.relation_name}: {step.action}"), completed=done, total=total)

        yield watch


def _bar(console: "Console") -> "Progress":
    """Return a bar with the step, how many steps are done, the time, and how much of the running statement is done."""
    from rich.progress import (  # noqa: PLC0415 - heavy
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    from sessionmodels.connection.interruption import share_done  # noqa: PLC0415 - heavy

    class Share(ProgressColumn):
        """How much of the running statement is done, where the warehouse can tell."""

        def render(self, task: object) -> str:
            del task
            done = share_done()
            return "" if done is None else f"{done:.0%} of this step"

    description = TextColumn("{task.description}", markup=False)
    columns = (SpinnerColumn(), description, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), Share())
    return Progress(*columns, console=console, transient=True)


def _place(done: int, total: int | None) -> str:
    return f"[{done + 1}]" if total is None else f"[{done + 1}/{total}]"
