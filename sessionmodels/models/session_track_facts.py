"""What happened in each session."""

from collections.abc import Mapping, Sequence

from sqlalchemy import FromClause, select

from sessionmodels.model import AnySelect, model


@model(
    "session",
    key=("session_id",),
    not_null=("ended_at", "num_pvs"),
    kind="view",
    entity_column="session_id",
    time_column="ended_at",
)
def session_track_facts(sessions: FromClause, *, event_counters: Mapping[str, Sequence[str]]) -> AnySelect:
    """One row per session: when it ended, and how many events of each kind it has.

    Columns:
        session_id: the session; unique, never null.
        ended_at: its last event's time.
        num_pvs: how many events it has, each event id counted once.
        cnt_viewed_product: how many of its events are named `view_product` or `viewed_product`.
        cnt_signup: how many of its events are named `signup`.

    Source: `sessions`, some of its columns. The counters are the setting `event_counters`; the two above are its default.
    """
    return select(
        sessions.c.session_id, sessions.c.ended_at, sessions.c.num_pvs, *(sessions.c[counter] for counter in event_counters)
    )
