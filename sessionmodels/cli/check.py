"""`sessionmodels check`."""

import sys
from pathlib import Path
from typing import Any

import click

from sessionmodels.cli.options import as_json, settings_flags, settings_from
from sessionmodels.cli.output import show
from sessionmodels.errors import SettingsError


@click.command()
@click.option("--warn", multiple=True, metavar="CHECK", help="A check that only warns if it does not hold; repeatable.")
@click.option(
    "--tolerate", multiple=True, metavar="CHECK=ROWS", help="How many rows may break a check; repeatable. [default: none]"
)
@click.option(
    "--junit",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="FILE",
    help="Also write the result as JUnit XML, for CI.",
)
@as_json
@settings_flags()
def check(warn: tuple[str, ...], tolerate: tuple[str, ...], junit: Path | None, as_json: bool, **flags: Any) -> None:
    """Check that the relations in the warehouse are what they should be.

    Keys are unique, sessions are cut where the rules say, counts add up, and so on. It only reads. Give it the settings of the
    build, because they decide what must hold. The exit status is 1 if a check fails, or if the build had other settings.

    \b
    Examples:
      sessionmodels check
      sessionmodels check --url postgresql://me@host/db --junit checks.xml
      sessionmodels check --warn sessions.overlap --tolerate sessions.pauses=3
    """
    from sessionmodels.connection.engine import engine_to_read  # noqa: PLC0415 - heavy
    from sessionmodels.reading.check import check_all  # noqa: PLC0415 - heavy

    tolerated = dict(map(_tolerated, tolerate))
    settings = settings_from(flags)
    with engine_to_read(settings) as engine:
        found = check_all(engine, settings, warn=warn, tolerate=tolerated)
    if junit:
        junit.write_text(found.to_junit(), encoding="utf-8")
    show(found, as_json=as_json)
    sys.exit(0 if found.passed else 1)


def _tolerated(word: str) -> tuple[str, int]:
    name, _, rows = word.partition("=")
    if not rows.isdecimal():
        msg = f"--tolerate {word!r} names no number of rows; write it like --tolerate session_events.pauses=3"
        raise SettingsError(msg)
    return name, int(rows)
