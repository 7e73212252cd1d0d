"""`point_in_time`: an event without a user id belongs to the last user seen on its device by then."""

from typing import Any

from sqlalchemy import BigInteger, FromClause, and_, case, func, or_, select, union_all

from sessionmodels.rules.event import chosen, event_columns, of_event
from sessionmodels.rules.identity.aliases import is_login
from sessionmodels.sql.order import RUNNING, nulls_last
from sessionmodels.sql.text import by_code_point


def visits_at_the_time(events: FromClause) -> Any:
    """One row per event with its visitor.

    That is its own user; else the last user seen on its device up to this event, by time and event id; else the first user seen
    there later; else the device. Only the events of devices on which a user was seen are sorted.
    """
    devices = select(events.c.anonymous_id).where(is_login(events)).distinct().cte("devices_with_logins")
    known = devices.c.anonymous_id == events.c.anonymous_id
    itself = func.coalesce(events.c.user_id, events.c.anonymous_id)
    without_login = (
        select(*of_event(events), itself.label("dbt_visitor_id"))
        .select_from(events.outerjoin(devices, known))
        .where(or_(events.c.user_id.is_not(None), devices.c.anonymous_id.is_(None)))
    )
    numbered = _with_number_of_logins(events, events.join(devices, known))
    number = numbered.c.login_number
    logins = select(numbered.c.anonymous_id, number, numbered.c.user_id).where(numbered.c.user_id.is_not(None)).cte("logins")
    last_or_first = case((number == 0, 1), else_=number)
    of_login = and_(logins.c.anonymous_id == numbered.c.anonymous_id, logins.c.login_number == last_or_first)
    of_others = (
        select(*chosen(numbered, event_columns(events)), logins.c.user_id.label("dbt_visitor_id"))
        .select_from(numbered.join(logins, of_login))
        .where(numbered.c.user_id.is_(None))
    )
    return union_all(without_login, of_others)


def _with_number_of_logins(events: FromClause, of_devices: Any) -> FromClause:
    """Return a device's events with how many logins it had up to each. At one time and id, logins come first, by user id.

    PostgreSQL lacks `IGNORE NULLS`, so the last user is found by this number.
    """
    order = events.c.timestamp, by_code_point(events.c.event_id), *nulls_last(events.c.user_id)
    number = func.count(events.c.user_id, type_=BigInteger).over(partition_by=events.c.anonymous_id, order_by=order, rows=RUNNING)
    return select(*of_event(events), number.label("login_number")).select_from(of_devices).cte("events_with_login_number")
