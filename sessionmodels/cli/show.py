"""What the commands show: results on the standard output, progress and errors beside it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from sessionmodels.run import Watcher
    from sessionmodels.warehouses.warehouse import Step


@contextmanager
def progress(*, quiet: bool = False) -> "Iterator[Watcher]":
    """Show how far a build is: a moving bar in a terminal, a line a statement where the output is kept."""
    from rich.console import Console  # noqa: PLC0415 - heavy
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    if quiet:
        yield lambda *_: None
        return
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

    Console(highlight=False, markup=False, emoji=False).print(what)


def show_rows(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print rows as a table, numbers to the right."""
    from rich.table import Table  # noqa: PLC0415 - heavy

    shown = Table()
    for place, column in enumerate(columns):
        shown.add_column(column, justify="right" if rows and isinstance(rows[0][place], int | float) else "left")
    for row in rows:
        shown.add_row(*(_text(value) for value in row))
    show(shown)


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    return "" if value is None else str(value)
