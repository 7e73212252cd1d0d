"""Errors on their way through Alembic: told by it in one line, as its own are, and ours again for whoever calls us."""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic.util import CommandError

from sessionmodels.errors import SessionmodelsError


@contextmanager
def alembic_messages() -> Iterator[None]:
    """Turn an error of ours into one that `alembic` tells without a traceback."""
    try:
        yield
    except SessionmodelsError as error:
        raise CommandError(str(error)) from error


@contextmanager
def told_by_us() -> Iterator[None]:
    """Turn it back."""
    try:
        yield
    except CommandError as error:
        if isinstance(ours := error.__cause__, SessionmodelsError):
            raise ours from ours.__cause__
        raise
