"""Runs a select and hands back its rows."""

from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from sessionmodels.errors import SessionmodelsError
from sessionmodels.model import AnySelect


def read(engine: Engine, question: AnySelect | str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Return the names of a question's columns, and its rows.

    Raises:
        SessionmodelsError: it could not be read; most often the relations are not built yet.
    """
    try:
        with engine.connect() as connection:
            result = connection.execute(text(question.replace(":", r"\:")) if isinstance(question, str) else question)
            return list(result.keys()), [tuple(row) for row in result]
    except DBAPIError as error:
        msg = f"the report could not be read: {str(error.orig).strip()}\nBuild the relations first: sessionmodels build"
        raise SessionmodelsError(msg) from error
