"""`sessionmodels report`."""

from pathlib import Path
from typing import Any

import click

from sessionmodels.cli.options import settings_flags, settings_from
from sessionmodels.cli.output import print_message, print_result
from sessionmodels.cli.switches import CHANNELS, default_channels

FILE = "sessionmodels_report.html"


@click.command()
@click.option("--output", default=FILE, show_default=True, metavar="FILE", help="The file to write.")
@click.option(
    "--since", metavar="DATE", help="The first day, such as 2026-01-31. [default: the first of the 90 days up to the last day]"
)
@click.option("--until", metavar="DATE", help="The last day. [default: the last one that has a session]")
@click.option(
    "--last",
    type=click.IntRange(min=1),
    metavar="DAYS",
    help="Number of days up to the last one, instead of --since. [default: 90]",
)
@click.option(
    "--by", default="channel", show_default=True, metavar="COLUMN", help="A column of sessions to filter by, or channel."
)
@click.option("--funnel", metavar="EVENT,EVENT,...", help="The events of the funnel. [default: the most frequent ones]")
@click.option("--time-zone", metavar="ZONE", help="The time zone of the days. [default: the setting time_zone]")
@click.option("--png", "folder", metavar="FOLDER", help="Write each figure as a picture, too, for slides.")
@click.option(
    "--replace", is_flag=True, help="Overwrite a file that sessionmodels did not write, and older pictures. They are lost."
)
@settings_flags("url", "target_schema", "table_prefix", *CHANNELS)
@default_channels
def report(output: str, folder: str | None, funnel: str | None, replace: bool, **given: Any) -> None:
    """Write a report of sessions, visitors and what they do: one HTML file that opens in any browser and sends no data.

    On the page, the dates and one value of the column can be chosen, and the figures follow. It needs a plot library:
    pip install '.[report]'

    \b
    Examples:
      sessionmodels report
      sessionmodels report --last 30 --by device_type
      sessionmodels report --funnel page,signup,order_completed --png slides
    """
    from sessionmodels.connection.engine import engine_to_read  # noqa: PLC0415 - heavy
    from sessionmodels.reporting import report as made_by  # noqa: PLC0415 - heavy
    from sessionmodels.reporting.figures import NAMES  # noqa: PLC0415 - heavy
    from sessionmodels.reporting.page import refuse_without_library  # noqa: PLC0415 - heavy
    from sessionmodels.reporting.places import refuse_other_file, refuse_other_pictures  # noqa: PLC0415 - heavy

    refuse_without_library()
    refuse_other_file(Path(output), replace=replace)
    if folder:
        refuse_other_pictures(Path(folder), NAMES, replace=replace)
    asked = {name: given.pop(name) for name in ("since", "until", "last", "by", "time_zone")}
    stages = [one.strip() for one in funnel.split(",")] if funnel is not None else []
    settings = settings_from(given)
    with engine_to_read(settings) as engine:
        found = made_by(engine, settings, **asked, funnel=stages)
    for note in found.facts.notes:
        print_message(note)
    print_result(f"Wrote {found.write(output, replace=replace)}: {found.in_words}. Open it in a browser.")
    if folder:
        print_result(f"Wrote {len(found.write_pngs(folder, replace=replace))} pictures into {folder}.")
