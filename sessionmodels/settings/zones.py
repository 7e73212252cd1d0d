"""The names of time zones."""

from functools import cache
from typing import Annotated, Final
from zoneinfo import available_timezones

from pydantic import AfterValidator

from sessionmodels.errors import did_you_mean
from sessionmodels.errors.redaction import quiet

UTC: Final = "UTC"
NO_PLACES: Final = {"Factory", "localtime"}
"""Names that this machine may know, but that no database does or that mean another zone on each machine."""


def _zone(value: str) -> str:
    if value != UTC and value not in _names():
        near = did_you_mean(value, _names())
        hint = near if near.startswith("did you mean") else "write a name of the IANA database, such as 'Europe/Berlin'"
        msg = f"there is no time zone {quiet(value)!r}; {hint}"
        raise ValueError(msg)
    return value


@cache
def _names() -> frozenset[str]:
    """Return the names of the IANA database. A machine without one has that of DuckDB's driver."""
    import pytz  # noqa: PLC0415 - only a zone other than UTC needs it

    return frozenset({*available_timezones(), *pytz.all_timezones} - NO_PLACES)


TimeZone = Annotated[str, AfterValidator(_zone)]
