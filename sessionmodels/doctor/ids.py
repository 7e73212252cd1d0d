"""Ids that belong to nobody, or to too many: placeholders, devices of hundreds of users, users of thousands of devices."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import BigInteger, FromClause, case, cast, func, literal, or_, select, union_all

from sessionmodels.doctor.landing import passing
from sessionmodels.model import AnySelect
from sessionmodels.source.junk import is_placeholder
from sessionmodels.source.raw import raw_events
from sessionmodels.source.stream import Stream
from sessionmodels.sql.text import as_text, by_code_point

TOO_MANY: Final[Mapping[str, int]] = MappingProxyType({"anonymous_id": 100, "user_id": 1000})
"""By column, the number of ids of the other column from which an id is suspicious: users of a device, or devices of a user."""

FEW: Final = 50
"""How many suspicious ids of each column are shown, those with the most events first."""


@dataclass(frozen=True)
class SuspiciousId:
    """An id of a device or a user that probably does not identify one device or person."""

    column: str
    """`anonymous_id` or `user_id`."""

    id: str
    events: int
    """The raw rows that have it, with an id of their own or without."""

    others: int
    """How many different ids of the other column are beside it."""

    is_placeholder: bool
    """Whether it is a placeholder such as `null`, or zeros. If not, it occurs with too many users or devices."""

    number: int
    """How many suspicious ids the column has. Only some of them are shown."""


def suspicious_ids(stream: Stream) -> AnySelect:
    """One row for each suspicious id, with the columns of `SuspiciousId`. Ids that the setting `ignored_ids` names count, too."""
    raw = raw_events(replace(stream, ignored_ids=()))
    ids = raw.c.user_id, raw.c.anonymous_id
    number = func.count(type_=BigInteger).label("events")
    pairs = select(*ids, number).where(*passing(raw)).group_by(*ids).cte("pairs_of_ids")
    found = union_all(_found(pairs, "anonymous_id", "user_id"), _found(pairs, "user_id", "anonymous_id")).cte("suspicious_ids")
    order = found.c.events.desc(), by_code_point(found.c.id)
    placed = select(
        *found.c,
        func.row_number(type_=BigInteger).over(partition_by=found.c.column_name, order_by=order).label("place"),
        func.count(type_=BigInteger).over(partition_by=found.c.column_name).label("number"),
    ).cte("ranked_ids")
    shown = (one for one in placed.c if one.name != "place")
    return select(*shown).where(placed.c.place <= FEW).order_by(placed.c.column_name, placed.c.place)


def suspicious_id_of(row: Any) -> SuspiciousId:
    """Return what a row of `suspicious_ids` says."""
    return SuspiciousId(row.column_name, row.id, row.events, row.others, bool(row.is_placeholder), row.number)


def _found(pairs: FromClause, column: str, other: str) -> AnySelect:
    one = pairs.c[column]
    events = cast(func.sum(pairs.c.events), BigInteger).label("events")
    others = func.count(pairs.c[other], type_=BigInteger).label("others")
    each = select(one.label("id"), events, others).where(one.is_not(None)).group_by(one).cte(f"each_{column}")
    is_word = is_placeholder(each.c.id)
    return select(
        as_text(literal(column)).label("column_name"), *each.c, case((is_word, 1), else_=0).label("is_placeholder")
    ).where(or_(is_word, each.c.others >= TOO_MANY[column]))
