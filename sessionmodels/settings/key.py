"""The key of hashed ids. It comes from the environment alone, and is neither stored nor shown."""

import os
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import HMAC
from typing import Final

from sessionmodels.errors import SettingsError
from sessionmodels.sql.keyed_hash import Blocks

VARIABLE: Final = "SESSIONMODELS_KEY"
SHORTEST: Final = 32
"""Whoever knows an id and its hash can try short keys."""

MAKE_ONE: Final = "such as `openssl rand -hex 32` prints"


@dataclass(frozen=True)
class Key:
    """A key, and what is derived from it."""

    secret: str = field(repr=False)

    @property
    def blocks(self) -> Blocks:
        """The blocks that ids are hashed with."""
        return Blocks(self._derived("inner"), self._derived("outer"))

    @property
    def check(self) -> str:
        """A value by which the key is recognized. It says nothing about the key or the ids."""
        return self._derived("check")[:16]

    @property
    def secrets(self) -> tuple[str, ...]:
        """All that must not be shown."""
        return self.secret, self.blocks.inner, self.blocks.outer

    def _derived(self, purpose: str) -> str:
        return HMAC(self.secret.encode(), f"sessionmodels {purpose}".encode(), sha256).hexdigest()


def key_in_environment() -> Key | None:
    """Return the key, or None if none is set.

    Raises:
        SettingsError: it is too short, or no text.
    """
    secret = os.environ.get(VARIABLE, "").strip()
    if not is_text(secret):
        msg = f"{VARIABLE} in the environment has bytes that are not UTF-8; use a key of letters and digits, {MAKE_ONE}"
        raise SettingsError(msg)
    if secret and len(secret) < SHORTEST:
        msg = f"{VARIABLE} in the environment has fewer than {SHORTEST} characters, so it could be guessed; use one {MAKE_ONE}"
        raise SettingsError(msg)
    return Key(secret) if secret else None


def is_text(value: str) -> bool:
    """Whether a value from outside can be written as UTF-8. The error that Python would raise holds the whole value."""
    return value.encode("utf-8", "ignore").decode("utf-8") == value


def missing_key(why: str) -> SettingsError:
    """Return the error that a key is needed."""
    return SettingsError(f"{why}, and {VARIABLE} is not set in the environment; set it to the key, {MAKE_ONE}")


def another_key(table: str) -> SettingsError:
    """Return the error that the key is another one than the list of forgotten people was made with."""
    return SettingsError(
        f"{VARIABLE} in the environment is another key than the one that {table} was made with, so forgotten people could not be"
        " recognized. Nothing was changed. Set it to that key"
    )
