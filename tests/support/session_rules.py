"""The session rules, each alone and all together, as the oracle takes them and as settings."""

STARTING = ("signup", "it's", "")
RULES = {
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
        "max_session_minutes": 1,
    },
}


def settings_of(rules):
    """Return the oracle's rules as arguments of the settings."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in rules.items()}
