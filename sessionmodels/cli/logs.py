"""What is told while a build runs: a moving bar, lines, or lines of JSON for whoever collects them."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from sessionmodels.cli.show import progress
from sessionmodels.errors import SessionmodelsError

if TYPE_CHECKING:
    from sessionmodels.run import Watcher

log_format = click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How progress and failures are told on the standard error; json is a line each, for collectors.",
)
FIELDS = "%(asctime)s %(levelname)s %(name)s %(message)s"


@contextmanager
def told(log_format: str, *, quiet: bool) -> "Iterator[Watcher]":
    """Tell what happens on the standard error, and hand on who is told of each step."""
    if log_format == "json":
        with _logging(_as_json(), logging.INFO), _errors_told():
            yield lambda *_: None
        return
    with _logging(logging.Formatter("%(levelname)s: %(message)s"), logging.WARNING), progress(quiet=quiet) as watch:
        yield watch


@contextmanager
def _errors_told() -> Iterator[None]:
    """Tell an error of ours as the last line, of the same form as all others, and end with its status."""
    try:
        yield
    except SessionmodelsError as error:
        logging.getLogger("sessionmodels").error(str(error), extra={"exit_status": error.exit_status})  # noqa: TRY400 - no traceback
        sys.exit(error.exit_status)


def _as_json() -> logging.Formatter:
    from pythonjsonlogger.json import JsonFormatter  # noqa: PLC0415 - only where it is asked for

    return JsonFormatter(FIELDS, rename_fields={"asctime": "time", "levelname": "level"}, datefmt="%Y-%m-%dT%H:%M:%S%z")


@contextmanager
def _logging(formatter: logging.Formatter, level: int) -> Iterator[None]:
    logger, handler = logging.getLogger("sessionmodels"), logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    handler.setLevel(level)
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(level)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
