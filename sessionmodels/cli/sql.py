"""`sessionmodels sql`."""

from typing import Any

import click

from sessionmodels.cli.options import selection, settings_flags, settings_from


@click.command()
@click.option(
    "--dialect",
    help="duckdb, postgresql, bigquery, snowflake or redshift. [default: that of the URL, else duckdb]",
)
@click.option("--analysis", is_flag=True, help="The sample analysis, top_users_by_avg_session_duration, in place of the build.")
@selection
@settings_flags()
def sql(dialect: str | None, analysis: bool, select: tuple[str, ...], **flags: Any) -> None:
    """Print every statement of a first build for a dialect, without connecting.

    \b
    Examples:
      sessionmodels sql --dialect snowflake --select tracks_flow
      sessionmodels sql --dialect bigquery --idle-minutes 45 > build.sql
      sessionmodels sql --dialect postgresql --analysis
    """
    from sessionmodels.connect import url_of  # noqa: PLC0415 - heavy
    from sessionmodels.report import top_users_by_avg_session_duration  # noqa: PLC0415 - heavy
    from sessionmodels.statements import dialect_of, text_of, write_statements  # noqa: PLC0415 - heavy
    from sessionmodels.warehouses import warehouse_of  # noqa: PLC0415 - heavy

    settings = settings_from(flags)
    dialect = dialect or url_of(settings).get_backend_name()
    if analysis:
        words = dialect_of(warehouse_of(dialect))
        click.echo(text_of(top_users_by_avg_session_duration(settings), words) + ";")
    else:
        click.echo("\n\n".join(write_statements(settings, dialect, select=select or None)))
