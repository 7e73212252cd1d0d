"""`sessionmodels explain`."""

import sys
from typing import Any

import click

from sessionmodels.cli.options import as_json, settings_flags, settings_from
from sessionmodels.cli.output import show


@click.command()
@click.argument("event_id", required=False)
@click.option("--visitor", metavar="ID", help="Explain a visitor instead: a dbt_visitor_id, or the id of a device or a user.")
@click.option(
    "--around",
    default=5,
    show_default=True,
    type=click.IntRange(min=0),
    help="Number of the visitor's events to show before and after.",
)
@click.option(
    "--within-days",
    metavar="N",
    type=click.IntRange(0, 36_500),
    help="Read in the source only rows loaded at most N days before or after the event's row. [default: all]",
)
@as_json
@settings_flags()
def explain(event_id: str | None, visitor: str | None, around: int, within_days: int | None, as_json: bool, **flags: Any) -> None:
    """Explain why the relations show an event or a visitor as they do.

    Shows the events around it, each pause, what started its session, which id led to which visitor and since when, and where it
    is in every relation; or why it is in none: rejected, a duplicate, or not read yet. It only reads. Give it the settings of
    the build. The exit status is 1 if the id is found nowhere.

    \b
    Examples:
      sessionmodels explain 5f0c2a1e-order-17
      sessionmodels explain --visitor ada@example.com --around 20
      sessionmodels explain 5f0c2a1e-order-17 --url postgresql://me@host/db --json
    """
    if (event_id is None) == (visitor is None):
        msg = "give the id of an event, or --visitor and an id"
        raise click.UsageError(msg)
    from sessionmodels.connection.engine import engine_to_read  # noqa: PLC0415 - heavy
    from sessionmodels.reading import explain as of_event  # noqa: PLC0415 - heavy
    from sessionmodels.reading import explain_visitor as of_visitor  # noqa: PLC0415 - heavy

    settings = settings_from(flags)
    with engine_to_read(settings) as engine:
        if visitor is None:
            found = of_event(engine, event_id or "", settings, around=around, within_days=within_days)
        else:
            found = of_visitor(engine, visitor, settings, around=around)
    show(found, as_json=as_json)
    sys.exit(0 if found.found else 1)
