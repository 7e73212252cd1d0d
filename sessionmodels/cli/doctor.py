"""`sessionmodels doctor`."""

import sys
from typing import TYPE_CHECKING, Any

import click

from sessionmodels.cli.options import as_json, settings_flags, settings_from
from sessionmodels.cli.output import print_code, print_json, print_message, show
from sessionmodels.cli.unquoted import ReadsFiles

if TYPE_CHECKING:
    from datetime import datetime

    from sessionmodels.settings import Settings


class Moment(click.ParamType):
    """A time such as `2026-01-31` or `2026-01-31T12:00Z`; without a zone, it is in UTC."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> "datetime":
        """Return the moment, in UTC."""
        from datetime import UTC, datetime  # noqa: PLC0415 - not for `--help`

        if isinstance(value, datetime):
            return value
        try:
            found = datetime.fromisoformat(value)
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is not a time; write it like 2026-01-31 or 2026-01-31T12:00Z", param, ctx)


@click.command(cls=ReadsFiles)
@click.option(
    "--since",
    type=Moment(),
    metavar="TIME",
    help="Examine only rows loaded then or later. [default: 30 days up to each source's latest row]",
)
@click.option(
    "--dry-run", is_flag=True, help="Print the queries and run none. On BigQuery, also print the bytes that each would read."
)
@as_json
@settings_flags()
def doctor(since: "datetime | None", dry_run: bool, as_json: bool, **flags: Any) -> None:
    """Examine the raw events: what is odd about them, and which settings fit them.

    Run it before the first build, or when figures look odd. It reads the sources and nothing else, and changes nothing. The exit
    status is 1 if a source cannot be read, whatever is odd about the others.

    \b
    Examples:
      sessionmodels doctor
      sessionmodels doctor --tracks 'events/*.parquet'
      sessionmodels doctor --url bigquery://project/dataset --dry-run
      sessionmodels doctor --url postgresql://me@host/db --since 2026-01-31 --json
    """
    from sessionmodels.connection.engine import engine_to_plan  # noqa: PLC0415 - heavy
    from sessionmodels.doctor.run import examine_source  # noqa: PLC0415 - heavy

    settings = settings_from(flags)
    if dry_run:
        _show_dry_run(settings, since, as_json=as_json)
        return
    with engine_to_plan(settings) as engine:
        found = examine_source(engine, settings, since=since, tell=print_message)
    show(found, as_json=as_json)
    sys.exit(0 if found.can_read else 1)


def _show_dry_run(settings: "Settings", since: "datetime | None", *, as_json: bool) -> None:
    from sessionmodels.connection.engine import engine_to_plan  # noqa: PLC0415 - heavy
    from sessionmodels.doctor.run import plan_examination  # noqa: PLC0415 - heavy

    with engine_to_plan(settings) as engine:
        planned = plan_examination(engine, settings, since)
    if as_json:
        print_json([one.to_dict() for one in planned])
    else:
        print_code(code.text for one in planned for code in one.blocks())
