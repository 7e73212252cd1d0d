"""A small shop whose figures are known: as `ask` answers them, and else counted in plain Python from the rows."""

from decimal import Decimal
from random import Random
from typing import Any

import sqlalchemy as sa
from everything import FACTS
from oracle import MINUTE, Raw
from streams import CODES, STARTS, events
from tables import read, write_tracks

from sessionmodels import Settings, ask, build_all

AS_ASKED = {
    "sessions": "sessions",
    "visitors": "visitors",
    "events": "events",
    "total_page_views": "page_views",
    "total_conversions": "conversions",
    "engaged_sessions": "engaged_sessions",
    "bounce_rate": "bounce_rate",
    "conversion_rate": "conversion_rate",
    "average_minutes": "average_minutes",
}
"""By figure of an export, the column of `ask sessions_by`."""

OF_EXPORTS: dict[str, Any] = {
    **FACTS,
    "table_prefix": "Shop_",
    "event_counters": {"cnt_signup": ["signup"], "order": ["order_completed", "it's", '"quoted" %s %(x)s', "{{ x }} {% y %}"]},
    "session_columns": {**FACTS["session_columns"], "least": "min(revenue)"},
    "conversion_events": ["order_completed", "signup"],
}
"""Settings with names that must be quoted, and with figures of one's own."""


def shop() -> list[Raw]:
    """Return events that are always the same: nasty ones, and orders on pages."""
    dice = Random(16)
    raws = [one for n in range(12) for one in events(n, STARTS[0], [dice.randrange(CODES) for _ in range(10)])]
    for n in range(30):
        page = (("context_page_path", f"/{n % 4}"), ("revenue", f"{n}.50"))
        at = STARTS[0] + n * 25 * MINUTE
        raws.append(Raw(f"p{n}", f"shopper{n % 3}", None, "page", at, at, page))
        if n % 7 == 0:
            raws.append(Raw(f"o{n}", f"shopper{n % 3}", f"user{n % 3}", "order_completed", at + MINUTE, at, page))
    return raws


def build_shop(engine: sa.Engine, **chosen: Any) -> Settings:
    """Build the relations of the shop, and return the settings."""
    settings = Settings(**OF_EXPORTS | chosen)
    write_tracks(engine, shop())
    build_all(engine, settings)
    return settings


def expected_figures(engine: sa.Engine, settings: Settings) -> dict[str, Any]:
    """Return every figure."""
    (asked,) = ask(engine, "sessions_by", settings).to_dicts()
    sessions, visitors, happened = (read(engine, one, settings) for one in ("sessions", "user_session_facts", "session_events"))
    seen = [one for one in sessions if one["page_views"]]
    number = sum(one["number_of_sessions"] for one in visitors)
    counted = {
        "total_minutes": sum(one["session_duration"] for one in sessions),
        "bounces": sum(bool(one["is_bounce"]) for one in sessions),
        "sessions_with_page_view": len(seen),
        "converted_sessions": sum(one["conversions"] > 0 for one in sessions),
        "engagement_rate": sum(one["is_engaged"] for one in sessions) / len(sessions),
        "event_count": len(happened),
        "active_visitors": len({one["dbt_visitor_id"] for one in happened}),
        "all_visitors": len(visitors),
        "sessions_of_visitors": number,
        "returning_visitors": sum(one["number_of_sessions"] > 1 for one in visitors),
        "sessions_per_visitor": number / len(visitors),
        "aliases": len(read(engine, "aliases_mapping", settings)),
    }
    own = {f"total_{name}": sum(one[name] for one in sessions) for name in settings.event_counters}
    revenue = [one["revenue"] for one in sessions if one["revenue"] is not None]
    least = [one["least"] for one in sessions if one["least"] is not None]
    return {
        **{name: asked[column] for name, column in AS_ASKED.items()},
        **counted,
        **own,
        "total_revenue": sum(revenue, Decimal(0)),
        "smallest_least": min(least),
    }


def same(found: Any, expected: Any) -> bool:
    """Whether two figures are the same, but for the last digits of a quotient."""
    return found is not None and abs(float(found) - float(expected)) <= 1e-9 * max(1.0, abs(float(expected)))
