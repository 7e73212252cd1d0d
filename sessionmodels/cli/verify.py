"""`sessionmodels verify`."""

import sys
from typing import Any

import click

from sessionmodels.cli.options import as_json, settings_flags, settings_from
from sessionmodels.cli.output import print_json, print_message, print_result


@click.command()
@as_json
@settings_flags("url")
def verify(as_json: bool, **flags: Any) -> None:
    """Check on your own warehouse that the figures are as documented.

    Runs a few hundred events that cover every edge case through the warehouse, in a scratch schema that is dropped again.
    Compares every row with the expected one, with both values of `compatibility` and with
    each identity and session rule. The exit status is 1 if any row differs.

    \b
    Examples:
      sessionmodels verify --url postgresql://me@host/db
      sessionmodels verify --url duckdb:// --json
    """
    from sessionmodels.conformance.run import verify as run  # noqa: PLC0415 - heavy
    from sessionmodels.connection.engine import engine_for  # noqa: PLC0415 - heavy
    from sessionmodels.display.blocks import Grid  # noqa: PLC0415 - beside its only use

    with engine_for(settings_from(flags)) as engine:
        comparisons = run(engine, watch=print_message)
    if as_json:
        print_json([one.to_dict() for one in comparisons])
    else:
        rows = tuple((one.settings, one.relation, one.rows, len(one.missing), len(one.surplus)) for one in comparisons)
        print_result(Grid(("settings", "relation", "rows expected", "missing", "unexpected"), rows), "")
    differing = [one for one in comparisons if not one.equal]
    for one in differing:
        for what, examples in (("missing", one.missing), ("unexpected", one.surplus)):
            for example in examples[:3]:
                print_message(f"{one.settings}: {one.relation}: {what}: {example[:500]}")
    if not as_json:
        print_result("Some rows differ." if differing else "Every row of every relation is as expected.")
    sys.exit(1 if differing else 0)
