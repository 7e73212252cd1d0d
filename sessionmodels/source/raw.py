"""The raw rows of one source or several, in clean types: ids as text, blanks as null, times as UTC."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    FromClause,
    String,
    case,
    cast,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    union_all,
)

from sessionmodels.model import AnySelect
from sessionmodels.rules.context import context_value
from sessionmodels.rules.event import ANY_TIME, FAILED_CONDITION, VISITOR_IDS, WRITTEN_TIME
from sessionmodels.source import loaded_since
from sessionmodels.source.columns import TEXTS, TIMES, Source
from sessionmodels.source.ids import as_visitor_id, typed_text
from sessionmodels.source.stream import Stream
from sessionmodels.sql.epoch import EpochNumber
from sessionmodels.sql.instant import Instant, ZonedInstant, instant
from sessionmodels.sql.text import LongText, as_text, blank_as_null
from sessionmodels.sql.time_range import in_range, is_unknown, not_before
from sessionmodels.sql.to_utc import stored, utc

ONE = literal_column("1", BigInteger)
NAMES: Final[Mapping[str, str]] = {"id": "event_id"}
"""Roles that have another name among an event's columns."""


def raw_events(stream: Stream, *, with_reasons: bool = False) -> FromClause:
    """One row per raw row, in clean types. A missing optional column is null. `with_reasons` adds why a time is null."""
    if not stream.several:
        return _marked(stream, _raw_of(stream, stream.first, raw_times(stream.first) if with_reasons else []))
    each = (_raw_of(stream, one, _comparable_times(one) if with_reasons else [], f"_of_{one.name}") for one in stream.sources)
    return _marked(stream, union_all(*each))


def _marked(stream: Stream, raw: AnySelect | CompoundSelect[Any]) -> FromClause:
    """Return raw rows. If anybody was forgotten, each row says whether it belongs to such a person."""
    if stream.forgotten is None:
        return raw.cte("raw_events")
    return stream.forgotten.marked(raw.cte("all_raw_events")).cte("raw_events")


def _raw_of(stream: Stream, source: Source, times: Sequence[ColumnElement[Any]], suffix: str = "") -> AnySelect:
    """Return one source's rows in clean types."""
    typed = typed_events(stream, source, times).cte(f"typed_events{suffix}")
    raw = select(
        blank_as_null(typed.c.event_id).label("event_id"),
        as_text(literal(source.name)).label("source"),
        *(as_visitor_id(typed.c[name], stream.ignored_ids, hash_ids=stream.hash_ids).label(name) for name in VISITOR_IDS),
        typed.c.event,
        *(in_range(typed.c[role]).label(role) for role in TIMES),
        *(typed.c[name] for name in stream.context),
        *(typed.c[name] for name in (FAILED_CONDITION, ANY_TIME) if name in typed.c),
        *(blank_as_null(typed.c[name]).label(name) for name in (WRITTEN_TIME,) if name in typed.c),
    )
    if source.window is not None:
        # The bare column prunes partitions, but its type may truncate the moment, a date to the day. This comparison is exact.
        moment = in_range(typed.c[source.window_role])
        raw = raw.where(or_(moment >= instant(source.window, moment), moment.is_(None)))
    return raw


def typed_events(stream: Stream, source: Source, times: Sequence[ColumnElement[Any]] = ()) -> AnySelect:
    """One row per raw row of one source, in the types of an event, with these times beside it. Values are as they were written.

    A blank id is not null yet, nor is one that is ignored, nor a time out of range.
    """
    typed = select(
        *((_event(source) if role == "event" else _text_of(source, role)).label(NAMES.get(role, role)) for role in TEXTS),
        *(_instant(source.columns.get(role), zoned=source.zoned).label(role) for role in TIMES),
        *(_context_of(source, name).label(name) for name in stream.context),
        *([_failed_condition(source.where).label(FAILED_CONDITION)] if source.where else []),
        *times,
    ).select_from(source.table)
    moment = source.columns.get(source.window_role)
    typed = typed.where(*_is_read(source))
    if moment is not None and source.window is not None:
        typed = typed.where(or_(not_before(moment, source.window), is_unknown(moment)))
    return typed


def raw_rows(source: Source) -> FromClause:
    """One row per raw row of a source that is read, without columns."""
    return select(ONE.label("one")).select_from(source.table).where(*_is_read(source)).subquery("raw_rows")


def _is_read(source: Source) -> list[ColumnElement[bool]]:
    """Return the conditions for reading a row, as far as they are set: the setting `loaded_since`, and the source's `only`."""
    return [*loaded_since.conditions(source), *([] if source.only is None else [source.only])]


def _failed_condition(conditions: Sequence[ColumnElement[bool]]) -> ColumnElement[Any]:
    """Return the number of the first condition that a row does not satisfy, from 1, or 0 if it satisfies all."""
    found: Any = 0
    for number, one in reversed(list(enumerate(conditions, 1))):
        found = case((one, found), else_=number)
    return found


def _text_of(source: Source, role: str) -> ColumnElement[Any]:
    return _text(source.columns.get(role))


def _event(source: Source) -> ColumnElement[Any]:
    """Return the event's name: a column, else the source's constant."""
    if source.event_name is None:
        return _text_of(source, "event")
    constant = as_text(literal(source.event_name))
    return func.coalesce(_text_of(source, "event"), constant, type_=LongText()) if "event" in source.columns else constant


def _context_of(source: Source, name: str) -> ColumnElement[Any]:
    columns = source.context.get(name)
    return context_value(name, [_text(one) for one in columns]) if columns else as_text(null())


def _text(column: ColumnElement[Any] | None) -> ColumnElement[Any]:
    return as_text(null()) if column is None else typed_text(column)


def _instant(column: ColumnElement[Any] | None, *, zoned: bool) -> ColumnElement[Any]:
    return cast(null(), ZonedInstant if zoned else Instant) if column is None else stored(column, zoned=zoned)


def raw_times(source: Source) -> list[ColumnElement[Any]]:
    """Return the time even if it is out of range, and a text as written, to distinguish unusable times from missing ones.

    A number out of range cannot be converted, so the number itself is returned.
    """
    column = source.columns["timestamp"]
    any_time = (column if isinstance(column.type, EpochNumber) else utc(column)).label(ANY_TIME)
    return [any_time, column.label(WRITTEN_TIME)] if isinstance(column.type, String) else [any_time]


def _comparable_times(source: Source) -> list[ColumnElement[Any]]:
    """Return the same in types that all sources share: 1 if there is a time, even one out of range, and the text as written."""
    any_time, *written = raw_times(source)
    text = written[0] if written else as_text(null())
    return [case((any_time.is_not(None), ONE)).label(ANY_TIME), text.label(WRITTEN_TIME)]
