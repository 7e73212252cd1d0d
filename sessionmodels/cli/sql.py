"""`sessionmodels sql`."""

from typing import TYPE_CHECKING, Any

import click

from sessionmodels.cli.options import selection, settings_flags, settings_from
from sessionmodels.cli.output import print_code
from sessionmodels.cli.unquoted import ReadsFiles

if TYPE_CHECKING:
    from sessionmodels.settings import Settings


@click.command(cls=ReadsFiles)
@click.option(
    "--dialect",
    help="duckdb, postgresql, bigquery, snowflake or redshift. [default: that of the URL, or else duckdb]",
)
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
    from sessionmodels.offline.script import write_increment, write_statements  # noqa: PLC0415 - heavy
    from sessionmodels.reading import top_users_by_avg_session_duration  # noqa: PLC0415 - heavy
    from sessionmodels.warehouses import warehouse_of  # noqa: PLC0415 - heavy
    from sessionmodels.warehouses.render import dialect_of, text_of  # noqa: PLC0415 - heavy

    settings, dialect = _of_the_url(settings_from(flags), dialect)
    if analysis:
        print_code([text_of(top_users_by_avg_session_duration(settings), dialect_of(warehouse_of(dialect))) + ";"])
    elif incremental:
        print_code(write_increment(settings, dialect, with_context=with_context))
    else:
        print_code(write_statements(settings, dialect, select=select or None, with_context=with_context))


def _of_the_url(settings: "Settings", dialect: str | None) -> "tuple[Settings, str]":
    """Return the settings with the URL's schema as the default, and the dialect: the requested one, or the URL's."""
    from sessionmodels.connection.engine import url_of  # noqa: PLC0415 - heavy
    from sessionmodels.warehouses import warehouse_of  # noqa: PLC0415 - heavy
    from sessionmodels.warehouses.placement import with_schema  # noqa: PLC0415 - heavy

    url = url_of(settings)
    dialect = dialect or url.get_backend_name()
    schema = warehouse_of(dialect).schemas.in_url(url) if url.get_backend_name() == dialect else None
    return (with_schema(settings, schema) if schema else settings), dialect
