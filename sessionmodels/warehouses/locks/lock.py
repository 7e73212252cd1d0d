"""What a lock is, whichever way a warehouse holds it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Engine

from sessionmodels.errors import LockedError
from sessionmodels.naming import lock_family

NAME: Final = "sessionmodels_lock"
"""What the name of a table begins with that is, or holds, the lock of a prefix."""


@dataclass(frozen=True)
class Place:
    """The tables that one build at a time may write: those of a prefix in a schema."""

    schema: str | None
    """Its name, also where it is the connection's default: one place has one spelling."""

    prefix: str

    @property
    def lock_name(self) -> str:
        """The name of the table that is, or holds, its lock."""
        return f"{NAME}_{self.family}"

    @property
    def family(self) -> str:
        """What is the same for all prefixes that could write tables of the same names."""
        return lock_family(self.prefix)


Check = Callable[[], None]
"""Raises `LockedError` where the lock was lost."""

Lock = Callable[[Engine, Connection, Place, float], AbstractContextManager[Check]]
"""Held while the context lasts. Waits so many seconds for another build to end; raises `LockedError` where it does not."""


def locked(place: Place, wait: float, told: str = "") -> LockedError:
    """Return the error that says that another build has the lock, and for how long this one has waited."""
    waited = f"timed out after {wait:g} s of waiting for it" if wait else "wait for it with --wait 10m (wait='10m' in Python)"
    return LockedError(f"another build of the tables {place.prefix}… is running{told}; {waited}. Nothing was changed.")


def lock_lost(place: Place) -> LockedError:
    """Return the error that says that another build has taken the lock over."""
    why = "this one had not been heard of for longer than its lease"
    return LockedError(f"another build of the tables {place.prefix}… has taken over, since {why}; build again")
