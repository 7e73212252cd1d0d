"""The stream and the rows expected of it, as they are kept beside this file.

The rows come from the plain-Python sessionizer of the tests, which shares no code with the SQL; a test holds that they still do.
"""

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, Final

MODES: Final = "exact", "dbt"
LONGEST: Final = "x" * 65_000
LONG: Final = "<65,000 times x>"
"""Stands in the files for the longest id."""

Rows = Sequence[Mapping[str, Any]]


def events() -> Rows:
    """Return the raw rows of `tracks`, times in microseconds since 1970."""
    return _read("tracks.json")


def expected(mode: str) -> Mapping[str, Rows]:
    """Return the rows of every relation under that compatibility, times in microseconds since 1970."""
    return _read(f"expected_{mode}.json")


def _read(name: str) -> Any:
    text = files("sessionmodels.conformance").joinpath(name).read_text(encoding="utf-8")
    return json.loads(text.replace(LONG, LONGEST))
