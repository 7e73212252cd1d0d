"""Which words of `sessionmodels/sql` lack a spelling in a dialect: all of them at once, whichever statement needs them."""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from sqlalchemy.sql.visitors import Visitable
from sqlalchemy.types import TypeEngine

import sessionmodels.sql
from sessionmodels.warehouses import WAREHOUSES
from sessionmodels.warehouses.locks.lease import lease


def words() -> dict[str, set[str]]:
    """Return each word by its file and name, with the dialects that it has a rule for; a type may do with SQLAlchemy's own."""
    found = {}
    for _, file, _ in iter_modules(sessionmodels.sql.__path__):
        module = import_module(f"sessionmodels.sql.{file}")
        for name, thing in vars(module).items():
            if isinstance(thing, type) and issubclass(thing, Visitable) and thing.__module__ == module.__name__:
                dispatcher: Any = getattr(thing, "_compiler_dispatcher", None)
                if dispatcher or not issubclass(thing, TypeEngine):
                    found[f"{file}.py: {name}"] = set(dispatcher.specs) - {"default"} if dispatcher else set()
    return found


def unspelled(dialect: str) -> list[str]:
    """Return every word that lacks a rule for the dialect.

    A word of a single dialect is that one's own, and a warehouse with another lock needs no word of a lease.
    """
    without_lease = dialect in WAREHOUSES and WAREHOUSES[dialect].transactions.lock is not lease
    return sorted(
        name
        for name, dialects in words().items()
        if dialect not in dialects and len(dialects) != 1 and not (without_lease and name.startswith("seconds_from_now.py"))
    )
