"""The command `sessionmodels`, the only place that prints. Heavy imports wait until a command runs."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from typing import Any

import click

from sessionmodels.cli.ask import ask
from sessionmodels.cli.build import build
from sessionmodels.cli.check import check
from sessionmodels.cli.compare import compare
from sessionmodels.cli.demo import demo
from sessionmodels.cli.docs import docs
from sessionmodels.cli.doctor import doctor
from sessionmodels.cli.explain import explain
from sessionmodels.cli.export import export
from sessionmodels.cli.forget import forget
from sessionmodels.cli.graph import graph
from sessionmodels.cli.group import Group
from sessionmodels.cli.migrate import migrate
from sessionmodels.cli.output import print_message
from sessionmodels.cli.report import report
from sessionmodels.cli.settings import settings
from sessionmodels.cli.sql import sql
from sessionmodels.cli.status import status
from sessionmodels.cli.verify import verify
from sessionmodels.connection import signals
from sessionmodels.errors import SessionmodelsError
from sessionmodels.errors.redaction import hidden, redacted

TYPED = "sessionmodels.typed"
"""The key of the command line's arguments in a context."""


@contextmanager
def _reporting_errors(typed: Sequence[str]) -> Iterator[None]:
    """Turn our errors and usage errors into one clear text and an exit status, without a traceback.

    URLs among the arguments are masked in it.
    """
    try:
        with hidden(*typed):
            try:
                yield
            except click.UsageError as error:
                error.message = redacted(error.message)  # pyright: ignore[reportAttributeAccessIssue] - only declared as final
                raise
    except SessionmodelsError as error:
        signals.raise_received()
        print_message(f"Error: {error.in_brief}")
        sys.exit(error.exit_status)
    except click.ClickException as error:
        output = StringIO()
        error.show(file=output)  # it may repeat arguments
        print_message(output.getvalue().removesuffix("\n"))
        sys.exit(error.exit_code)


@contextmanager
def _exiting_on_signals() -> Iterator[None]:
    """Exit if a signal has arrived; click would turn it into its own `Abort`."""
    try:
        yield
    except BaseException:
        if signals.received() is not None:
            sys.exit(1)  # the entry point sets the status
        raise


class Commands(Group):
    """A group that reports errors as one clear text with an exit status."""

    def make_context(self, info_name: str | None, args: list[str], *more: Any, **extra: Any) -> click.Context:
        """Parse the arguments before the command."""
        typed = tuple(args)
        with _exiting_on_signals(), _reporting_errors(typed):
            context = super().make_context(info_name, args, *more, **extra)
        context.meta[TYPED] = typed
        return context

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with _exiting_on_signals(), _reporting_errors(ctx.meta[TYPED]):
            return super().invoke(ctx)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="sessionmodels")
def main() -> None:
    """Turn the events in your warehouse into sessions.

    sessionmodels reads the `tracks` table that RudderStack or Segment fills, and builds ten relations from it. They say
    who each visitor is, where each session starts and ends, what happened in it, and what people did next.

    \b
    First steps:
      sessionmodels demo                                try it on a made-up shop
      sessionmodels doctor --tracks 'events/*.parquet'  examine the events first
      sessionmodels build --tracks 'events/*.parquet'   build from files
      sessionmodels build --url postgresql://...        build in a warehouse
      sessionmodels check --url postgresql://...        check what a build left
      sessionmodels ask sessions_by --by channel        ask a question of them
      sessionmodels report                              show it to others
      sessionmodels explain EVENT_ID                    ask why an event is there
      sessionmodels sql --dialect bigquery              read the SQL first

    You can set every setting by a flag, by a variable SESSIONMODELS_..., or in sessionmodels.toml. A flag wins over a
    variable, and a variable over the file.

    Exit status: 0 done, 1 the work failed or a check did not hold, 2 wrong usage or settings, 3 another build of the same
    tables is running, 4 an audit found a difference, 5 a check failed and nothing was published.
    """


COMMANDS = (
    *(demo, doctor, build, check, ask, report, explain, compare, forget, migrate, settings, status, sql, graph),
    *(export, docs, verify),
)
for command in COMMANDS:
    main.add_command(command)
