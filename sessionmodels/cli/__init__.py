"""The command `sessionmodels`: the only place that prints. Nothing heavy is imported until a command runs."""

import sys
from typing import Any

import click

from sessionmodels.cli.build import build
from sessionmodels.cli.demo import demo
from sessionmodels.cli.graph import graph
from sessionmodels.cli.migrate import migrate
from sessionmodels.cli.report import report
from sessionmodels.cli.sql import sql
from sessionmodels.cli.status import status
from sessionmodels.cli.stop import stoppable
from sessionmodels.cli.verify import verify
from sessionmodels.errors import SessionmodelsError


class Commands(click.Group):
    """A group that turns this package's errors into one clear text and an exit status."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error of ours ends it without a traceback."""
        try:
            with stoppable():
                return super().invoke(ctx)
        except SessionmodelsError as error:
            click.echo(f"Error: {error}", err=True)
            sys.exit(error.exit_status)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="sessionmodels")
def main() -> None:
    """Turn the events in your warehouse into sessions.

    sessionmodels reads the `tracks` table that RudderStack or Segment fills, and builds eight tables beside it: who the
    visitor is, where one visit ends and the next begins, what happened in it, how long it took, what people did next.

    \b
    First steps:
      sessionmodels demo                               see it work on a made-up shop
      sessionmodels build --tracks 'events/*.parquet'  sessions from exported files, no warehouse needed
      sessionmodels build --url postgresql://...       sessions beside the tracks table of a database
      sessionmodels sql --dialect bigquery             read the SQL first

    Every setting is a flag, a variable SESSIONMODELS_..., or a line in sessionmodels.toml; the flag wins.

    \b
    Exit status: 0 done, 1 the work failed, 2 wrong usage or settings, 3 another build of the same tables is running,
    4 an audit found a difference.
    """


for command in (demo, build, migrate, status, sql, graph, report, verify):
    main.add_command(command)
