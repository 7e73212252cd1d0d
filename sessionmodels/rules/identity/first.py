"""`first`: a device belongs to the earliest user seen on it."""

from sqlalchemy import FromClause

from sessionmodels.model import AnySelect
from sessionmodels.rules.identity.latest import mapping_by_login


def first_mapping(events: FromClause) -> AnySelect:
    """One row per alias with its visitor: the earliest user seen on it as a device, else the alias itself."""
    return mapping_by_login(events, lambda key: key, ("place", "first_logins"))
