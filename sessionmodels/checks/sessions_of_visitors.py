"""The visitors beside their sessions: `user_session_facts` summarizes each visitor's sessions."""

from sqlalchemy import CTE, BigInteger, ColumnElement, FromClause, func, or_, select

from sessionmodels.checks.check import check, scan

COUNTS = "number_of_sessions", "found_number_of_sessions"


@scan
def sessions_of_visitors(sessions: FromClause, user_session_facts: FromClause) -> CTE:
    """One row per visitor: what `user_session_facts` says, and as `found_<column>` what the sessions say."""
    start = sessions.c.session_start_at
    found = (
        select(
            sessions.c.dbt_visitor_id,
            func.min(start, type_=start.type).label("first_date"),
            func.max(start, type_=start.type).label("last_date"),
            func.count(type_=BigInteger).label("number_of_sessions"),
        )
        .group_by(sessions.c.dbt_visitor_id)
        .cte("found")
    )
    facts = user_session_facts
    both = facts.outerjoin(found, facts.c.dbt_visitor_id == found.c.dbt_visitor_id, full=True)
    names = "first_date", "last_date", "number_of_sessions"
    return (
        select(
            func.coalesce(facts.c.dbt_visitor_id, found.c.dbt_visitor_id).label("dbt_visitor_id"),
            facts.c.dbt_visitor_id.label("stored_visitor_id"),
            *(facts.c[name] for name in names),
            *(found.c[name].label(f"found_{name}") for name in names),
        )
        .select_from(both)
        .cte("sessions_of_visitors")
    )


@check(
    "user_session_facts",
    sessions_of_visitors,
    "Every visitor with a session has a row.",
    shows=("dbt_visitor_id", "found_number_of_sessions"),
)
def every_visitor(rows: FromClause) -> ColumnElement[bool]:
    """Return whether it is missing."""
    return rows.c.stored_visitor_id.is_(None)


@check("user_session_facts", sessions_of_visitors, "Every visitor has a session.", shows=("dbt_visitor_id", "number_of_sessions"))
def has_sessions(rows: FromClause) -> ColumnElement[bool]:
    """Return whether they have none."""
    return rows.c.found_number_of_sessions.is_(None)


@check(
    "user_session_facts",
    sessions_of_visitors,
    "`number_of_sessions` is the number of the visitor's sessions.",
    shows=("dbt_visitor_id", *COUNTS),
)
def number_of_sessions(rows: FromClause) -> ColumnElement[bool]:
    """Return whether it is another number."""
    return rows.c.number_of_sessions != rows.c.found_number_of_sessions


@check(
    "user_session_facts",
    sessions_of_visitors,
    "`first_date` and `last_date` are the starts of the visitor's first and last session.",
    shows=("dbt_visitor_id", "first_date", "found_first_date", "last_date", "found_last_date"),
)
def dates(rows: FromClause) -> ColumnElement[bool]:
    """Return whether one of them is another time."""
    return or_(rows.c.first_date != rows.c.found_first_date, rows.c.last_date != rows.c.found_last_date)
