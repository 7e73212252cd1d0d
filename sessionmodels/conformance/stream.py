"""The conformance events and the expected rows, from the files next to this one.

The rows come from the tests' sessionizer in plain Python, which shares no code with the SQL. A test keeps them equal.
"""

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, Final

from sessionmodels.sql.text import LONGEST_ID

RULES: Final[Mapping[str, Mapping[str, Any]]] = {
    "exact": {},
    "dbt": {"compatibility": "dbt"},
    "first user, SDK sessions": {"identity": "first", "sdk_sessions": True},
    "device, start events": {"identity": "device", "start_events": ["signup", "it's"]},
    "point in time, campaigns": {"identity": "point_in_time", "cut_on_campaign": True},
    "identity graph, midnight": {"identity_table": "graph", "cut_at_midnight": True, "time_zone": "Europe/Berlin"},
    "two sources, longest session": {
        "sources": ["tracks", "pages"],
        "max_session_minutes": 17,
        "ignored_ids": ["both", "d~1"],
        "ignored_events": [""],
        "where": [{"column": "context_campaign_term", "operator": "!=", "value": "it's"}],
        "page_events": ["page", "signup"],
        "conversion_events": ["viewed_product"],
        "session_columns": {"first_term": "first(utm_term)", "numbers": "sum(sdk_session_id)"},
    },
}
"""The settings under which the events are built, by what they are called."""

LONGEST: Final = "x" * 65_000
TOO_LONG: Final = "z" * (LONGEST_ID + 1)
MARKED: Final = {LONGEST: "<65,000 times x>", TOO_LONG: "<65,536 times z>"}
"""Placeholders for long ids in the files: the longest one that a session id can contain everywhere, and one that is too long."""

Rows = Sequence[Mapping[str, Any]]


def events(source: str) -> Rows:
    """Return the raw rows of `tracks` or `pages`, times in microseconds since 1970."""
    return _read(f"{source}.json")


def graph() -> Rows:
    """Return the rows of an identity graph: an alias and its visitor."""
    return _read("graph.json")


def expected(name: str) -> Mapping[str, Rows]:
    """Return the rows of relations under these settings, times in microseconds since 1970.

    They are all relations and columns under the first two, and under the others those that the settings can change.
    """
    return _read(file_of(name))


def file_of(name: str) -> str:
    """Return the name of the file with the rows that are expected under these settings."""
    return f"expected_{name.replace(', ', '-').replace(' ', '_')}.json"


def plain(value: Any) -> str:
    """Return a number as the files have it: exactly, without zeros at the end."""
    return f"{value.normalize():f}"


def _read(name: str) -> Any:
    text = files("sessionmodels.conformance").joinpath(name).read_text(encoding="utf-8")
    for long, mark in MARKED.items():
        text = text.replace(mark, long)
    return json.loads(text)
