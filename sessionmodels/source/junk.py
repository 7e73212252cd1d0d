"""Ids that are no ids, but words for none: whoever has one of them is nobody, and all who have it would be one visitor."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, FromClause, String, and_, case, func, literal, select

from sessionmodels.model import AnySelect

PARTS: Final = "user_id", "anonymous_id"
WORDS: Final = "null", "undefined", "none", "nan", r"\n", "0", "unknown"
"""In small letters; the fifth is `\\N`, which databases export for null."""

ZEROS: Final = "zeros"
"""Stands for any id of zeros and dashes alone, such as `00000000-0000-0000-0000-000000000000`."""


def junk_events(events: FromClause) -> AnySelect:
    """One row a pair of junk ids, `user_id` and `anonymous_id`, with how many events have it; null where an id is no junk."""
    found = select(*(_junk(events.c[part]).label(part) for part in PARTS)).select_from(events).cte("junk_ids")
    pair = [found.c[part] for part in PARTS]
    return select(*pair, func.count(type_=BigInteger).label("events")).select_from(found).group_by(*pair)


def by_column(rows: Iterable[Any]) -> dict[str, dict[str, int]]:
    """Return the junk ids that were found under each part, with how many events have each, the most frequent first."""
    found: dict[str, Counter[str]] = {part: Counter() for part in PARTS}
    for row in rows:
        for part, value in zip(PARTS, (row.user_id, row.anonymous_id), strict=True):
            if value is not None:
                found[part][r"\N" if value == r"\n" else value] += row.events
    return {part: dict(counted.most_common()) for part, counted in found.items() if counted}


def _junk(column: ColumnElement[Any]) -> ColumnElement[Any]:
    value = func.lower(func.trim(column, type_=String), type_=String)
    without_zeros = func.replace(value, "0", "", type_=String)
    is_zeros = and_(func.replace(without_zeros, "-", "", type_=String) == "", without_zeros != value)
    return case((value.in_(WORDS), value), (is_zeros, literal(ZEROS)))
