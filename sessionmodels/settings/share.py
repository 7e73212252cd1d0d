"""A share, as it may be written."""

import re
from typing import Final

from sessionmodels.errors import SettingsError

Share = float | str
"""A fraction as a number, such as 0.005; or a text such as `0.5%`."""

WHOLE: Final = 100


def share_in(share: Share, what: str) -> float:
    """Return a share as a fraction.

    Raises:
        SettingsError: it is none.
    """
    fraction = percent_in(share) if isinstance(share, str) else share
    if isinstance(fraction, bool) or not isinstance(fraction, int | float) or not 0 <= fraction <= 1:
        msg = f"{what}={share!r} is no share of the visitors; write it such as {what}=0.005 or {what}='0.5%'"
        raise SettingsError(msg)
    return fraction


def fraction_in(text: str) -> float | None:
    """Return the fraction that a text such as `0.5%` or `0.005` says; None where it is none."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(%?)", text.strip())
    return float(found[1]) / (WHOLE if found[2] else 1) if found else None


def percent_in(text: str) -> float | None:
    """Return the fraction that a text in percent says; None where it is none."""
    return fraction_in(text) if text.strip().endswith("%") else None
