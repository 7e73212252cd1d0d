"""`sessionmodels demo`."""

import click

from sessionmodels.cli.show import progress, show, show_rows

# The name of the file, which the module that knows it is too heavy to be asked for.
FILE = "sessionmodels_demo.duckdb"


@click.command()
@click.option("--file", default=FILE, show_default=True, help="The DuckDB file to write.")
def demo(file: str) -> None:
    """Build sessions from a made-up shop's events, and ask a few questions of them.

    Writes about 50,000 events, the same every time, into a DuckDB file in the working directory.
    """
    from sessionmodels.demo.questions import QUESTIONS  # noqa: PLC0415 - heavy
    from sessionmodels.demo.run import build_demo, demo_settings  # noqa: PLC0415 - heavy
    from sessionmodels.report import read, top_users_by_avg_session_duration  # noqa: PLC0415 - heavy

    with progress() as watch:
        engine, result = build_demo(file, watch=watch)
    click.echo(f"Built from a made-up shop's events, in {file}:\n")
    show(result)
    click.echo("\nWho stays longest? (the sample analysis, `sessionmodels sql --analysis`)")
    show_rows(*read(engine, top_users_by_avg_session_duration(demo_settings()).limit(5)))
    for question in QUESTIONS:
        click.echo(f"\n{question.asks}\n\n{question.sql};\n")
        show_rows(*read(engine, question.sql))
    click.echo(f"\nAsk your own: duckdb {file}, or sqlalchemy.create_engine('duckdb:///{file}').")
