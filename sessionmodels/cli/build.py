"""`sessionmodels build`."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from sessionmodels.cli.options import as_json, quiet, selection, settings_flags, settings_from
from sessionmodels.cli.show import progress, show

if TYPE_CHECKING:
    from sessionmodels.settings import Settings


@click.command()
@selection
@as_json
@quiet
@click.option("--dry-run", is_flag=True, help="Print the statements, and on BigQuery the bytes that each would read; run none.")
@settings_flags()
def build(select: tuple[str, ...], as_json: bool, quiet: bool, dry_run: bool, **flags: Any) -> None:
    """Build the session tables, or those selected.

    On DuckDB, PostgreSQL and Redshift all happens in one transaction: readers see the old tables until the end, and a failure
    changes nothing. On BigQuery and Snowflake the tables are built aside and put in place at the end.

    \b
    Examples:
      sessionmodels build --tracks 'events/*.parquet'
      sessionmodels build --url postgresql://me@host/db --source-schema rudder --target-schema analytics
      sessionmodels build --idle-minutes 45 --counter cnt_orders=ordered,order_completed
      sessionmodels build --select +session_tracks --json
      sessionmodels build --url bigquery://project/rudder --target-schema analytics --dry-run
    """
    from sessionmodels.build import build_all  # noqa: PLC0415 - heavy
    from sessionmodels.connect import engine_for  # noqa: PLC0415 - heavy

    settings = settings_from(flags)
    if dry_run:
        _show_dry_run(settings, select, as_json=as_json)
        return
    with engine_for(settings) as engine, progress(quiet=quiet) as watch:
        result = build_all(engine, settings, select=select or None, watch=watch)
    if as_json:
        click.echo(result.to_json())
    else:
        show(result)


def _show_dry_run(settings: "Settings", select: tuple[str, ...], *, as_json: bool) -> None:
    from sessionmodels.connect import engine_for  # noqa: PLC0415 - heavy
    from sessionmodels.dry_run import plan_all  # noqa: PLC0415 - heavy

    with engine_for(settings) as engine:
        planned = plan_all(engine, settings, select=select or None)
    if as_json:
        click.echo(json.dumps([asdict(step) for step in planned], indent=2))
        return
    for step in planned:
        read = "" if step.bytes_read is None else f" (reads {step.bytes_read:,} bytes)"
        click.echo(f"-- {step.relation}: {step.does}{read}\n{step.sql}\n")
