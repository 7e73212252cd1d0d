"""The command `sessionmodels`: the only place that prints. Nothing heavy is imported until a command runs."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from typing import Any

import click

from sessionmodels import signals
from sessionmodels.cli.build import build
from sessionmodels.cli.demo import demo
from sessionmodels.cli.graph import graph
from sessionmodels.cli.migrate import migrate
from sessionmodels.cli.output import tell
from sessionmodels.cli.report import report
from sessionmodels.cli.sql import sql
from sessionmodels.cli.status import status
from sessionmodels.cli.verify import verify
from sessionmodels.errors import SessionmodelsError
from sessionmodels.errors.redaction import hidden, redacted

TYPED = "sessionmodels.typed"
"""Under what a context keeps the words of the command line."""


@contextmanager
def _errors_told(typed: Sequence[str]) -> Iterator[None]:
    """End with one clear text and an exit status, in place of a traceback, where an error is ours or is about the usage.

    A URL among the words that were typed is masked in it.
    """
    try:
        with hidden(*typed):
            try:
                yield
            except click.UsageError as error:
                error.message = redacted(error.message)  # pyright: ignore[reportAttributeAccessIssue] - it is only declared final
                raise
    except SessionmodelsError as error:
        signals.raise_received()
        tell(f"Error: {error}")
        sys.exit(error.exit_status)
    except click.ClickException as error:
        told = StringIO()
        error.show(file=told)  # it may repeat what was typed
        tell(told.getvalue().removesuffix("\n"))
        sys.exit(error.exit_code)


@contextmanager
def _left_by_signals() -> Iterator[None]:
    """Leave by an exit where a signal has arrived: click would make an `Abort` of its own of it."""
    try:
        yield
    except BaseException:
        if signals.received() is not None:
            sys.exit(1)  # the entry point knows the status
        raise


class Commands(click.Group):
    """A group that turns errors into one clear text and an exit status."""

    def make_context(self, info_name: str | None, args: list[str], *more: Any, **extra: Any) -> click.Context:
        """Read the words before the command."""
        typed = tuple(args)
        with _left_by_signals(), _errors_told(typed):
            context = super().make_context(info_name, args, *more, **extra)
        context.meta[TYPED] = typed
        return context

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with _left_by_signals(), _errors_told(ctx.meta[TYPED]):
            return super().invoke(ctx)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="sessionmodels")
def main() -> None:
    """Turn the events in your warehouse into sessions.

    sessionmodels reads the `tracks` table that RudderStack or Segment fills, and builds eight relations from it. They say
    who each visitor is, where each session starts and ends, what happened in it, and what people did next.

    \b
    First steps:
      sessionmodels demo                               try it on a made-up shop
      sessionmodels build --tracks 'events/*.parquet'  build from files
      sessionmodels build --url postgresql://...       build in a warehouse
      sessionmodels sql --dialect bigquery             read the SQL first

    You can set every setting by a flag, by a variable SESSIONMODELS_..., or in sessionmodels.toml. A flag wins over a
    variable, and a variable over the file.

    Exit status: 0 done, 1 the work failed, 2 wrong usage or settings, 3 another build of the same tables is running,
    4 an audit found a difference.
    """


for command in (demo, build, migrate, status, sql, graph, report, verify):
    main.add_command(command)
