"""The command as a user would type it."""

from click.testing import CliRunner, Result

from sessionmodels.cli import main


def run(*words: str) -> Result:
    """Run the command in this process."""
    return CliRunner(env={"COLUMNS": "110"}).invoke(main, words)
