"""`sessionmodels sql`."""

from typing import Any

import click

from sessionmodels.cli.options import dialect, selection, settings_flags, settings_from
from sessionmodels.cli.output import print_code
from sessionmodels.cli.unquoted import ReadsFiles


@click.command(cls=ReadsFiles)
@dialect
@click.option("--analysis", is_flag=True, help="Print the sample analysis top_users_by_avg_session_duration instead of a build.")
@click.option("--incremental", is_flag=True, help="Print the statements of an incremental build instead of a first one.")
@click.option("--with-context", is_flag=True, help="Assume that the source has the columns of pages, campaigns and devices, too.")
@selection
@settings_flags()
def sql(
    dialect: str | None, analysis: bool, incremental: bool, with_context: bool, select: tuple[str, ...], **flags: Any
) -> None:
    """Print the statements of a first build, without connecting.

    \b
    Examples:
      sessionmodels sql --dialect snowflake --select tracks_flow
      sessionmodels sql --dialect bigquery --idle-minutes 45 > build.sql
      sessionmodels sql --dialect postgresql --analysis
      sessionmodels sql --dialect snowflake --incremental
      sessionmodels sql --dialect postgresql --with-context
    """
    from sessionmodels.offline.of_url import with_dialect  # noqa: PLC0415 - heavy
    from sessionmodels.offline.script import write_increment, write_statements  # noqa: PLC0415 - heavy
    from sessionmodels.reading import top_users_by_avg_session_duration  # noqa: PLC0415 - heavy
    from sessionmodels.warehouses import warehouse_of  # noqa: PLC0415 - heavy
    from sessionmodels.warehouses.render import dialect_of, text_of  # noqa: PLC0415 - heavy

    settings, dialect = with_dialect(settings_from(flags), dialect)
    if analysis:
        print_code([text_of(top_users_by_avg_session_duration(settings), dialect_of(warehouse_of(dialect))) + ";"])
    elif incremental:
        print_code(write_increment(settings, dialect, with_context=with_context))
    else:
        print_code(write_statements(settings, dialect, select=select or None, with_context=with_context))
