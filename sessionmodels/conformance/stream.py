"""The conformance events and the expected rows, from the files next to this one.

The rows come from the tests' sessionizer in plain Python, which shares no code with the SQL. A test keeps them equal.
"""

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, Final

from sessionmodels.sql.text import LONGEST_ID

MODES: Final = "exact", "dbt"
LONGEST: Final = "x" * 65_000
TOO_LONG: Final = "z" * (LONGEST_ID + 1)
MARKED: Final = {LONGEST: "<65,000 times x>", TOO_LONG: "<65,536 times z>"}
"""Placeholders for long ids in the files: the longest one that a session id can contain everywhere, and one that is too long."""

Rows = Sequence[Mapping[str, Any]]


def events() -> Rows:
    """Return the raw rows of `tracks`, times in microseconds since 1970."""
    return _read("tracks.json")


def expected(mode: str) -> Mapping[str, Rows]:
    """Return the rows of every relation under that compatibility, times in microseconds since 1970."""
    return _read(f"expected_{mode}.json")


def _read(name: str) -> Any:
    text = files("sessionmodels.conformance").joinpath(name).read_text(encoding="utf-8")
    for long, mark in MARKED.items():
        text = text.replace(mark, long)
    return json.loads(text)
