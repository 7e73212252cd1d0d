"""What can be odd about a source."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

RULES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "unreadable_source": "A source does not exist, or lacks a column that it must have. The others are examined.",
        "missing_column": "An optional column is missing: an id, or the load time.",
        "unexpected_type": "A column has another type than loaders give it, such as numbers as ids, or text as a time.",
        "no_time_zone": "Times have no zone, on a warehouse where loaders write times with one. They are read as UTC.",
        "no_event_id": "Rows have no event id.",
        "no_visitor": "Rows have neither a device id nor a user id.",
        "blank_id": "Device ids or user ids are empty, or only spaces. They are read as null.",
        "long_id": "Ids have more than 65,535 characters.",
        "no_event": "Rows have no event name.",
        "no_time": "Rows have no time.",
        "unreadable_time": "Times are text that cannot be read as a time.",
        "time_out_of_range": "Times are outside of the years 1 to 9999.",
        "in_future": "Events have a time more than five minutes in the future.",
        "after_load": "Events happened more than five minutes after they were loaded.",
        "long_ago": "Events happened before 2011, or more than a year before they were loaded.",
        "only_dates": "More than half of the events happened at midnight in UTC, as if times were only dates.",
        "no_load_time": "Rows have no load time, although the source has a column for it.",
        "times_not_utc": (
            "Half of the events happened 15 minutes or more after they were loaded, or 95 % of them happened an hour or more"
            " before they were loaded, although the pauses between loads are shorter."
        ),
        "slow_loads": "`overlap_hours` is shorter than twice the 95th percentile of the pauses between loads.",
        "received_at": "The load time is `received_at`: when a server received the event, which is before it was loaded.",
        "placeholder_id": "Ids are placeholders such as `null`, `undefined` or `unknown`, or consist of zeros and dashes.",
        "many_devices": "Users have a thousand devices or more.",
        "many_users": "Devices have a hundred users or more.",
        "duplicates": "Rows have the id of another row of the same source.",
        "duplicates_with_other_times": "Rows of one id have different times.",
        "heavy_visitors": "A visitor has more than a tenth of all events, although there are twenty visitors or more.",
        "fast_visitors": "A visitor with a hundred events or more has more than twenty a minute, on average.",
        "session_zone": "The time zone of the connection's session is not UTC.",
    }
)
"""What can be odd, by name."""


@dataclass(frozen=True)
class Finding:
    """Something odd."""

    rule: str
    """What is odd, for programs: one of `RULES`."""

    source: str
    """The source's name; empty if it is about all of them."""

    rows: int
    """How many rows, ids or visitors it is about; 0 if it is not about a number of them."""

    says: str
