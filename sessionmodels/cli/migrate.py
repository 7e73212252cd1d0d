"""`sessionmodels migrate`."""

from typing import Any

import click

from sessionmodels.cli.logs import log_format, reporting
from sessionmodels.cli.options import as_json, settings_flags, settings_from, wait
from sessionmodels.cli.output import print_code, print_result, show
from sessionmodels.cli.unquoted import ReadsFiles


@click.command(cls=ReadsFiles)
@click.option("--to", metavar="REVISION", help="Upgrade to REVISION. [default: head]")
@click.option("--undo", metavar="REVISION", help="Downgrade to REVISION instead: base undoes all revisions, -1 the last one.")
@click.option(
    "--check",
    "only_check",
    is_flag=True,
    help="Change nothing. Fail if migrations have not run, or a view is missing or out of date.",
)
@click.option("--sql", "as_sql", is_flag=True, help="Print the script without connecting. --to and --undo then take FROM:TO.")
@click.option(
    "--dialect", help="Dialect of the script: duckdb, postgresql, bigquery, snowflake or redshift. [default: that of the URL]"
)
@wait
@as_json
@log_format
@settings_flags()
def migrate(  # noqa: PLR0913, PLR0917 - flags
    to: str | None,
    undo: str | None,
    only_check: bool,
    as_sql: bool,
    dialect: str | None,
    wait: float,
    as_json: bool,
    log_format: str,
    **flags: Any,
) -> None:
    """Create the views by the migrations that come with the package.

    With --all-views every relation is a view: everything is always fresh, and no build is needed. Tables are left alone. If
    you have an Alembic project of your own, put the views into its migrations: docs/migrations.md shows how.

    \b
    Examples:
      sessionmodels migrate --url postgresql://me@host/db --all-views
      sessionmodels migrate --check --all-views
      sessionmodels migrate --undo base
      sessionmodels migrate --sql --dialect bigquery --target-schema analytics
    """
    from sessionmodels.connection.engine import engine_for, engine_to_plan  # noqa: PLC0415 - heavy
    from sessionmodels.views import packaged  # noqa: PLC0415 - heavy

    _refuse_contradictions(to, undo, only_check=only_check, as_sql=as_sql)
    settings = settings_from(flags)
    if as_sql:
        with reporting(log_format, quiet=True):
            print_code([packaged.write_script(settings, dialect=dialect, to=to or "head", undo=undo).removesuffix("\n")])
        return
    engine_of = engine_to_plan if only_check else engine_for
    with reporting(log_format, quiet=True), engine_of(settings) as engine:
        if only_check:
            packaged.check(engine, settings, wait=wait)
            print_result("The views match the settings.")
            return
        if undo is not None:
            done = packaged.undo(engine, settings, to=undo, wait=wait)
        else:
            done = packaged.migrate(engine, settings, to=to or "head", wait=wait)
    show(done, as_json=as_json)


def _refuse_contradictions(to: str | None, undo: str | None, *, only_check: bool, as_sql: bool) -> None:
    given = [name for name, is_given in (("--to", to), ("--undo", undo is not None), ("--check", only_check)) if is_given]
    given += ["--sql"] if as_sql and only_check else []
    msg = f"{' and '.join(given)} exclude each other" if len(given) > 1 else ""
    if undo is not None and not undo.strip():
        msg = "--undo names no revision; write base, -1 or a revision"
    if as_sql and undo and ":" not in undo:
        msg = "--undo with --sql takes FROM:TO, such as head:base"
    if msg:
        raise click.UsageError(msg)
