"""The settings of the demo, as a user would write them into `sessionmodels.toml`."""

import tomllib
from typing import Final

from sessionmodels.settings import Settings, defaults

SETTINGS_FILE: Final = """\
page_events = ["visited_home", "viewed_category", "viewed_product", "searched"]
conversion_events = ["ordered"]"""

FUNNEL: Final = "viewed_product", "added_to_cart", "started_checkout", "ordered"
LAST_DAYS: Final = 30
"""What the demo's report covers: half of the days, so that there is a period before."""


def demo_settings() -> Settings:
    """Return these settings, whatever files and the environment set."""
    return defaults(**tomllib.loads(SETTINGS_FILE))
