"""Raw exports of RudderStack and Segment: their names for an event's fields, and lines of several types."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, String, func, literal, or_, select

from sessionmodels.errors import SourceError, did_you_mean
from sessionmodels.settings import Settings
from sessionmodels.settings.one_source import EVENT_NAMES
from sessionmodels.source.columns import LOAD_TIMES

TITLES: Final = {"rudderstack": "RudderStack", "segment": "Segment"}

FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("messageId",),
    "anonymous_id": ("anonymousId",),
    "user_id": ("userId",),
    "event": ("event",),
    "timestamp": ("timestamp", "originalTimestamp"),
    "loaded_at": ("receivedAt",),
}
"""By role, its fields in both formats. If one is null, the next is used."""

REQUIRED: Final = "id", "timestamp"
TYPE: Final = "type"
EVENTS: Final = "track"
"""The type of the lines that are events."""

TYPES: Final[Mapping[str, str]] = EVENT_NAMES
"""By source, the type of the lines that are its events, if it is another one. Such lines have no name of their own."""

LOADED: Final = LOAD_TIMES[0]
TIMES: Final = (*FIELDS["timestamp"], *FIELDS["loaded_at"])


@dataclass(frozen=True)
class RawExport:
    """The lines of a raw export, with fields renamed to the column names in the settings."""

    events: FromClause
    skipped: FromClause | None
    """The lines of other types, with the type in place of the event's name. None if lines have no type."""


def read_export(lines: FromClause, called: str, settings: Settings) -> RawExport:
    """Return the events of a raw export, and the lines that are not events.

    Raises:
        SourceError: it lacks a field that every line must have.
    """
    named = _named(lines, called, settings)
    used = {name.lower() for name in named} | ({name.lower() for name in LOAD_TIMES} if LOADED in named else set())
    rest = [column for column in lines.c if column.name.lower() not in used]
    if _is_nameless(settings):
        rest = [column for column in rest if column.name.lower() != settings.event_column.lower()]
    kind = _field(lines, (TYPE,))
    labelled = {name: found.label(name) for name, found in named.items()}
    if kind is None:
        return RawExport(select(*labelled.values(), *rest).subquery("tracks"), None)
    events = select(*labelled.values(), *rest).where(kind == type_of_lines(settings.source_name))
    typed = labelled | {settings.event_column: func.coalesce(kind, literal("none")).label(settings.event_column)}
    others = select(*typed.values(), *(c for c in rest if c.name != settings.event_column))
    skipped = others.where(or_(kind != type_of_lines(settings.source_name), kind.is_(None)))
    return RawExport(events.subquery("tracks"), skipped.subquery("skipped"))


def type_of_lines(source: str) -> str:
    """Return the type of the lines that are a source's events."""
    return TYPES.get(source, EVENTS)


def _is_nameless(settings: Settings) -> bool:
    return settings.source_name in TYPES and "event_column" not in settings.own


def refuse_raw_export(names: Iterable[str], called: str, settings: Settings) -> None:
    """Refuse files that look like a raw export if the setting `format` is missing.

    Raises:
        SourceError: they look like one.
    """
    known = set(names)
    lower = {name.lower() for name in known}
    if FIELDS["id"][0] not in known or not {FIELDS[role][0] for role in ("anonymous_id", "user_id")} & known:
        return
    missing = [role for role in ("id", "anonymous_id", "user_id") if getattr(settings, f"{role}_column").lower() not in lower]
    if any(FIELDS[role][0] in known for role in missing):
        msg = (
            f"{called} looks like a raw export of RudderStack or Segment (it has {FIELDS['id'][0]!r}); "
            "set format (--format) to rudderstack or segment"
        )
        raise SourceError(msg)


def _named(lines: FromClause, called: str, settings: Settings) -> dict[str, ColumnElement[Any]]:
    """Return the format's fields by column name, except for columns that are set explicitly."""
    named: dict[str, ColumnElement[Any]] = {}
    for role, fields in FIELDS.items():
        if f"{role}_column" in settings.model_fields_set or (role == "event" and _is_nameless(settings)):
            continue
        found = _field(lines, fields)
        if found is not None:
            named[getattr(settings, f"{role}_column") or LOADED] = found
        elif role == "event":
            named[settings.event_column] = literal(None, String())  # no line has an event name
        elif role in REQUIRED:
            _refuse_missing(fields[0], role, lines, called, settings)
    return named


def _refuse_missing(field: str, role: str, lines: FromClause, called: str, settings: Settings) -> None:
    hint = did_you_mean(field, (column.name for column in lines.c))
    msg = (
        f"{called} has no field {field!r} ({hint}), which raw exports of {TITLES[settings.format or '']} have; "
        f"remove format (--format), or set {role}_column"
    )
    raise SourceError(msg)


def _field(lines: FromClause, names: Iterable[str]) -> ColumnElement[Any] | None:
    """Return the first non-null value among those of these fields that exist; None if none exists."""
    found = [lines.c[name] for name in names if name in lines.c]
    return None if not found else found[0] if len(found) == 1 else func.coalesce(*found, type_=found[0].type)
