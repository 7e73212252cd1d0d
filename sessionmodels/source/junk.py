"""Junk ids: placeholders such as `null` or `unknown`. All events that have one would belong to the same visitor."""

from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
)

from sessionmodels.model import AnySelect

COLUMNS: Final = "user_id", "anonymous_id"
WORDS: Final = "null", "undefined", "none", "nan", r"\n", "0", "unknown"
"""In lower case. The fifth is `\\N`, which databases export for null."""

LIKELY_WORDS: Final = (
    *("nil", "(null)", "(none)", "(not set)", "not set", "n/a", "na", "false", "true", "-1"),
    *("anonymous", "guest", "test", "default", "[object object]"),
)
"""More words, in lower case, that an id hardly is. Some might be one, so no build warns of them."""

ZEROS: Final = "zeros"
"""Stands for every id that consists of zeros and dashes, such as `00000000-0000-0000-0000-000000000000`."""


WEIGHT: Final = "weight"
"""The column that says by how much a row counts, if not by one."""


def junk_events(events: FromClause) -> AnySelect:
    """One row per pair of junk ids, `user_id` and `anonymous_id`, with its number of events. An id that is not junk is null.

    Events are counted by their ids first, because a visitor has many and to compare an id with every placeholder takes long.
    """
    ids = [events.c[column] for column in COLUMNS]
    weighed = cast(func.sum(events.c[WEIGHT]), BigInteger) if WEIGHT in events.c else func.count(type_=BigInteger)
    pairs = select(*ids, weighed.label("events")).select_from(events).group_by(*ids).cte("pairs_of_ids")
    found = select(*(_junk(pairs.c[column]).label(column) for column in COLUMNS), pairs.c.events).cte("junk_ids")
    pair = [found.c[column] for column in COLUMNS]
    return select(*pair, cast(func.sum(found.c.events), BigInteger).label("events")).group_by(*pair)


def junk_aliases(mapping: FromClause) -> AnySelect:
    """One row if any alias is junk, else none."""
    found = select(_junk(mapping.c.alias).label("alias")).select_from(mapping).cte("junk_ids")
    return select(literal_column("1").label("one")).where(found.c.alias.is_not(None)).limit(literal_column("1"))


def events_without_junk(events: FromClause) -> AnySelect:
    """Return the only row of `junk_events` if no id is junk."""
    none = (null().label(column) for column in COLUMNS)
    return select(*none, func.count(type_=BigInteger).label("events")).select_from(events)


NAMES: Final = {r"\n": r"\N"}
"""How words are written that are known by another spelling."""


def by_column(rows: Iterable[Any], names: Mapping[str, str] = MappingProxyType({})) -> dict[str, dict[str, int]]:
    """Return the ids found in each column with their number of events, most frequent first; some under another name."""
    found: dict[str, Counter[str]] = {column: Counter() for column in COLUMNS}
    for row in rows:
        for column, value in zip(COLUMNS, (row.user_id, row.anonymous_id), strict=True):
            if value is not None:
                found[column][names.get(value, value)] += row.events
    return {column: dict(counted.most_common()) for column, counted in found.items() if counted}


def is_placeholder(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether an id, in upper or lower case, is a placeholder or all zeros and dashes. More words match than count as junk."""
    value = _folded(column)
    return or_(value.in_((*WORDS, *LIKELY_WORDS)), _is_zeros(value))


def _junk(column: ColumnElement[Any]) -> ColumnElement[Any]:
    value = _folded(column)
    return case((value.in_(WORDS), value), (_is_zeros(value), literal(ZEROS)))


def _folded(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.lower(func.trim(column, type_=String), type_=String)


def _is_zeros(value: ColumnElement[Any]) -> ColumnElement[bool]:
    without_zeros = func.replace(value, "0", "", type_=String)
    return and_(func.replace(without_zeros, "-", "", type_=String) == "", without_zeros != value)
