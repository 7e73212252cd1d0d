"""`sessionmodels export`."""

from pathlib import Path
from typing import Any

import click

from sessionmodels.cli.options import dialect, settings_flags, settings_from
from sessionmodels.cli.output import print_code, print_message, print_result
from sessionmodels.errors import SettingsError

FORMATS = click.Choice(["dbt", "metricflow", "cube", "lookml", "osi", "odcs"])


@click.command()
@click.argument("tool", metavar="FORMAT", type=FORMATS)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Write the files into FOLDER. [default: print them]",
)
@click.option(
    "--replace", is_flag=True, help="Overwrite files of these names that sessionmodels did not write. Their text is lost."
)
@dialect
@settings_flags()
def export(tool: str, output: Path | None, replace: bool, dialect: str | None, **flags: Any) -> None:
    """Describe the relations to another tool, in its own format.

    \b
      dbt         a source, with data tests and freshness
      metricflow  semantic models and metrics for dbt's semantic layer
      cube        a data model
      lookml      views and explores for Looker
      osi         Open Semantic Interchange, now Apache Ossie
      odcs        a data contract, by the Open Data Contract Standard

    It connects to nothing. Give it the settings of the build, because they decide which columns there are.

    \b
    Examples:
      sessionmodels export dbt --output models/sessionmodels
      sessionmodels export lookml --dialect bigquery --target-schema analytics --output views
      sessionmodels export odcs > sessions.odcs.yaml
    """
    from sessionmodels.display.format import count  # noqa: PLC0415 - beside its only use
    from sessionmodels.exports.run import export as export_to  # noqa: PLC0415 - heavy

    if replace and output is None:
        msg = "--replace overwrites files, and there are none without --output FOLDER"
        raise SettingsError(msg)
    found = export_to(tool, settings_from(flags), dialect=dialect)
    if output is None:
        print_code(found.parts())
        return
    paths = found.write(output, replace=replace)
    for path in paths:
        print_result(str(path))
    print_message(f"{count(len(paths), 'file')} written")
