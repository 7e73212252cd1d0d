"""Formats counts, times and durations for people."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sessionmodels.display.escape import visible


class Figure(str):
    """A number that is already formatted. It is aligned right, like any other number."""

    __slots__ = ()


def count(number: int, noun: str) -> str:
    """Return a number and its noun: `1 row`, `1,234 rows`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def seconds(length: float) -> Figure:
    """Return a duration: `7.9 s`."""
    return Figure(f"{length:,.1f} s")


def moment(when: datetime) -> str:
    """Return a moment with year and zone. A moment without a zone is in UTC, like every time in our tables."""
    try:
        utc = when.astimezone(UTC) if when.tzinfo else when
    except OverflowError:  # within a day of the year 1 or 9999
        return when.isoformat(" ", "seconds")
    return f"{utc.replace(tzinfo=None).isoformat(' ', 'seconds')} UTC"


def age(when: datetime) -> str:
    """Return how long ago a moment was."""
    minutes = int((datetime.now(UTC) - when).total_seconds() // 60)
    for size, unit in ((24 * 60, "day"), (60, "hour"), (1, "minute")):
        if minutes >= (2 * size if size > 1 else 1):
            return f"{count(minutes // size, unit)} ago"
    return "just now"


def value(found: Any) -> str:
    """Return a row's value in one line: numbers with thousands separators, moments in UTC, nothing for null."""
    if found is None:
        return ""
    if isinstance(found, bool):
        return str(found).lower()
    if isinstance(found, int):
        return f"{found:,}"
    if isinstance(found, float | Decimal):
        whole, point, fraction = f"{found:,.2f}".partition(".")
        return whole + (point + fraction).rstrip("0").rstrip(".")
    return visible(moment(found) if isinstance(found, datetime) else str(found))
