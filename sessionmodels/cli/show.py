"""What the commands show: results on the standard output, progress and errors beside it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from sqlalchemy import CursorResult

    from sessionmodels.build import Watcher
    from sessionmodels.warehouses.warehouse import Step


@contextmanager
def progress() -> "Iterator[Watcher]":
    """Show how far a build is: a moving bar in a terminal, a line a statement where the output is kept."""
    from rich.console import Console  # noqa: PLC0415 - heavy
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda done, total, step: click.echo(f"[{done + 1}/{total}] {step.relation}: {step.does}", err=True)
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("connecting", total=None)

        def watch(done: int, total: int, step: "Step") -> None:
            bar.update(task, description=f"{step.relation}: {step.does}", completed=done, total=total)

        yield watch


def show(what: Any) -> None:
    """Print something that rich knows how to show."""
    from rich.console import Console  # noqa: PLC0415 - heavy

    Console(highlight=False).print(what)


def show_rows(columns: Sequence[str], rows: "Sequence[Sequence[Any]] | CursorResult[Any]") -> None:
    """Print rows as a table."""
    from rich.table import Table  # noqa: PLC0415 - heavy

    shown = Table(*columns)
    for row in rows:
        shown.add_row(*("" if value is None else f"{value:,.2f}" if isinstance(value, float) else str(value) for value in row))
    show(shown)
