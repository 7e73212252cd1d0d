"""`sessionmodels forget`."""

from typing import Any

import click

from sessionmodels.cli.logs import log_format, reporting
from sessionmodels.cli.options import as_json, quiet, settings_flags, settings_from, wait
from sessionmodels.cli.output import show
from sessionmodels.connection import signals


@click.command()
@click.option("--user", "users", multiple=True, required=True, metavar="ID", help="The user_id of a person; repeatable.")
@click.option("--devices", is_flag=True, help="Also forget the devices on which they, and nobody else, were logged in.")
@as_json
@quiet
@wait
@log_format
@settings_flags()
def forget(  # noqa: PLR0913, PLR0917 - one per flag
    users: tuple[str, ...], devices: bool, as_json: bool, quiet: bool, wait: float, log_format: str, **flags: Any
) -> None:
    """Remove people from all relations, and keep them out of later builds.

    A list in the target says who is forgotten. It holds no id: only hashes, with the key in the environment variable
    SESSIONMODELS_KEY. Every later build needs the same key. Give it the settings of the builds. The raw events are not touched.

    \b
    Examples:
      sessionmodels forget --user 4711
      sessionmodels forget --url postgresql://me@host/db --user 4711 --user 4712 --devices
    """
    from sessionmodels.connection.engine import engine_for  # noqa: PLC0415 - heavy
    from sessionmodels.execution.forget import forget as forget_people  # noqa: PLC0415 - heavy

    settings = settings_from(flags)
    with reporting(log_format, quiet=quiet) as watch, engine_for(settings) as engine:
        signals.one_build()
        done = forget_people(engine, settings, users=users, devices=devices, wait=wait, watch=watch)
        signals.done()
        show(done, as_json=as_json)
