"""Formats counts, times and durations for people."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from sessionmodels.display.escape import visible


class Figure(str):
    """A number that is already formatted. It is aligned right, like any other number."""

    __slots__ = ()


def count(number: int, noun: str) -> str:
    """Return a number and its noun: `1 row`, `1,234 rows`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def sentence(text: str) -> str:
    """Return a text with a capital letter in front."""
    return text[:1].upper() + text[1:]


def seconds(length: float) -> Figure:
    """Return a duration: `7.9 s`."""
    return Figure(f"{length:,.1f} s")


def moment(when: datetime) -> str:
    """Return a moment with year and zone. A moment without a zone is in UTC, like every time in our tables."""
    return _written(when, "seconds")


def exact_moment(when: datetime) -> str:
    """Return the same with every microsecond that the moment has."""
    return _written(when, "auto")


def _written(when: datetime, resolution: str) -> str:
    try:
        utc = when.astimezone(UTC) if when.tzinfo else when
    except OverflowError:  # within a day of the year 1 or 9999
        return when.isoformat(" ", resolution)
    return f"{utc.replace(tzinfo=None).isoformat(' ', resolution)} UTC"


def span(microseconds: int, *, exact: bool = False) -> str:
    """Return a length of time as people say it: `2 d 3 h`, `12 min 3 s`, `0.5 s`.

    Unless `exact`, it is cut to whole seconds, or to milliseconds if it is below a minute. Below a millisecond, nothing is cut.
    """
    if not exact and microseconds >= _MILLISECOND:
        microseconds -= microseconds % (_SECOND if microseconds >= _MINUTE else _MILLISECOND)
    whole, rest = divmod(microseconds, _SECOND)
    parts = []
    for size, unit in ((24 * 3600, "d"), (3600, "h"), (60, "min")):
        number, whole = divmod(whole, size)
        parts += [f"{number:,} {unit}"] if number else []
    if whole or rest or not parts:
        parts.append((f"{whole}.{rest:06}".rstrip("0") if rest else f"{whole}") + " s")
    return " ".join(parts)


_MILLISECOND, _SECOND, _MINUTE = 1_000, 1_000_000, 60_000_000

LONGEST_VALUE: Final = 60
"""The number of characters of a value that are displayed. An id may have 65,535."""


def short(found: Any) -> Any:
    """Cut off the end of a text that is too long to display. Anything else is returned unchanged."""
    return f"{found[: LONGEST_VALUE - 3]}..." if isinstance(found, str) and len(found) > LONGEST_VALUE else found


def quoted(found: str | None) -> str:
    """Return a text from a warehouse in quotes, shortened if it is long; `none` if there is none."""
    return "none" if found is None else f"'{short(found)}'"


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
