"""Settings that leave nothing off: several sources, a filter, an identity, every session rule, and facts of one's own."""

from typing import Any

from sessionmodels.rules.context import CONTEXT

FACTS: dict[str, Any] = {
    "context": CONTEXT | {"revenue": ["revenue"]},
    "conversion_events": ["order_completed"],
    "session_columns": {"revenue": "sum(revenue)", "last_term": "last(utm_term)"},
}

EVERYTHING: dict[str, Any] = {
    "sources": {"tracks": {}, "pages": {"schema": "web"}, "order_completed": {}},
    "where": [{"column": "context_ip", "operator": "!=", "value": "10.0.0.1"}],
    "identity": "point_in_time",
    "ignored_ids": ["unknown"],
    "ignored_events": ["heartbeat"],
    "sdk_sessions": True,
    "start_events": ["app_opened"],
    "cut_on_campaign": True,
    "cut_at_midnight": True,
    "time_zone": "Europe/Berlin",
    "max_session_minutes": 240,
    **FACTS,
}
