"""The rule of a word that SQLAlchemy would otherwise compile by itself, in a dialect that has none for it."""

from typing import Any

from sqlalchemy import ClauseElement
from sqlalchemy.exc import UnsupportedCompilationError


def no_default(element: ClauseElement, compiler: Any, **_kw: Any) -> str:
    """Refuse: what SQLAlchemy would write is right for some dialects alone."""
    raise UnsupportedCompilationError(compiler, type(element))
