"""`sessionmodels ask top_users`."""

from typing import Any

import click

from sessionmodels.cli.options import as_json, settings_flags, settings_from
from sessionmodels.cli.output import print_json, print_result


@click.command("top_users")
@click.option("--limit", default=10, show_default=True, type=click.IntRange(min=1), help="Number of visitors to show.")
@as_json
@settings_flags("url", "target_schema", "table_prefix")
def top_users(limit: int, as_json: bool, **flags: Any) -> None:
    """Show the visitors with the longest sessions on average.

    This is the sample analysis top_users_by_avg_session_duration; `sessionmodels sql --analysis` prints its SQL.

    \b
    Examples:
      sessionmodels ask top_users --limit 20
      sessionmodels ask top_users --url postgresql://me@host/db --json
    """
    from sqlalchemy import literal_column  # noqa: PLC0415 - heavy

    from sessionmodels.connection.engine import engine_to_read  # noqa: PLC0415 - heavy
    from sessionmodels.display.format import count  # noqa: PLC0415 - beside its only use
    from sessionmodels.reading import read, refuse_unbuilt, top_users_by_avg_session_duration  # noqa: PLC0415 - heavy

    settings = settings_from(flags)
    with engine_to_read(settings) as engine:
        settings = refuse_unbuilt(engine, "session_duration", settings)
        first = literal_column(str(limit))  # written out: not every driver supports a limit as a parameter
        found = read(engine, top_users_by_avg_session_duration(settings).limit(first))
    if as_json:
        print_json([dict(zip(found.columns, row, strict=True)) for row in found.rows])
    else:
        print_result(found, *([] if found.rows else [count(0, "row")]))
