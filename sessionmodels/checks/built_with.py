"""Which checks do not fit relations that were built with other settings."""

from collections.abc import Mapping
from typing import Any

from sessionmodels.checks.check import Check
from sessionmodels.display.toml import settings_in_toml
from sessionmodels.settings import Settings


def why_other(check: Check, settings: Settings, others: Mapping[str, Any]) -> str:
    """Return that the relations were built with other settings, if the check depends on one of those; else nothing."""
    built = settings.model_copy(update=dict(others))
    if check.why_not(settings) and check.why_not(built):
        return ""  # it applies to neither
    return f"built with other settings: {settings_in_toml(others)}" if _needs(check, built) != _needs(check, settings) else ""


def _needs(check: Check, settings: Settings) -> list[Any]:
    """Return all that a check depends on."""
    names = (*check.sets, *check.scan.sets, *check.about)
    return [*(getattr(settings, name) for name in names), check.shows(settings), check.why_not(settings)]
