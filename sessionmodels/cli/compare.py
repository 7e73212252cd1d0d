"""`sessionmodels compare`."""

import sys
from typing import Any

import click

from sessionmodels.cli.options import as_json, settings_flags, settings_from
from sessionmodels.cli.output import show


@click.command()
@click.option("--with", "schema", metavar="SCHEMA", help="Schema of the other relations. [default: that of ours]")
@click.option("--with-prefix", "prefix", metavar="TEXT", help="What their names start with. [default: as ours]")
@as_json
@settings_flags("url", "target_schema", "table_prefix", "idle_minutes")
def compare(schema: str | None, prefix: str | None, as_json: bool, **flags: Any) -> None:
    """Compare the relations with those of the dbt project, or of a build with other settings.

    It shows which rows are equal, which sessions were split, merged or moved, and why. It only reads. The exit status is 1 if
    anything differs.

    \b
    Examples:
      sessionmodels compare --with dbt_prod
      sessionmodels compare --table-prefix new_ --with-prefix dbt_
    """
    from sessionmodels.comparison.run import compare as compare_with  # noqa: PLC0415 - heavy
    from sessionmodels.connection.engine import engine_to_read  # noqa: PLC0415 - heavy

    settings = settings_from(flags)
    with engine_to_read(settings) as engine:
        found = compare_with(engine, settings, schema=schema, prefix=prefix)
    show(found, as_json=as_json)
    sys.exit(0 if found.equal else 1)
