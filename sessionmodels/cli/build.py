"""`sessionmodels build`."""

from typing import Any

import click

from sessionmodels.cli.options import as_json, quiet, selection, settings_flags, settings_from
from sessionmodels.cli.show import progress, show


@click.command()
@selection
@as_json
@quiet
@settings_flags()
def build(select: tuple[str, ...], as_json: bool, quiet: bool, **flags: Any) -> None:
    """Build the session tables, or those selected.

    All happens in one transaction: readers see the old tables until the end, and a failure changes nothing.

    \b
    Examples:
      sessionmodels build --tracks 'events/*.parquet'
      sessionmodels build --url postgresql://me@host/db --source-schema rudder --target-schema analytics
      sessionmodels build --idle-minutes 45 --counter cnt_orders=ordered,order_completed
      sessionmodels build --select +session_tracks --json
    """
    from sessionmodels.build import build_all  # noqa: PLC0415 - heavy
    from sessionmodels.connect import engine_for  # noqa: PLC0415 - heavy

    settings = settings_from(flags)
    with engine_for(settings) as engine, progress(quiet=quiet) as watch:
        result = build_all(engine, settings, select=select or None, watch=watch)
    if as_json:
        click.echo(result.to_json())
    else:
        show(result)
