"""`latest`: a device belongs to the latest user seen on it. `first.py` is the same in the other direction."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, FromClause, func, select

from sessionmodels.model import AnySelect
from sessionmodels.rules.event import of_event
from sessionmodels.rules.identity.aliases import is_login, mapping_by
from sessionmodels.sql.text import by_code_point

Direction = Callable[[ColumnElement[Any]], ColumnElement[Any]]


def latest_mapping(events: FromClause) -> AnySelect:
    """One row per alias with its visitor: the latest user seen on it as a device, else the alias itself."""
    return mapping_by_login(events, lambda key: key.desc(), ("recency", "latest_logins"))


def mapping_by_login(events: FromClause, direction: Direction, names: tuple[str, str]) -> AnySelect:
    """One row per alias with its visitor: the user that comes first on it as a device, else the alias itself."""
    chosen = _logins_by(events, direction, names)
    return mapping_by(events, chosen.c.anonymous_id, chosen.c.user_id)


def visits_by_alias(events: FromClause, mapping: FromClause) -> AnySelect:
    """One row per event with its visitor: the mapping of its user id, else of its device. An id not in the mapping is its own."""
    alias = func.coalesce(events.c.user_id, events.c.anonymous_id)
    visitor = func.coalesce(mapping.c.dbt_visitor_id, events.c.user_id, events.c.anonymous_id)
    return select(*of_event(events), visitor.label("dbt_visitor_id")).select_from(
        events.outerjoin(mapping, mapping.c.alias == alias)
    )


def _logins_by(events: FromClause, direction: Direction, names: tuple[str, str]) -> FromClause:
    """One row per device on which a user was seen, with that user: by time, then by event id, then by user id."""
    place, title = names
    keys = events.c.timestamp, by_code_point(events.c.event_id), by_code_point(events.c.user_id)
    logins = (
        select(
            events.c.anonymous_id,
            events.c.user_id,
            func.row_number(type_=BigInteger)
            .over(partition_by=events.c.anonymous_id, order_by=tuple(map(direction, keys)))
            .label(place),
        )
        .where(is_login(events))
        .cte("logins")
    )
    return select(logins.c.anonymous_id, logins.c.user_id).where(logins.c[place] == 1).cte(title)
