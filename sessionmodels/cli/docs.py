"""`sessionmodels docs`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sessionmodels.cli.options import dialect, given_by, settings_flags
from sessionmodels.cli.output import print_result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sessionmodels.reading.status import Freshness
    from sessionmodels.settings import Settings

FILE = Path("sessionmodels-docs.html")


@click.command()
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    default=FILE,
    show_default=True,
    help="Write the page into FILE.",
)
@click.option("--replace", is_flag=True, help="Overwrite a file of that name that sessionmodels did not write. Its text is lost.")
@click.option("--freshness", is_flag=True, help="Also show when each relation was built. This connects to the warehouse.")
@dialect
@settings_flags()
def docs(output: Path, replace: bool, freshness: bool, dialect: str | None, **flags: Any) -> None:
    """Write one HTML page about the relations: what they mean, and which settings made them.

    It has the lineage, each column with its type and unit, keys and joins, figures, every setting in force and where its value
    came from, and this documentation. The page needs no network. Passwords and tokens in URLs are masked. Give it the settings
    of the build.

    \b
    Examples:
      sessionmodels docs
      sessionmodels docs --url postgresql://me@host/db --freshness --output sessions.html
    """
    from sessionmodels.display.files import write_files  # noqa: PLC0415 - heavy
    from sessionmodels.exports.run import described  # noqa: PLC0415 - heavy
    from sessionmodels.handbook.page import page  # noqa: PLC0415 - heavy
    from sessionmodels.settings import Settings  # noqa: PLC0415 - heavy
    from sessionmodels.settings.in_force import in_force  # noqa: PLC0415 - heavy

    arguments = given_by(flags)
    settings = Settings(**arguments)
    found = _freshness(settings) if freshness else None
    text = page(described(settings, dialect), in_force(settings, arguments), found)
    (path,) = write_files(output.parent, {output.name: text}, replace=replace)
    print_result(str(path))


def _freshness(settings: "Settings") -> "Sequence[Freshness]":
    from sessionmodels.connection.engine import engine_to_read  # noqa: PLC0415 - heavy
    from sessionmodels.reading import status  # noqa: PLC0415 - heavy

    with engine_to_read(settings) as engine:
        return status(engine, settings).relations
