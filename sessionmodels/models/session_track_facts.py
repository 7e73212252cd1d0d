"""What happened in each session."""

from collections.abc import Mapping, Sequence

from sqlalchemy import BigInteger, FromClause, case, cast, func, select

from sessionmodels.model import AnySelect, model

OWN_COLUMNS = ("session_id", "ended_at", "num_pvs")
"""Names that no counter can have."""


def _counted(*, event_counters: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {
        counter: f"how many of its events are named {' or '.join(f'`{name}`' for name in names)}."
        for counter, names in event_counters.items()
    }


@model(
    "session",
    key=("session_id",),
    not_null=("ended_at", "num_pvs"),
    entity_column="session_id",
    time_column="ended_at",
    carries="session_ends",
    described=_counted,
)
def session_track_facts(track_facts: FromClause, *, event_counters: Mapping[str, Sequence[str]]) -> AnySelect:
    """One row per session: when it ended, and how many events of each kind it has.

    Columns:
        session_id: the session; unique, never null.
        ended_at: its last event's time, UTC.
        num_pvs: how many events it has, each event id counted once.
        cnt_viewed_product: how many of its events are named `view_product` or `viewed_product`.
        cnt_signup: how many of its events are named `signup`.

    Source: `track_facts`. The counters are the setting `event_counters`; the two above are its default.
    """
    counters = [
        cast(func.sum(case((track_facts.c.event.in_(list(names)), 1), else_=0)), BigInteger).label(counter)
        for counter, names in event_counters.items()
    ]
    return select(
        track_facts.c.session_id,
        func.max(track_facts.c.timestamp).label("ended_at"),
        func.count(track_facts.c.event_id.distinct(), type_=BigInteger).label("num_pvs"),
        *counters,
    ).group_by(track_facts.c.session_id)
