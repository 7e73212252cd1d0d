"""What an examination found, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sessionmodels.doctor.columns import FoundColumn
from sessionmodels.doctor.duplicates import Duplicates
from sessionmodels.doctor.ids import SuspiciousId
from sessionmodels.doctor.landing import Lateness, Loads
from sessionmodels.doctor.profile import Profile
from sessionmodels.doctor.visitors import Visitors


@dataclass(frozen=True)
class SourceFigures:
    """One source: its columns, and its rows since a moment."""

    name: str
    table: str
    """The table that it is read from, or its files."""

    columns: tuple[FoundColumn, ...]
    missing_context: tuple[str, ...]
    """The columns of the context that it does not fill."""

    zoneless: tuple[str, ...]
    """The columns with a time without a zone, where a loader writes times with one."""

    likely_load_times: tuple[str, ...]
    """The columns that probably hold a load time, if none was found."""

    since: datetime | None
    """From when on its rows were examined, UTC; None if all were."""

    by: str
    """By which time: `loaded_at` or `timestamp`."""

    profile: Profile
    lateness: Lateness | None
    """How late its events were loaded; None without load times."""

    loads: Loads | None

    @property
    def has_load_times(self) -> bool:
        """Whether it has a column with load times."""
        return self.lateness is not None

    @property
    def is_received(self) -> bool:
        """Whether its load time is when a server received the event, so that loads cannot be told apart."""
        return any(one.is_receipt for one in self.columns)


@dataclass(frozen=True)
class Figures:
    """All sources together."""

    sources: tuple[SourceFigures, ...]
    unreadable: Mapping[str, str]
    """By source, why it cannot be read."""

    duplicates: Duplicates
    ids: tuple[SuspiciousId, ...]
    visitors: Visitors
    session_zone: str
    """The time zone of the connection's session."""

    examined_at: datetime
    bytes_read: int | None
    """The bytes that it read on BigQuery; None on other warehouses."""

    @property
    def events(self) -> int:
        """The rows of all sources that the filter lets pass."""
        return sum(one.profile.events for one in self.sources)
