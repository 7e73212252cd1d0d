"""Settings about facts of a session that leave no default alone, for Settings and for the oracle."""

from typing import Any

from oracle import CONTEXT, Rules

FACTS: dict[str, Any] = {
    "context": {name: list(columns) for name, columns in CONTEXT} | {"revenue": ["revenue", "context_session_id"]},
    "page_events": ["page", "signup", "it's"],
    "conversion_events": ["viewed_product", ""],
    "engaged_seconds": 60,
    "session_columns": {
        "revenue": "sum(revenue)",
        "smallest": "min(revenue)",
        "largest": "max( revenue )",
        "first_term": "first(utm_term)",
        "last_term": "last(utm_term)",
        "last_revenue": "last(revenue)",
        "device": "first(device_type)",
        "paths": "sum(page_path)",
    },
}
FACTS_RULES = Rules(
    context=tuple((name, tuple(columns)) for name, columns in FACTS["context"].items()),
    page_events=tuple(FACTS["page_events"]),
    conversion_events=tuple(FACTS["conversion_events"]),
    engaged_seconds=60,
    session_columns=(
        ("revenue", "sum", "revenue"),
        ("smallest", "min", "revenue"),
        ("largest", "max", "revenue"),
        ("first_term", "first", "utm_term"),
        ("last_term", "last", "utm_term"),
        ("last_revenue", "last", "revenue"),
        ("device", "first", "device_type"),
        ("paths", "sum", "page_path"),
    ),
)
