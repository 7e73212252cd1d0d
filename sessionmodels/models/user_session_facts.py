"""The sessions of each visitor, summarized."""

from sqlalchemy import BigInteger, FromClause, func, select

from sessionmodels.model import AnySelect, model


@model(
    "visitor",
    key=("dbt_visitor_id",),
    not_null=("first_date", "last_date", "number_of_sessions"),
    time_column="last_date",
    lookback="everything",
)
def user_session_facts(sessions: FromClause) -> AnySelect:
    """One row per visitor: their first and last session, and how many they had.

    Columns:
        dbt_visitor_id: the visitor; unique, never null.
        first_date: when their first session started.
        last_date: when their last session started.
        number_of_sessions: how many sessions they had.

    Source: `sessions`.
    """
    return select(
        sessions.c.dbt_visitor_id,
        func.min(sessions.c.session_start_at).label("first_date"),
        func.max(sessions.c.session_start_at).label("last_date"),
        func.count(type_=BigInteger).label("number_of_sessions"),
    ).group_by(sessions.c.dbt_visitor_id)
