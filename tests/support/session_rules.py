"""The session rules, each alone and all together, and streams of busy visitors on whom they act."""

from datetime import datetime
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from oracle import MINUTE, Raw

STARTING = ("signup", "it's", "")
RULES: dict[str, dict[str, Any]] = {
    "sdk": {"sdk_sessions": True},
    "start events": {"start_events": STARTING},
    "campaign": {"cut_on_campaign": True},
    "midnight": {"cut_at_midnight": True, "time_zone": "Europe/Berlin"},
    "longest": {"max_session_minutes": 17},
    "all": {
        "sdk_sessions": True,
        "start_events": STARTING,
        "cut_on_campaign": True,
        "cut_at_midnight": True,
        "time_zone": "America/New_York",
        "max_session_minutes": 17,
    },
}

CLOCK_CHANGES = {"Europe/Berlin": ("2026-03-29", "2026-10-25"), "America/New_York": ("2026-03-08", "2026-11-01")}
"""The days of 23 and of 25 hours."""


def midnights() -> dict[tuple[str, str, int], int]:
    """Return the instant at which each of these days, and the day after it, begins in its zone."""
    found = {}
    for zone, days in CLOCK_CHANGES.items():
        for day in days:
            for after in (0, 1):
                begin = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone))
                begin = begin.replace(day=begin.day + after)
                found[zone, day, after] = int(begin.timestamp()) * 1_000_000
    return found


GAPS = (0, 0, 0, 1, MINUTE, 5 * MINUTE, 17 * MINUTE, 17 * MINUTE - 1, 29 * MINUTE, 30 * MINUTE, 30 * MINUTE + 1, 24 * 60 * MINUTE)
SDK = (None, None, "1", "1", "2")
CAMPAIGNS = (
    {},
    {},
    {},
    {"context_campaign_source": "a"},
    {"context_campaign_source": "a"},
    {"context_campaign_source": "a", "context_campaign_content": "b"},
    {"context_campaign_term": "a"},
)


def busy_visitor(number: int, dice: Random) -> list[Raw]:
    """Return the events of one or two devices whose user logs in now and then: at many a moment there are several."""
    now = dice.choice([*midnights().values()]) - dice.choice((0, 1, 20 * MINUTE))
    raws = []
    for n in range(dice.randint(1, 14)):
        now += dice.choice(GAPS)
        sdk = dice.choice(SDK)
        raws.append(
            Raw(
                id=f"{dice.choice('abc')}{n}~{number}",
                anonymous_id=dice.choice((f"d~{number}", f"d~{number}", f"D~{number}")),
                user_id=dice.choice((None, None, None, f"u~{number}")),
                event=dice.choice(("signup", "x", "x", "y", None)),
                timestamp=now,
                context=tuple({**dice.choice(CAMPAIGNS), **({} if sdk is None else {"context_session_id": sdk})}.items()),
            )
        )
    return raws


def busy_visitors(count: int, dice: Random) -> list[Raw]:
    """Return the events of so many visitors, in any order."""
    raws = [raw for number in range(count) for raw in busy_visitor(number, dice)]
    dice.shuffle(raws)
    return raws
