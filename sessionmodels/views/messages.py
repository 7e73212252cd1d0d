"""Errors on their way through Alembic: it reports them in one line like its own, and our callers get ours."""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic.util import CommandError

from sessionmodels.errors import SessionmodelsError


@contextmanager
def alembic_messages() -> Iterator[None]:
    """Turn our errors into Alembic's, which it reports without a traceback."""
    try:
        yield
    except SessionmodelsError as error:
        raise CommandError(str(error)) from error


@contextmanager
def own_errors() -> Iterator[None]:
    """Turn Alembic's errors back into ours."""
    try:
        yield
    except CommandError as error:
        if isinstance(ours := error.__cause__, SessionmodelsError):
            raise ours from ours.__cause__
        raise
