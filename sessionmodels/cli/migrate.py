"""`sessionmodels migrate`."""

from typing import Any

import click

from sessionmodels.cli.logs import log_format, told
from sessionmodels.cli.options import Duration, settings_flags, settings_from


@click.command()
@click.option("--all-views", is_flag=True, help="Every relation a view: short for --kind NAME=view for each.")
@click.option("--to", default="head", show_default=True, metavar="REVISION", help="The revision to go up to.")
@click.option("--undo", metavar="REVISION", help="Go down to a revision instead: base undoes all, -1 the last.")
@click.option("--check", "only_check", is_flag=True, help="Change nothing; fail where a view is missing or another is asked for.")
@click.option("--sql", "as_sql", is_flag=True, help="Print the script instead, without connecting; --to and --undo take FROM:TO.")
@click.option("--dialect", help="Of the script: duckdb, postgresql, bigquery, snowflake or redshift. [default: that of the URL]")
@click.option(
    "--wait", type=Duration(), default=0, help="How long to wait for a build to end, such as 10m. [default: not at all]"
)
@log_format
@settings_flags()
def migrate(  # noqa: PLR0913, PLR0917 - flags
    all_views: bool,
    to: str,
    undo: str | None,
    only_check: bool,
    as_sql: bool,
    dialect: str | None,
    wait: float,
    log_format: str,
    **flags: Any,
) -> None:
    """Make the relations that are kept as views, by the migrations that come with the package.

    With every relation a view (--all-views), everything is always fresh and no build is needed. Tables are left alone. In a
    project of your own that has Alembic, the views go into its migrations: docs/migrations.md has the lines.

    \b
    Examples:
      sessionmodels migrate --url postgresql://me@host/db --target-schema analytics --all-views
      sessionmodels migrate --check --all-views
      sessionmodels migrate --undo base
      sessionmodels migrate --sql --dialect bigquery --source-schema rudder --target-schema analytics
    """
    from sessionmodels.connect import engine_for  # noqa: PLC0415 - heavy
    from sessionmodels.models import MODELS  # noqa: PLC0415 - heavy
    from sessionmodels.views import packaged  # noqa: PLC0415 - heavy

    settings = settings_from({**flags, **({"kinds": tuple(f"{name}=view" for name in MODELS)} if all_views else {})})
    if as_sql:
        click.echo(packaged.write_script(settings, dialect=dialect, to=to, undo=undo), nl=False)
        return
    with told(log_format, quiet=True), engine_for(settings) as engine:
        if only_check:
            packaged.check(engine, settings)
            click.echo("The views are what the settings ask for.")
            return
        if undo:
            done = packaged.undo(engine, settings, to=undo, wait=wait)
        else:
            done = packaged.migrate(engine, settings, to=to, wait=wait)
    click.echo(f"revision {done.revision or 'base'}: {', '.join(done.views) or 'no view stands'}")
