"""Who stands behind an id."""

from sqlalchemy import BigInteger, FromClause, func, select, union

from sessionmodels.model import AnySelect, model
from sessionmodels.sql.text import by_code_point


@model("alias", entity_column="alias")
def aliases_mapping(tracks: FromClause) -> AnySelect:
    """One row per alias: an id under which somebody was seen, as a device or as a user.

    Columns:
        alias: an `anonymous_id` or a `user_id`; unique, never null.
        dbt_visitor_id: the visitor: the latest `user_id` seen on the alias as a device, else the alias itself.

    Source: `tracks`. "Latest" is by time, then by event id; where duplicates are kept, then by the user id.
    """
    logins = (
        select(
            tracks.c.anonymous_id,
            tracks.c.user_id,
            func.row_number(type_=BigInteger)
            .over(
                partition_by=tracks.c.anonymous_id,
                order_by=(
                    tracks.c.timestamp.desc(),
                    by_code_point(tracks.c.event_id).desc(),
                    by_code_point(tracks.c.user_id).desc(),
                ),
            )
            .label("recency"),
        )
        .where(tracks.c.anonymous_id.is_not(None), tracks.c.user_id.is_not(None))
        .cte("logins")
    )
    latest_logins = select(logins.c.anonymous_id, logins.c.user_id).where(logins.c.recency == 1).cte("latest_logins")
    aliases = union(
        select(tracks.c.anonymous_id.label("alias")).where(tracks.c.anonymous_id.is_not(None)),
        select(tracks.c.user_id.label("alias")).where(tracks.c.user_id.is_not(None)),
    ).cte("aliases")
    return select(
        aliases.c.alias,
        func.coalesce(latest_logins.c.user_id, aliases.c.alias).label("dbt_visitor_id"),
    ).select_from(aliases.outerjoin(latest_logins, latest_logins.c.anonymous_id == aliases.c.alias))
