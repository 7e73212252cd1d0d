"""`sessionmodels status`."""

from typing import TYPE_CHECKING, Any

import click

from sessionmodels.cli.options import as_json, settings_flags, settings_from
from sessionmodels.cli.show import show_rows

if TYPE_CHECKING:
    from sessionmodels.report import Status
    from sessionmodels.report.status import MaterializedView
    from sessionmodels.state.builds import Build


@click.command()
@click.option("--last", default=10, show_default=True, type=click.IntRange(min=1), help="How many builds.")
@as_json
@settings_flags("url", "target_schema", "table_prefix", "kinds")
def status(last: int, as_json: bool, **flags: Any) -> None:
    """Show the last builds, how fresh each relation is, and through which moment sessions are complete.

    Also which of the relations that are kept as views is missing.

    \b
    Examples:
      sessionmodels status
      sessionmodels status --url postgresql://me@host/db --target-schema analytics --json
    """
    from sessionmodels.connect import engine_for  # noqa: PLC0415 - heavy
    from sessionmodels.report import status as read  # noqa: PLC0415 - heavy

    settings = settings_from(flags)
    with engine_for(settings) as engine:
        found = read(engine, settings, last=last)
    if as_json:
        click.echo(found.to_json())
        return
    for view in found.missing_views:
        click.echo(f"{view} is to be a view, and none stands there; a build under these settings makes it, or your migrations do")
    for view in found.materialized:
        click.echo(_about(view))
    if not found.builds:
        click.echo("nothing was built; views are always fresh" if not found.materialized else "nothing was built")
        return
    show_rows(("build", "mode", "outcome", "started", "took", "new rows", "late"), [_row(one) for one in found.builds])
    for one in found.builds:
        audited = f"{one.visitors_audited:,} visitors audited, {one.rows_differing:,} rows differ" if one.visitors_audited else ""
        for why in (one.reason and f"in full, since {one.reason}", audited, one.error):
            if why:
                click.echo(f"build {one.number}: {why}")
    _show_freshness(found)


def _about(view: "MaterializedView") -> str:
    from sessionmodels.report.status import age  # noqa: PLC0415 - heavy

    told = f"{view.table} is a materialized view"
    told += f", computed {age(view.computed_at)}" if view.computed_at else "; when it was computed is not known"
    if view.is_stale and view.computed_at:
        told += "; what it reads was replaced since, so refresh it: build, migrate, or REFRESH MATERIALIZED VIEW"
    return told


def _row(build: "Build") -> tuple[Any, ...]:
    took = (build.finished_at - build.started_at).total_seconds() if build.finished_at else None
    outcome = "running?" if build.outcome == "running" else build.outcome
    seconds = "" if took is None else f"{took:,.1f} s"
    return build.number, build.mode, outcome, f"{build.started_at:%m-%d %H:%M}", seconds, build.events_new, build.late_events


def _show_freshness(found: "Status") -> None:
    from sessionmodels.report.status import age  # noqa: PLC0415 - heavy

    rows = [(one.table, one.build, one.finished_at and age(one.finished_at), one.rows) for one in found.relations]
    show_rows(("relation", "build", "built", "rows"), rows)
    if found.complete_through:
        through, mark = found.complete_through, found.watermark
        click.echo(
            f"sessions are complete through {through:%Y-%m-%d %H:%M:%S} UTC (events loaded by {mark:%H:%M:%S}), late events aside"
        )
    else:
        click.echo("through which moment sessions are complete is known after an incremental build")
