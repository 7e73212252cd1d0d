"""Settings about what is read: tables or files, their columns, and which of their rows are events."""

from collections.abc import Mapping
from typing import Any, Literal, Self, cast

from pydantic import Field, PrivateAttr, field_serializer, model_validator

from sessionmodels.errors.redaction import whole
from sessionmodels.settings.one_source import TRACKS, OneSource, SourcesByName, resolved, spelt
from sessionmodels.settings.reading import ReadSettings
from sessionmodels.settings.values import IgnoredIds, Moment, Name, Tracks, Value
from sessionmodels.settings.where import EXAMPLE, Filter, Where
from sessionmodels.sql.epoch import Unit


class SourceSettings(ReadSettings):
    """What is read. With several sources, `of_source` gives the settings of each."""

    tracks: Tracks = Field(
        default=None,
        description="files to read instead of a table, on DuckDB: 'events/*.parquet', CSV or JSON Lines; one, or a list",
    )
    format: Literal["rudderstack", "segment"] | None = Field(
        default=None,
        description="'rudderstack' or 'segment' if the files are a raw export of it, with its field names",
    )
    hive_partitioning: bool = Field(
        default=False, description="whether a folder `column=value` above a file is a column, and replaces the file's own"
    )
    source_schema: Name | None = Field(default=None, description="schema of the raw events; by default that of the connection")
    source_table: Name = Field(default="tracks", description="table of the raw events")
    sources: SourcesByName = Field(
        default={},
        description="the tables or files that are read as one stream, such as ['tracks', 'pages'], or with"
        " settings of their own: {'tracks': {}, 'pages': {'schema': 'web'}};"
        " by default `tracks` alone",
    )
    where: Filter = Field(
        default=Where(),
        description="which rows of the sources are events: conditions that must all hold, such as"
        f" [{EXAMPLE}], or an expression of SQLAlchemy; all rows by default",
    )

    id_column: Name = Field(default="id", description="column with the event's own id")
    anonymous_id_column: Name = Field(default="anonymous_id", description="column with the device's id")
    user_id_column: Name = Field(default="user_id", description="column with the person's id")
    event_column: Name = Field(default="event", description="column with the event's name")
    timestamp_column: Name = Field(default="timestamp", description="column with the time when the event happened")
    loaded_at_column: Name | None = Field(
        default=None,
        description="column with the load time; by default the first of `uuid_ts`, `loaded_at` and `received_at` that exists",
    )

    epoch_unit: Unit | None = Field(
        default=None,
        description="'s', 'ms' or 'us' if times are numbers: seconds, milliseconds or microseconds since 1970, in UTC",
    )
    loaded_since: Moment | None = Field(
        default=None,
        description="read only events loaded at this time or later; results hold no others, and sessions are numbered from there",
    )

    ignored_events: list[Value] = Field(
        default=[], description="names of events to leave out of all relations, such as ['heartbeat']"
    )
    ignored_ids: IgnoredIds = Field(
        default=[],
        description="ids of devices and users that are not real, such as ['unknown']; compared exactly, and read as null",
    )

    _source: str | None = PrivateAttr(default=None)
    """The source that these settings are of, if they are of one of several."""

    @field_serializer("tracks", when_used="json-unless-none")
    def _without_secrets(self, tracks: Any) -> Any:
        return _shown(tracks)

    @field_serializer("sources", when_used="json")
    def _sources_without_secrets(self, sources: Any) -> Any:
        return {name: own | ({"files": _shown(own["files"])} if own.get("files") else {}) for name, own in sources.items()}

    @model_validator(mode="after")
    def _format_of_files(self) -> Self:
        """Refuse a format of files where a table is read."""
        if self.format and not self.all_files:
            msg = "format is set but tracks is not: it describes files, and a table is read; set tracks, too, or remove format"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _tracks_among_sources(self) -> Self:
        """Refuse `source_table` if `sources` is set without `tracks`, and `tracks` if `sources.tracks` has a table or files."""
        own = self.by_source.get(TRACKS)
        if self.by_source and own is None and "source_table" in self.model_fields_set:
            msg = "source_table is set, but sources does not name tracks, whose table it is; add tracks to sources, or remove it"
            raise ValueError(msg)
        if own and self.tracks and (own.keys() & {"files", "table", "schema"}):
            msg = "tracks (files) is set, and sources.tracks names a table or files, too; keep one of them"
            raise ValueError(msg)
        return self

    @property
    def by_source(self) -> dict[str, OneSource]:
        """What each source has for itself. The setting `sources` takes it in several forms."""
        return cast("dict[str, OneSource]", self.sources)

    @property
    def source_names(self) -> tuple[str, ...]:
        """The sources that are read as one stream. Files in `tracks` are one of them."""
        is_left_out = bool(self.by_source) and self.tracks is not None and TRACKS not in self.by_source
        return (TRACKS, *self.by_source) if is_left_out or not self.by_source else tuple(self.by_source)

    def of_source(self, name: str) -> Self:
        """Return the settings of one source: its own, else those that hold for all."""
        if not self.by_source:
            return self
        found = self.model_copy(update=resolved(name, self.by_source.get(name, {}), vars(self)))
        if name in self.by_source:
            found._source = name  # noqa: SLF001 - a copy of its own
        return found

    def with_source_schemas(self, schemas: Mapping[str, str | None]) -> Self:
        """Return the settings with these schemas of sources. They are right, and not checked again."""
        if not self.by_source:
            return self.model_copy(update={"source_schema": next(iter(schemas.values()))})
        found = {name: {"schema": schemas[name]} for name in self.by_source.keys() & schemas.keys()}
        sources = {name: {**own, **found.get(name, {})} for name, own in self.by_source.items()}
        return self.model_copy(update={"sources": sources})

    def spelt(self, setting: str) -> str:
        """Return a setting's name as the user writes it, for messages."""
        return setting if self._source is None else spelt(setting, self._source)

    @property
    def files_option(self) -> str:
        """The option of the command that names files in place of this source's table, for messages."""
        return "--tracks FILES" if self._source is None else f"--source {self._source}=FILES"

    @property
    def row_filter(self) -> Where:
        """Which rows are events. The setting `where` takes it in several forms."""
        return cast("Where", self.where)

    @property
    def source_name(self) -> str:
        """The name of the source that these settings are of."""
        return self._source or TRACKS

    @property
    def own(self) -> OneSource:
        """What that source has for itself."""
        return self.by_source.get(self._source or "", {})

    @property
    def in_source(self) -> str:
        """Where a setting of that source is set, for messages; nothing if there is one source."""
        return "" if self._source is None else f" in sources.{self._source}"

    @property
    def all_files(self) -> tuple[str, ...]:
        """The files or patterns of all sources."""
        return tuple(file for name in self.source_names for file in self.of_source(name).files)

    @property
    def files(self) -> tuple[str, ...]:
        """The files or patterns that are read; none if a table is. With several sources, ask the settings of each."""
        tracks = cast("str | tuple[str, ...] | None", self.tracks)
        return (tracks,) if isinstance(tracks, str) else tracks or ()


def _shown(files: Any) -> Any:
    """Return files without the secrets in their URLs."""
    return whole(files) if isinstance(files, str) else [whole(one) for one in files]
