"""`sessionmodels settings`."""

from typing import Any

import click

from sessionmodels.cli.options import as_json, given_by, settings_flags
from sessionmodels.cli.output import print_json, print_result


@click.command()
@click.option("--only-set", is_flag=True, help="Only the settings that a flag, a variable, a file or a preset sets.")
@as_json
@settings_flags()
def settings(only_set: bool, as_json: bool, **flags: Any) -> None:
    """Show every setting in force, and where its value came from.

    Passwords and tokens in URLs are masked.

    \b
    Examples:
      sessionmodels settings --only-set
      sessionmodels settings --preset ga4 --json
    """
    from sessionmodels.display.blocks import Grid  # noqa: PLC0415 - beside its only use
    from sessionmodels.settings import Settings  # noqa: PLC0415 - heavy
    from sessionmodels.settings.in_force import DEFAULT, by_place, in_force  # noqa: PLC0415 - heavy

    arguments = given_by(flags)
    found = [one for one in in_force(Settings(**arguments), arguments) if not only_set or one.place != DEFAULT]
    if as_json:
        print_json({one.name: {"value": one.value, "from": one.place} for one in found})
        return
    blocks: list[Any] = []
    for heading, mine in by_place(found):
        rows = [(one.name * (n == 0), line) for one in mine for n, line in enumerate(one.lines)]
        blocks += [f"{heading}:", Grid(("setting", "value"), tuple(rows))]
    print_result(*(blocks or ["Nothing is set: every setting has its default."]))
