"""Every setting, validated before anything is changed.

Values come from, in this order: arguments; `SESSIONMODELS_*` in the environment; `sessionmodels.toml`, then
`[tool.sessionmodels]` of `pyproject.toml`, in the working directory; the defaults below.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self, cast

from pydantic import Field, PrivateAttr, field_serializer, model_validator
from pydantic_settings import SettingsConfigDict

from sessionmodels.errors.redaction import whole
from sessionmodels.rules.context import CONTEXT
from sessionmodels.settings.one_source import TRACKS, OneSource, SourcesByName, resolved, spelt
from sessionmodels.settings.reading import ReadSettings
from sessionmodels.settings.values import (
    COUNTERS,
    COUNTERS_OF_DBT,
    MAX_FLOW_DEPTH,
    MAX_IDLE_MINUTES,
    MAX_OVERLAP_HOURS,
    ChosenKinds,
    Context,
    EventCounters,
    Moment,
    Name,
    Prefix,
    Secret,
    Share,
    Tracks,
    Whole,
)
from sessionmodels.settings.where import EXAMPLE, Filter, Where
from sessionmodels.sql.elapsed import MICROSECONDS_A_MINUTE
from sessionmodels.sql.epoch import Unit


class Settings(ReadSettings):
    """What to read, what to write, and what a session is. Immutable.

    Raises:
        SettingsError: a value is wrong or a name unknown. The message names the setting, what was found, what to write instead,
            and where the value came from.
    """

    url: Secret | None = Field(
        default=None, description="the SQLAlchemy URL that the command connects to; `build_all` takes an engine instead"
    )
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
        description="the tables or files that are read as one stream, such as {'tracks': {}, 'pages': {'schema': 'web'}};"
        " by default `tracks` alone",
    )
    where: Filter = Field(
        default=Where(),
        description="which rows of the sources are events: conditions that must all hold, such as"
        f" [{EXAMPLE}], or an expression of SQLAlchemy; all rows by default",
    )
    target_schema: Name | None = Field(default=None, description="schema of the results; by default that of the connection")
    table_prefix: Prefix = Field(default="dbt_", description="what each relation's name starts with")

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

    max_excluded_share: Share = Field(
        default=0.5, description="a build fails and changes nothing if it would exclude more than this share of its events"
    )
    max_duplicate_share: Share = Field(
        default=0.5, description="a build fails and changes nothing if more than this share of its events have another event's id"
    )
    allow_empty: bool = Field(
        default=False,
        description="whether a build may empty a result that has rows; otherwise it fails and changes nothing",
    )

    idle_minutes: Whole = Field(
        default=30, ge=1, le=MAX_IDLE_MINUTES, description="a pause of more than this many minutes starts a new session"
    )
    flow_depth: Whole = Field(
        default=5,
        ge=1,
        le=MAX_FLOW_DEPTH,
        description="how many events `session_events` and `tracks_flow` show, including the event itself",
    )
    compatibility: Literal["exact", "dbt"] = Field(
        default="exact", description="'dbt' gives the figures of the dbt project that sessionmodels replaces"
    )
    deduplicate: bool = Field(
        default_factory=lambda data: data.get("compatibility") != "dbt",
        description="whether rows with the same id are one event; true by default, false with compatibility='dbt'",
    )
    event_counters: EventCounters = Field(
        default_factory=lambda data: COUNTERS_OF_DBT if data.get("compatibility") == "dbt" else COUNTERS,
        description="columns of `sessions`, and the names of the events that each counts",
    )
    context: Context = Field(
        default=CONTEXT,
        description="columns of `session_events`, and the source's columns that each is read from: the first that is not null",
    )
    kinds: ChosenKinds = Field(
        default_factory=dict,
        description="'table', 'view' or, on PostgreSQL, 'materialized_view' for each relation, as in {'tracks_flow': 'table'}",
    )

    incremental: bool = Field(
        default=False,
        description="whether a build of all relations is incremental and reads only new rows; a flag or an argument overrides it",
    )
    overlap_hours: Whole = Field(
        default=6,
        ge=0,
        le=MAX_OVERLAP_HOURS,
        description="an incremental build reads again what was loaded in this many hours before the last watermark",
    )
    retries: Whole = Field(
        default=4, ge=0, le=20, description="how often a build is retried after a transient error, such as a lost connection"
    )
    grant_to: list[Name] = Field(
        default=[], description="roles that are granted SELECT on the results and the table of builds, such as ['analyst']"
    )
    layout: bool = Field(
        default=True, description="whether tables are clustered or indexed by visitor and time, as the warehouse supports it"
    )
    bigquery_partition_by: Literal["day", "month", "year"] = Field(
        default="day", description="how long a partition is on BigQuery; one statement can fill at most 4,000 partitions there"
    )
    bigquery_partition_expiration_days: Whole | None = Field(
        default=None,
        ge=1,
        description="after how many days BigQuery drops a partition of a result, and its rows; never by default",
    )
    bigquery_require_partition_filter: bool = Field(
        default=False, description="whether queries on BigQuery must filter by time, where every view of the table shows the time"
    )
    bigquery_maximum_bytes_billed: Whole | None = Field(
        default=None,
        ge=1,
        description="how many bytes one statement of a build may bill on BigQuery; above that it fails, at no cost",
    )
    snowflake_cluster_above: Whole = Field(
        default=100_000_000,
        ge=0,
        description="the number of raw events above which tables are clustered by time and visitor on Snowflake",
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
        """Refuse a table or files of `tracks` that `sources` leaves out, or gives other ones."""
        own = self.sources.get(TRACKS)
        if self.sources and own is None and "source_table" in self.model_fields_set:
            msg = "source_table is set, but sources does not name tracks, whose table it is; add tracks to sources, or remove it"
            raise ValueError(msg)
        if own and self.tracks and (own.keys() & {"files", "table", "schema"}):
            msg = "tracks (files) is set, and sources.tracks names a table or files, too; keep one of them"
            raise ValueError(msg)
        return self

    @property
    def source_names(self) -> tuple[str, ...]:
        """The sources that are read as one stream. Files in `tracks` are one of them."""
        is_left_out = bool(self.sources) and self.tracks is not None and TRACKS not in self.sources
        return (TRACKS, *self.sources) if is_left_out or not self.sources else tuple(self.sources)

    def of_source(self, name: str) -> "Settings":
        """Return the settings of one source: its own, else those that hold for all."""
        if not self.sources:
            return self
        found = self.model_copy(update=resolved(name, self.sources.get(name, {}), vars(self)))
        if name in self.sources:
            found._source = name  # noqa: SLF001 - a copy of its own
        return found

    def with_source_schemas(self, schemas: Mapping[str, str | None]) -> "Settings":
        """Return the settings with these schemas of sources. They are right, and not checked again."""
        if not self.sources:
            return self.model_copy(update={"source_schema": next(iter(schemas.values()))})
        sources = {name: {**own, **({"schema": schemas[name]} if name in schemas else {})} for name, own in self.sources.items()}
        return self.model_copy(update={"sources": sources})

    def spelt(self, setting: str) -> str:
        """Return a setting's name as the user writes it, for messages."""
        return setting if self._source is None else spelt(setting, self._source)

    @property
    def source_name(self) -> str:
        """The name of the source that these settings are of."""
        return self._source or TRACKS

    @property
    def own(self) -> OneSource:
        """What that source has for itself."""
        return self.sources.get(self._source or "", {})

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
        """The files or patterns that `tracks` names; none if a table is read."""
        tracks = cast("str | tuple[str, ...] | None", self.tracks)
        return (tracks,) if isinstance(tracks, str) else tracks or ()

    @property
    def whole_minutes(self) -> bool:
        """Whether minutes are truncated to whole ones, as the dbt project's BigQuery functions did."""
        return self.compatibility == "dbt"

    @property
    def flow_so_far(self) -> bool:
        """Whether `tracks_flow` shows the session's first event names up to the row's event, as the dbt project did."""
        return self.compatibility == "dbt"

    @property
    def longest_idle_microseconds(self) -> int:
        """The longest pause within a session. Whole minutes exceed 30 only from 31:00 on."""
        if self.whole_minutes:
            return (self.idle_minutes + 1) * MICROSECONDS_A_MINUTE - 1
        return self.idle_minutes * MICROSECONDS_A_MINUTE


def _shown(files: Any) -> Any:
    """Return files without the secrets in their URLs."""
    return whole(files) if isinstance(files, str) else [whole(one) for one in files]


class _Defaults(Settings):
    """Settings that come neither from the environment nor from the working directory."""

    model_config = SettingsConfigDict(
        env_prefix="NOT_READ_",
        toml_file=None,
        pyproject_toml_table_header=None,  # pyright: ignore[reportArgumentType] - means unset
    )

    reads_outside: ClassVar = False


def defaults(**values: Any) -> Settings:
    """Return the defaults with these values, the same on every machine: for the demo and the conformance run."""
    return _Defaults(**values)
