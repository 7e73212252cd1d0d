"""Rows that share an id."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, ColumnElement, case, cast, func, literal_column, select

from sessionmodels.model import AnySelect
from sessionmodels.source.clean import usable_events
from sessionmodels.source.stream import Stream


@dataclass(frozen=True)
class Duplicates:
    """The usable rows of all sources by their event's id."""

    rows: int
    """The usable rows."""

    ids: int
    """The different ids among them."""

    repeated: int
    """The ids that several rows of one source have."""

    most: int
    """The rows of the id that most rows of one source have."""

    surplus: int
    """The rows that repeat an id of their own source."""

    moved: int
    """The ids whose rows have different times."""

    in_several_sources: int
    """The ids that several sources have: each is one event, and its context is completed from all of them."""


def duplicates(stream: Stream) -> AnySelect:
    """One row with the columns of `Duplicates`."""
    usable = usable_events(stream).cte("usable_rows")
    time = usable.c.timestamp
    number = func.count(type_=BigInteger)
    of_source = (
        select(
            usable.c.event_id,
            number.label("times"),
            func.min(time, type_=time.type).label("earliest"),
            func.max(time, type_=time.type).label("latest"),
        )
        .group_by(usable.c.event_id, usable.c.source)
        .cte("ids_of_each_source")
    )
    times = cast(func.sum(of_source.c.times), BigInteger)
    by_id = (
        select(
            times.label("times"),
            func.max(of_source.c.times, type_=BigInteger).label("most"),
            number.label("sources"),
            case((func.min(of_source.c.earliest) < func.max(of_source.c.latest), 1), else_=0).label("moved"),
        )
        .group_by(of_source.c.event_id)
        .cte("ids")
    )
    return select(
        _sum(by_id.c.times).label("rows"),
        number.label("ids"),
        func.count(case((by_id.c.most > 1, 1)), type_=BigInteger).label("repeated"),
        func.coalesce(func.max(by_id.c.most), literal_column("0"), type_=BigInteger).label("most"),
        _sum(by_id.c.times - by_id.c.sources).label("surplus"),
        _sum(by_id.c.moved).label("moved"),
        func.count(case((by_id.c.sources > 1, 1)), type_=BigInteger).label("in_several_sources"),
    )


def _sum(number: ColumnElement[int]) -> ColumnElement[int]:
    return cast(func.coalesce(func.sum(number), literal_column("0")), BigInteger)
