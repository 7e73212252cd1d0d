"""`sessionmodels status`."""

from typing import Any

import click

from sessionmodels.cli.options import as_json, settings_flags, settings_from
from sessionmodels.cli.output import show


@click.command()
@click.option("--last", default=10, show_default=True, type=click.IntRange(min=1), help="Number of builds to show.")
@as_json
@settings_flags("url", "target_schema", "table_prefix", "kinds")
def status(last: int, as_json: bool, **flags: Any) -> None:
    """Show the last builds, how fresh each relation is, and until when sessions are complete.

    Also shows which views are missing.

    \b
    Examples:
      sessionmodels status
      sessionmodels status --url postgresql://me@host/db --json
    """
    from sessionmodels.connection.engine import engine_to_read  # noqa: PLC0415 - heavy
    from sessionmodels.reading import status as read  # noqa: PLC0415 - heavy

    settings = settings_from(flags)
    with engine_to_read(settings) as engine:
        found = read(engine, settings, last=last)
    show(found, as_json=as_json)
