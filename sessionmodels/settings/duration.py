"""Durations as users may write them."""

import math
import re
from datetime import timedelta
from typing import Final

from sessionmodels.errors import SettingsError

UNITS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}

Duration = float | str | timedelta
"""Seconds as a number; a text such as `90s`, `10m` or `1h`; or a `timedelta`."""


def seconds_in(duration: Duration, what: str = "wait: ") -> float:
    """Return the seconds of a duration.

    Raises:
        SettingsError: it is not a duration, or it is negative.
    """
    seconds = _seconds(duration)
    if seconds is None or not math.isfinite(seconds) or seconds < 0:
        msg = f"{what}expected a duration such as 90s, 10m, 1h or 7d, got {duration!r}; a bare number is seconds"
        raise SettingsError(msg)
    return seconds


def _seconds(duration: object) -> float | None:
    if isinstance(duration, timedelta):
        return duration.total_seconds()
    if isinstance(duration, str):
        found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", duration.strip())
        return float(found[1]) * UNITS[found[2]] if found else None
    return duration if isinstance(duration, int | float) and not isinstance(duration, bool) else None
