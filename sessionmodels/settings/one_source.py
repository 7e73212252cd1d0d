"""One of several sources: the table or files that it is read from, its columns' names there, and the name of its events."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, ConfigDict
from typing_extensions import TypedDict  # the library wants this one below Python 3.12

from sessionmodels.errors.redaction import quiet
from sessionmodels.settings.values import Name, Tracks, Value

TRACKS: Final = "tracks"
"""The source that is read alone unless `sources` names others. The settings `tracks` and `source_table` are its own."""

EVENT_NAMES: Final[Mapping[str, str]] = {"pages": "page", "screens": "screen", "identifies": "identify"}
"""By source, the name of its events if they have none of their own. Those of any other source have the source's name."""

NAMES: Final[Mapping[str, str]] = {"source_schema": "schema", "source_table": "table", "tracks": "files"}
"""What settings are called in a source, where they have another name there."""

COLUMNS: Final = (
    *("id_column", "anonymous_id_column", "user_id_column", "event_column", "timestamp_column", "loaded_at_column"),
)
"""The settings that a source can have for itself under the same name."""


class OneSource(TypedDict, total=False):
    """What a source has for itself. The rest are the settings that hold for all."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # pyright: ignore[reportGeneralTypeIssues] - read by the library

    schema: Name | None
    table: Name
    files: Tracks
    event_name: Value
    id_column: Name
    anonymous_id_column: Name
    user_id_column: Name
    event_column: Name
    timestamp_column: Name
    loaded_at_column: Name


def event_name_of(source: str) -> str:
    """Return the name of a source's events, if they have none of their own."""
    return EVENT_NAMES.get(source, source)


def spelt(setting: str, source: str) -> str:
    """Return a setting's name in a source, for messages."""
    return f"sources.{source}.{NAMES.get(setting, setting)}"


def resolved(source: str, own: Mapping[str, Any], common: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that differ for a source, given its own and those that hold for all."""
    is_tracks = source == TRACKS
    table = own.get("table") or (common["source_table"] if is_tracks else source)
    files = own.get("files") or (common["tracks"] if is_tracks else None)
    place = {"source_schema": own.get("schema") or common["source_schema"], "source_table": table, "tracks": files}
    return place | {name: own[name] for name in COLUMNS if name in own} | ({} if files else {"format": None})


def _sources(value: dict[str, OneSource]) -> dict[str, OneSource]:
    taken: set[str] = set()
    for name, own in value.items():
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,49}", name):
            msg = (
                f"{quiet(name)!r} is not a source's name; write at most 50 letters, digits and underscores, such as 'pages',"
                " and set the source's table to any other name"
            )
            raise ValueError(msg)
        if name.lower() in taken:
            msg = f"{name!r} is there twice (names of sources ignore case); give one of them another name, and set its table"
            raise ValueError(msg)
        if own.get("files") and (own.get("table") or own.get("schema")):
            msg = f"{name} has files and a table or a schema; keep one of them"
            raise ValueError(msg)
        taken.add(name.lower())
    return value


def _by_name(value: Any) -> Any:
    """Return a list of names as sources that have nothing for themselves."""
    is_list = isinstance(value, list | tuple) and all(isinstance(name, str) for name in value)
    return {name: {} for name in value} if is_list and len(set(value)) == len(value) else value


if TYPE_CHECKING:  # the setting accepts more types than it stores
    SourcesByName = Mapping[str, OneSource] | Sequence[str]
else:
    SourcesByName = Annotated[dict[str, OneSource], BeforeValidator(_by_name), AfterValidator(_sources)]
