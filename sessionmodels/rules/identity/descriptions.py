"""The descriptions of the columns that the setting `identity` decides. Those of `latest` are with the models."""

from sessionmodels.rules.identity.identity import IdentityName

_VISITORS = {
    "first": "the visitor: the mapping of its `user_id` if it has one, else of its `anonymous_id`.",
    "device": "the visitor: its `anonymous_id`, else its `user_id`.",
    "point_in_time": "the visitor: its `user_id`, else the last user seen on the device by then, else the next, else the device.",
    "table": "the visitor: what the identity table says of its `user_id`, else of its `anonymous_id`; else the one or the other.",
}
_OF_ALIASES = {
    "first": "the visitor: the earliest `user_id` seen on the alias as a device, else the alias itself.",
    "device": "the visitor: the alias itself.",
    "table": "the visitor: what the identity table says of the alias, else the alias itself.",
}


def visitor_described(*, identity: IdentityName) -> dict[str, str]:
    """Return the description of an event's visitor."""
    return {"dbt_visitor_id": _VISITORS[identity]} if identity in _VISITORS else {}


def alias_described(*, identity: IdentityName) -> dict[str, str]:
    """Return the description of an alias's visitor."""
    return {"dbt_visitor_id": _OF_ALIASES[identity]} if identity in _OF_ALIASES else {}
