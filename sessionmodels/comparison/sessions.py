"""How the sessions of one side relate to those of the other, and why they differ."""

from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, FromClause, and_, case, cast, func, literal, literal_column, or_, select

from sessionmodels.model import AnySelect
from sessionmodels.sql.elapsed import MICROSECONDS_A_MINUTE, elapsed
from sessionmodels.sql.text import as_text, by_code_point
from sessionmodels.sql.to_utc import utc

SESSIONS: Final = {
    "same": "has the same events and the same id",
    "renumbered": "has the same events, but another id",
    "other_events": "shares events with one session there alone, but at least one of the two has more events",
    "split": "is one of several sessions here that are one session there",
    "merged": "is one session here, but several sessions there",
    "moved": "has events of several sessions there, of which at least one is also in other sessions here",
    "only_here": "has no event that occurs exactly once on both sides",
}
"""How a session of ours relates to theirs, in words. The names say what became of their sessions on our side."""

THEIR_SESSIONS: Final = {
    "only_there": "has no event that occurs exactly once on both sides",
    "empty_there": "has no event: the dbt project makes such a session for each event without a time",
}
"""What else a session of theirs can be, in words."""

CAUSES: Final = {
    "another_visitor": "the event belongs to another visitor there",
    "whole_minutes": "the pause is less than a minute longer than idle_minutes, and one side counts whole minutes",
    "ties": "the visitor's event before or after it has the same time, and the two may have another order there",
    "duplicates": "the visitor has event ids that occur more than once on one side or both",
    "other_rules": "another cause, such as another session rule or another idle_minutes",
}
"""Why only one side starts a session at an event, in words: the first that applies."""

ONE: Final = literal_column("1", BigInteger)


def events_of(track_facts: FromClause, name: str) -> FromClause:
    """Return the events of one side, each with the pause before it, and what is odd about its id or its visitor."""
    visitor, moment = as_text(track_facts.c.dbt_visitor_id), utc(track_facts.c.timestamp)
    has_id = track_facts.c.event_id.is_not(None)
    rows = select(
        as_text(track_facts.c.event_id).label("event_id"),
        as_text(track_facts.c.session_id).label("session_id"),
        visitor.label("visitor"),
        moment.label("moment"),
        track_facts.c.track_sequence_number.label("place"),
        case((has_id, func.count(type_=BigInteger).over(partition_by=track_facts.c.event_id)), else_=ONE).label("times"),
    ).cte(f"{name}_events")
    order: Any = {"partition_by": rows.c.visitor, "order_by": (rows.c.moment, rows.c.place, by_code_point(rows.c.event_id))}
    whole: Any = {"partition_by": rows.c.visitor}
    repeats = func.max(case((rows.c.times > 1, 1), else_=0)).over(**whole).label("repeats")
    before = func.lag(rows.c.moment, type_=rows.c.moment.type).over(**order)
    after = func.lead(rows.c.moment, type_=rows.c.moment.type).over(**order)
    pause = elapsed(before, rows.c.moment).label("pause")
    next_pause = elapsed(rows.c.moment, after).label("next_pause")
    return select(rows, repeats, pause, next_pause).cte(name)


def matched(theirs: FromClause, ours: FromClause) -> FromClause:
    """Return the events that are there once on both sides, with what both sides have of them."""
    same = and_(theirs.c.event_id == ours.c.event_id, theirs.c.times == 1, ours.c.times == 1)
    columns = [side.c[name].label(f"{prefix}_{name}") for prefix, side in (("their", theirs), ("our", ours)) for name in KEPT]
    return select(ours.c.event_id, *columns).select_from(ours.join(theirs, same)).cte("matched")


KEPT: Final = "session_id", "visitor", "place", "pause", "next_pause", "repeats"


def count_events(theirs: FromClause, ours: FromClause, both: FromClause) -> AnySelect:
    """One row: how many events are matched, repeated, only on one side, or without an id."""

    def number(rows: FromClause, *conditions: ColumnElement[bool]) -> Any:
        return select(func.count(type_=BigInteger)).select_from(rows).where(*conditions).scalar_subquery()

    def only(rows: FromClause, others: FromClause) -> ColumnElement[bool]:
        return and_(rows.c.event_id.is_not(None), ~select(ONE).where(others.c.event_id == rows.c.event_id).exists())

    return select(
        number(both).label("matched"),
        number(theirs, theirs.c.times > 1, theirs.c.event_id.is_not(None)).label("their_repeated"),
        number(ours, ours.c.times > 1).label("our_repeated"),
        number(theirs, only(theirs, ours)).label("only_theirs"),
        number(ours, only(ours, theirs)).label("only_ours"),
        number(theirs, theirs.c.event_id.is_(None)).label("their_without_an_id"),
    )


def count_sessions(
    their_sessions: FromClause, our_sessions: FromClause, sides: tuple[FromClause, FromClause, FromClause]
) -> AnySelect:
    """One row per kind of session: `kind`, one of `SESSIONS` or `THEIR_SESSIONS`, and `sessions`."""
    theirs, ours, both = sides
    pairs = _pairs(both)
    their_sizes, our_sizes = _sizes(theirs, "their_sizes"), _sizes(ours, "our_sizes")
    here, there = _ids(our_sessions, "our_sessions"), _ids(their_sessions, "their_sessions")
    each = _matches(pairs, their_sizes, our_sizes)
    kinds = select(_kind(each).label("kind")).select_from(here.outerjoin(each, each.c.our_session_id == here.c.session_id))
    found = kinds.union_all(_unmatched(there, their_sizes, pairs)).cte("kinds")
    return select(found.c.kind, func.count(type_=BigInteger).label("sessions")).group_by(found.c.kind)


def _pairs(both: FromClause) -> FromClause:
    """Return each pair of sessions that share events, how many they share, and in how many pairs each of the two occurs."""
    ids = both.c.their_session_id, both.c.our_session_id
    pairs = select(*ids, func.count(type_=BigInteger).label("events")).group_by(*ids).cte("pairs")
    return select(
        pairs,
        func.count(type_=BigInteger).over(partition_by=pairs.c.their_session_id).label("ours_of_it"),
        func.count(type_=BigInteger).over(partition_by=pairs.c.our_session_id).label("theirs_of_it"),
    ).cte("counted_pairs")


def _sizes(events: FromClause, name: str) -> FromClause:
    return select(events.c.session_id, func.count(type_=BigInteger).label("events")).group_by(events.c.session_id).cte(name)


def _ids(sessions: FromClause, name: str) -> FromClause:
    return select(as_text(sessions.c.session_id).label("session_id")).cte(name)


def _matches(pairs: FromClause, their_sizes: FromClause, our_sizes: FromClause) -> FromClause:
    """Return what each session of ours shares with theirs. Of one with several pairs, only that it has them matters."""
    columns = {
        "their_session_id": pairs.c.their_session_id,
        "theirs_of_it": pairs.c.theirs_of_it,
        "ours_of_it": pairs.c.ours_of_it,
        "events": pairs.c.events,
        "their_events": their_sizes.c.events,
        "our_events": our_sizes.c.events,
    }
    joined = pairs.join(their_sizes, their_sizes.c.session_id == pairs.c.their_session_id)
    joined = joined.join(our_sizes, our_sizes.c.session_id == pairs.c.our_session_id)
    found = (func.max(column, type_=column.type).label(name) for name, column in columns.items())
    return select(pairs.c.our_session_id, *found).select_from(joined).group_by(pairs.c.our_session_id).cte("our_pairs")


def _unmatched(there: FromClause, their_sizes: FromClause, pairs: FromClause) -> AnySelect:
    """Return the kinds of the sessions of theirs that share no event with ours."""
    paired = select(pairs.c.their_session_id).distinct().cte("paired")
    is_empty = their_sizes.c.session_id.is_(None)
    kind = case((is_empty, as_text(literal("empty_there"))), else_=as_text(literal("only_there"))).label("kind")
    joined = there.outerjoin(their_sizes, their_sizes.c.session_id == there.c.session_id)
    joined = joined.outerjoin(paired, paired.c.their_session_id == there.c.session_id)
    return select(kind).select_from(joined).where(paired.c.their_session_id.is_(None))


def _kind(each: FromClause) -> ColumnElement[Any]:
    is_whole = and_(each.c.events == each.c.their_events, each.c.events == each.c.our_events)
    words = {
        "only_here": each.c.our_session_id.is_(None),
        "moved": and_(each.c.theirs_of_it > 1, each.c.ours_of_it > 1),
        "merged": each.c.theirs_of_it > 1,
        "split": each.c.ours_of_it > 1,
        "other_events": ~is_whole,
        "same": each.c.their_session_id == each.c.our_session_id,
    }
    return case(*((condition, as_text(literal(word))) for word, condition in words.items()), else_=as_text(literal("renumbered")))


def count_causes(both: FromClause, idle_minutes: int, *, whole_minutes: bool) -> AnySelect:
    """One row per cause: how many sessions `only_ours` starts and `only_theirs`, and the first `example` by its event id.

    `whole_minutes` says whether one side counts whole minutes.
    """
    our_start, their_start = both.c.our_place == 1, both.c.their_place == 1
    found = (
        select(
            both.c.event_id,
            _cause(both, idle_minutes, whole_minutes=whole_minutes).label("cause"),
            case((our_start, 1), else_=0).label("is_ours"),
        )
        .where(or_(and_(our_start, ~their_start), and_(their_start, ~our_start)))
        .cte("starts_of_one_side")
    )
    ours = cast(func.sum(found.c.is_ours), BigInteger)
    return select(
        found.c.cause,
        ours.label("only_ours"),
        (func.count(type_=BigInteger) - ours).label("only_theirs"),
        func.min(by_code_point(found.c.event_id)).label("example"),
    ).group_by(found.c.cause)


def _cause(both: FromClause, idle_minutes: int, *, whole_minutes: bool) -> ColumnElement[Any]:
    least, most = (literal_column(str(one * MICROSECONDS_A_MINUTE), BigInteger) for one in (idle_minutes, idle_minutes + 1))
    pauses = [both.c[name] for name in ("our_pause", "their_pause", "our_next_pause", "their_next_pause")]
    words = {
        "another_visitor": both.c.our_visitor != both.c.their_visitor,
        "whole_minutes": and_(both.c.our_pause == both.c.their_pause, both.c.our_pause > least, both.c.our_pause < most),
        "ties": or_(*(pause == 0 for pause in pauses)),
        "duplicates": or_(both.c.their_repeats == 1, both.c.our_repeats == 1),
    }
    found = {word: condition for word, condition in words.items() if whole_minutes or word != "whole_minutes"}
    reasons = ((condition, as_text(literal(word))) for word, condition in found.items())
    return case(*reasons, else_=as_text(literal("other_rules")))
