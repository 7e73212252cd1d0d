"""`sessionmodels graph`."""

import click


@click.command()
@click.option("--mermaid", is_flag=True, help="As a Mermaid flowchart, for Markdown.")
def graph(mermaid: bool) -> None:
    """Show the relations and who reads whom.

    \b
    Examples:
      sessionmodels graph
      sessionmodels graph --mermaid >> docs/tables.md
    """
    from sessionmodels.graph import readers  # noqa: PLC0415 - heavy
    from sessionmodels.models import MODELS  # noqa: PLC0415 - heavy

    if mermaid:
        click.echo("flowchart LR")
        for name, others in readers().items():
            for other in others:
                click.echo(f"    {name} --> {other}")
        return
    for name, model in MODELS.items():
        click.echo(f"{name} ({model.kind}): {model.row}")
        click.echo(f"    reads    {', '.join(model.reads)}")
        click.echo(f"    read by  {', '.join(readers()[name]) or 'nobody'}")
