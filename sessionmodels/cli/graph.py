"""`sessionmodels graph`."""

from typing import Any

import click

from sessionmodels.cli.options import settings_flags, settings_from
from sessionmodels.cli.output import print_result


@click.command()
@click.option("--mermaid", is_flag=True, help="Print a Mermaid flowchart, for Markdown.")
@settings_flags("kinds")
def graph(mermaid: bool, **flags: Any) -> None:
    """Show the relations, and which relation reads which.

    \b
    Examples:
      sessionmodels graph
      sessionmodels graph --mermaid >> relations.md
    """
    from sessionmodels.models import MODELS  # noqa: PLC0415 - heavy
    from sessionmodels.offline.documented import documented_graph  # noqa: PLC0415 - heavy
    from sessionmodels.relations.selection import readers  # noqa: PLC0415 - heavy

    if mermaid:
        print_result("flowchart LR")
        for name, others in readers().items():
            for other in others:
                print_result(f"    {name} --> {other}")
        return
    for relation in documented_graph(settings_from(flags), "duckdb").relations:
        model = MODELS[relation.name]
        print_result(f"{relation.name} ({relation.kind}): {model.row}")
        print_result(f"    reads    {', '.join(model.reads)}")
        print_result(f"    read by  {', '.join(readers()[relation.name]) or 'nobody'}")
