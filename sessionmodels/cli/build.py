"""`sessionmodels build`."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from sessionmodels.cli.logs import log_format, reporting
from sessionmodels.cli.options import Share, as_json, quiet, selection, settings_flags, settings_from, wait
from sessionmodels.cli.output import print_code, print_json, print_message, show
from sessionmodels.cli.unquoted import ReadsFiles
from sessionmodels.connection import signals
from sessionmodels.errors import AuditError, CheckError, SettingsError

if TYPE_CHECKING:
    from sessionmodels.settings import Settings


IN_MEMORY = "the URL names no file, so the results are lost when the command ends; to keep them: --url duckdb:///NAME.duckdb"


@click.command(cls=ReadsFiles)
@selection
@as_json
@quiet
@click.option(
    "--incremental/--no-incremental",
    default=None,
    help="Continue from the last incremental build. Gives the same rows as a full build, at the cost of the new rows."
    " [default: the setting `incremental`]",
)
@click.option("--full-refresh", is_flag=True, help="With --incremental: make a full build, for the next one to continue from.")
@wait
@click.option(
    "--audit",
    type=Share(),
    default=0.0,
    metavar="SHARE",
    help="After the build, compare a SHARE of the visitors, such as 0.5%, with a fresh computation.",
)
@click.option(
    "--replace",
    "replace_existing",
    is_flag=True,
    help="Overwrite tables and views with a result's name that sessionmodels did not create. Their rows are lost.",
)
@click.option("--check", is_flag=True, help="Publish only what passes all checks. If one fails, the old rows stay.")
@log_format
@click.option(
    "--dry-run", is_flag=True, help="Print the statements and run none. On BigQuery, also print the bytes that each would read."
)
@settings_flags()
def build(  # noqa: PLR0913, PLR0917 - one per flag
    select: tuple[str, ...],
    as_json: bool,
    quiet: bool,
    incremental: bool | None,
    full_refresh: bool,
    wait: float,
    audit: float,
    replace_existing: bool,
    check: bool,
    log_format: str,
    dry_run: bool,
    **flags: Any,
) -> None:
    """Build all relations, or those selected.

    On DuckDB, PostgreSQL and Redshift a build is one transaction. Readers see the old rows until it ends, and a failed build
    changes nothing. On BigQuery and Snowflake a build fills shadow tables first, and replaces the real tables at the end.

    \b
    Examples:
      sessionmodels build --tracks 'events/*.parquet'
      sessionmodels build --url postgresql://me@host/db --target-schema analytics
      sessionmodels build --idle-minutes 45 --counter cnt_orders=ordered,paid
      sessionmodels build --select +session_tracks --json
      sessionmodels build --url bigquery://project/dataset --dry-run
      sessionmodels build --incremental --check
      sessionmodels build --incremental --wait 10m --log-format json --json
    """
    from sessionmodels.connection.engine import is_in_memory  # noqa: PLC0415 - heavy

    settings = settings_from(flags)
    options: Any = {"select": select or None, "incremental": incremental}
    options |= {"full_refresh": full_refresh, "replace_existing": replace_existing}
    if dry_run:
        _refuse_with_dry_run(audit=bool(audit), check=check)
        _show_dry_run(settings, options, as_json=as_json)
        return
    options |= {"wait": wait, "audit": audit, "check": check}
    if is_in_memory(settings):
        print_message(f"Warning: {IN_MEMORY}")
    _build_and_show(settings, options, log_format, quiet=quiet, as_json=as_json)


def _build_and_show(settings: "Settings", options: dict[str, Any], log_format: str, *, quiet: bool, as_json: bool) -> None:
    """Build, and show the result, also that of a failed check or audit."""
    from sessionmodels.connection.engine import engine_for  # noqa: PLC0415 - heavy
    from sessionmodels.execution.build import build_all  # noqa: PLC0415 - heavy

    with reporting(log_format, quiet=quiet) as watch, engine_for(settings) as engine:
        signals.one_build()
        try:
            result = build_all(engine, settings, **options, watch=watch)
        except CheckError as error:
            show(error.report, as_json=as_json)
            raise
        except AuditError as error:
            show(error.result if as_json else replace(error.result, audit=None), as_json=as_json)  # the error reports it
            raise
        signals.done()
        show(result, as_json=as_json)


def _refuse_with_dry_run(*, audit: bool, check: bool) -> None:
    if audit or check:
        msg = f"--dry-run builds nothing that could be compared or checked; remove {'--audit' if audit else '--check'}"
        raise SettingsError(msg)


def _show_dry_run(settings: "Settings", options: dict[str, Any], *, as_json: bool) -> None:
    from sessionmodels.connection.engine import engine_to_plan  # noqa: PLC0415 - heavy
    from sessionmodels.execution.dry_run import plan_all  # noqa: PLC0415 - heavy

    with engine_to_plan(settings) as engine:
        planned = plan_all(engine, settings, **options)
    if as_json:
        print_json(planned.to_dict())
    else:
        print_code(code.text for code in planned.blocks())
