"""`sessionmodels demo`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sessionmodels.cli.output import print_result
from sessionmodels.cli.progress import progress

if TYPE_CHECKING:
    from sqlalchemy import Engine

FILE = "sessionmodels_demo.duckdb"


@click.command()
@click.option("--file", default=FILE, show_default=True, help="The DuckDB file to write.")
def demo(file: str) -> None:
    """Build sessions from a made-up shop's events, and ask a few questions.

    Writes about 50,000 events, the same every time, into a DuckDB file in the working directory.
    """
    from sqlalchemy import URL, create_engine  # noqa: PLC0415 - heavy

    from sessionmodels.connection.database_file import private  # noqa: PLC0415 - heavy
    from sessionmodels.connection.engine import disposed, refuse_data_file  # noqa: PLC0415 - heavy
    from sessionmodels.demo.run import build_demo  # noqa: PLC0415 - heavy
    from sessionmodels.demo.settings import SETTINGS_FILE  # noqa: PLC0415 - heavy
    from sessionmodels.display.blocks import Code  # noqa: PLC0415 - beside its only use

    refuse_data_file(file)
    with private(Path(file)), disposed(create_engine(URL.create("duckdb", database=file))) as engine:
        with progress() as watch:
            result = build_demo(engine, watch=watch)
        print_result(f"Built from a made-up shop's events, in {file}:", "", result, "")
        print_result("With these settings, as a file sessionmodels.toml has them:", Code(SETTINGS_FILE), "")
        _ask(engine)
        _report(engine, Path(file).with_suffix(".html"))
    print_result(f"Ask your own: sessionmodels ask sessions_by --by channel --url duckdb:///{file}")
    print_result(f"Or in Python: duckdb.connect({file!r}).sql('FROM dbt_sessions')")


def _ask(engine: "Engine") -> None:
    from sessionmodels.demo.questions import FIRST_SESSIONS, QUESTIONS  # noqa: PLC0415 - heavy
    from sessionmodels.demo.settings import demo_settings  # noqa: PLC0415 - heavy
    from sessionmodels.display.blocks import Code  # noqa: PLC0415 - beside its only use
    from sessionmodels.reading import read, top_users_by_avg_session_duration  # noqa: PLC0415 - heavy

    print_result("The first sessions of one visitor:", read(engine, FIRST_SESSIONS), "")
    title = "Who stays longest? (the sample analysis; `sessionmodels sql --analysis` prints its SQL)"
    print_result(title, read(engine, top_users_by_avg_session_duration(demo_settings()).limit(5)), "")
    for question in QUESTIONS:
        print_result(question.asks, Code(f"{question.sql};"), read(engine, question.sql), "")


def _report(engine: "Engine", file: Path) -> None:
    """Write the report beside the database, if its plot library is installed: what everybody tries first must stay light."""
    from sessionmodels.demo.settings import FUNNEL, LAST_DAYS, demo_settings  # noqa: PLC0415 - heavy
    from sessionmodels.errors import SettingsError  # noqa: PLC0415 - beside its only use
    from sessionmodels.reporting import report  # noqa: PLC0415 - heavy

    try:
        written = report(engine, demo_settings(), last=LAST_DAYS, funnel=FUNNEL).write(file)
    except SettingsError as error:
        print_result(f"No page with pictures was written: {error}", "")
        return
    print_result(f"All of it as pictures, in one file to send around: open {written} in a browser.", "")
