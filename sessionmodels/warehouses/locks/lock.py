"""What all locks have in common."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Engine

from sessionmodels.errors import LockedError
from sessionmodels.relations.naming import lock_family

NAME: Final = "sessionmodels_lock"
"""The prefix of the name of a lock table."""


@dataclass(frozen=True)
class Place:
    """The tables that only one build at a time may write: those of a prefix in a schema."""

    schema: str | None
    """Its name, even if it is the connection's default, so that a place has one spelling."""

    prefix: str

    @property
    def lock_name(self) -> str:
        """The name of its lock table."""
        return f"{NAME}_{self.family}"

    @property
    def family(self) -> str:
        """The name shared by all prefixes whose builds could write tables of the same names."""
        return lock_family(self.prefix)


Check = Callable[[], None]
"""Raises `LockedError` if the lock was lost."""

Lock = Callable[[Engine, Connection, Place, float], AbstractContextManager[Check]]
"""Held within the context. Waits that many seconds for another build to end; raises `LockedError` if it does not."""


def locked(place: Place, wait: float, holder: str = "") -> LockedError:
    """Return the error that another build holds the lock, with how long this one has waited."""
    waited = f"timed out after {wait:g} s of waiting for it" if wait else "wait for it with --wait 10m (wait='10m' in Python)"
    return LockedError(f"another build of the tables {place.prefix}… is running{holder}; {waited}. Nothing was changed.")


def lock_lost(place: Place) -> LockedError:
    """Return the error that another build now holds the lock."""
    why = "this one lost its lease, or the connection that held its lock"
    return LockedError(f"another build of the tables {place.prefix}… has taken over, because {why}; build again")
