"""Rows that share an id."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, ColumnElement, FromClause, case, cast, func, literal_column, select

from sessionmodels.model import AnySelect
from sessionmodels.source.clean import usable_events
from sessionmodels.source.raw import ONE
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
    by_id = _ids_of_all(_ids_of_each(stream)) if stream.several else _ids_of_one(_ids_of_each(stream))
    return select(
        _sum(by_id.c.times).label("rows"),
        func.count(type_=BigInteger).label("ids"),
        func.count(case((by_id.c.most > 1, 1)), type_=BigInteger).label("repeated"),
        func.coalesce(func.max(by_id.c.most), literal_column("0"), type_=BigInteger).label("most"),
        _sum(by_id.c.times - by_id.c.sources).label("surplus"),
        _sum(by_id.c.moved).label("moved"),
        func.count(case((by_id.c.sources > 1, 1)), type_=BigInteger).label("in_several_sources"),
    )


def _ids_of_each(stream: Stream) -> FromClause:
    """One row per id of each source: how many `times` it is there, and its `earliest` and `latest` time."""
    usable = usable_events(stream).cte("usable_rows")
    time = usable.c.timestamp
    key = [usable.c.event_id, *([usable.c.source] if stream.several else [])]
    times = func.count(type_=BigInteger).label("times")
    earliest, latest = func.min(time, type_=time.type).label("earliest"), func.max(time, type_=time.type).label("latest")
    return select(usable.c.event_id, times, earliest, latest).group_by(*key).cte("ids_of_each_source")


def _ids_of_one(ids: FromClause) -> FromClause:
    """One row per id of the only source. It needs no second grouping."""
    has_moved = case((ids.c.earliest < ids.c.latest, 1), else_=0).label("moved")
    return select(ids.c.times, ids.c.times.label("most"), ONE.label("sources"), has_moved).cte("ids")


def _ids_of_all(ids: FromClause) -> FromClause:
    """One row per id: how many `times` it is there, how often at `most` in one source, and in how many `sources`."""
    return (
        select(
            cast(func.sum(ids.c.times), BigInteger).label("times"),
            func.max(ids.c.times, type_=BigInteger).label("most"),
            func.count(type_=BigInteger).label("sources"),
            case((func.min(ids.c.earliest) < func.max(ids.c.latest), 1), else_=0).label("moved"),
        )
        .group_by(ids.c.event_id)
        .cte("ids")
    )


def _sum(number: ColumnElement[int]) -> ColumnElement[int]:
    return cast(func.coalesce(func.sum(number), literal_column("0")), BigInteger)
