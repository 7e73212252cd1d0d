"""Settings of channels that use every operator and every field: rules, sites and domains of one's own."""

from typing import Any


def rule(channel: str, *conditions: tuple) -> dict:
    """Return a rule as it is written in settings."""
    names = "column", "operator", "value"
    return {"channel": channel, "where": [dict(zip(names, one, strict=False)) for one in conditions]}


OWN: dict[str, Any] = {
    "own_domains": ["www.Pay.example"],
    "channel_sites": {"inside": ["Intranet", "wiki.example"], "search": ["www.Kagi.com"], "social": ["mail.google.com", "ask"]},
    "channel_rules": [
        rule("Staff", ("site", "in", ["inside", "video"]), ("medium", "!=", "cpc")),
        rule("Podcast", ("source", "starts with", "Pod"), ("campaign", "not contains", "Repeat")),
        rule("Podcast", ("source", "=", "radio")),
        rule("Untagged", ("medium", "is null"), ("campaign", "is not null")),
        rule("Partners", ("source", "not in", ["google", "newsletter"]), ("medium", "=", "cpc")),
        rule("Mail", ("medium", "contains", "mail"), ("source", "not starts with", "x")),
    ],
}


def of_oracle(own: dict[str, Any]) -> dict[str, Any]:
    """Return settings of channels as the oracle takes them."""
    names = {"channel_rules": "rules", "channel_sites": "sites"}
    return {names.get(name, name): one for name, one in own.items()}
