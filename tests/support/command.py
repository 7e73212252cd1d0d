"""The command as a user would type it."""

from resource import RUSAGE_CHILDREN, getrusage

from click.testing import CliRunner, Result
from sqlalchemy import Engine

from sessionmodels.cli import main


def run(*words: str) -> Result:
    """Run the command in this process."""
    return CliRunner(env={"COLUMNS": "110"}).invoke(main, words)


def url_of(engine: Engine) -> str:
    """Return its URL, and let go of it: what only reads opens a file in another way than what writes."""
    engine.dispose()
    return engine.url.render_as_string(hide_password=False)


def processor_seconds() -> float:
    """Return the processor time of the processes that have ended: not that of others on a busy machine."""
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
