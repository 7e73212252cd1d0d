"""What is told while a build runs: a moving bar, lines, or lines of JSON for whoever collects them."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

import click

from sessionmodels import signals
from sessionmodels.cli.output import in_ascii, tell
from sessionmodels.cli.progress import progress
from sessionmodels.errors import SessionmodelsError
from sessionmodels.errors.redaction import logger

if TYPE_CHECKING:
    from sessionmodels.execution.executor import Watcher

log_format = click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Format of progress and errors on the standard error. json writes one line each, for log collectors.",
)
FIELDS = "%(asctime)s %(levelname)s %(name)s %(message)s"


@contextmanager
def told(log_format: str, *, quiet: bool) -> "Iterator[Watcher]":
    """Tell what happens on the standard error, and hand on who is told of each step."""
    if log_format == "json":
        with _logging(_JsonLines(), logging.INFO), _errors_told():
            yield lambda *_: None
        return
    with _logging(_Lines(), logging.WARNING), progress(quiet=quiet) as watch:
        yield watch


@contextmanager
def _errors_told() -> Iterator[None]:
    """Tell an error of ours as the last line, of the same form as all others, and end with its status."""
    try:
        yield
    except SessionmodelsError as error:
        signals.raise_received()
        logger("sessionmodels").error(str(error), extra={"exit_status": error.exit_status})
        sys.exit(error.exit_status)


class _Lines(logging.Handler):
    """Tells people of warnings. That a build failed is not among them: the command's own error says it, or a retry's warning."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print one line."""
        if getattr(record, "outcome", None) != "failed":
            tell(f"{record.levelname.capitalize()}: {record.getMessage()}")


class _JsonLines(logging.StreamHandler[TextIO]):
    """Tells programs of everything, a line of JSON each."""

    def __init__(self) -> None:
        from pythonjsonlogger.json import JsonFormatter  # noqa: PLC0415 - only where it is asked for

        super().__init__(sys.stderr)
        renamed = {"asctime": "time", "levelname": "level"}
        self.setFormatter(JsonFormatter(FIELDS, rename_fields=renamed, datefmt="%Y-%m-%dT%H:%M:%S%z"))

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        return in_ascii(super().format(record))


@contextmanager
def _logging(handler: logging.Handler, level: int) -> Iterator[None]:
    log = logger("sessionmodels")
    handler.setLevel(level)
    before = log.level
    log.addHandler(handler)
    log.setLevel(level)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(before)
