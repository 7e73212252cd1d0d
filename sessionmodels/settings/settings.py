"""Every setting, validated before anything is touched.

From, in this order: arguments; `SESSIONMODELS_*` in the environment; `sessionmodels.toml`, then `[tool.sessionmodels]` of
`pyproject.toml`, in the working directory; the defaults below.
"""

from typing import Any, ClassVar, Literal, Self, cast

from pydantic import Field, field_serializer, model_validator
from pydantic_settings import SettingsConfigDict

from sessionmodels.errors.redaction import whole
from sessionmodels.settings.reading import ReadSettings
from sessionmodels.settings.values import (
    COUNTERS,
    COUNTERS_OF_DBT,
    MAX_FLOW_DEPTH,
    MAX_IDLE_MINUTES,
    MAX_OVERLAP_HOURS,
    EventCounters,
    Kinds,
    Moment,
    Name,
    Prefix,
    Secret,
    Share,
    Tracks,
    Whole,
)
from sessionmodels.sql.elapsed import MICROSECONDS_A_MINUTE
from sessionmodels.sql.epoch import Unit


class Settings(ReadSettings):
    """What to read, what to write, and what a session is. Immutable.

    Raises:
        SettingsError: a value is wrong or a name unknown. It names the setting, what was found, what to write instead, and the
            place that it came from.
    """

    url: Secret | None = Field(
        default=None, description="where the command connects, as a SQLAlchemy URL; `build_all` is handed an engine"
    )
    tracks: Tracks = Field(
        default=None,
        description="files to read in place of a table, on DuckDB: 'events/*.parquet', CSV or JSON Lines; one, or a list",
    )
    format: Literal["rudderstack", "segment"] | None = Field(
        default=None,
        description="'rudderstack' or 'segment' where the files are its raw export: columns then have its names for them",
    )
    hive_partitioning: bool = Field(
        default=False, description="whether a folder `column=value` above a file is a column, in place of the file's own"
    )
    source_schema: Name | None = Field(default=None, description="schema of the raw events; the connection's default unless set")
    source_table: Name = Field(default="tracks", description="table of the raw events")
    target_schema: Name | None = Field(default=None, description="schema of the results; the connection's default unless set")
    table_prefix: Prefix = Field(default="dbt_", description="stands before each relation's name")

    id_column: Name = Field(default="id", description="the event's own id")
    anonymous_id_column: Name = Field(default="anonymous_id", description="the device's id")
    user_id_column: Name = Field(default="user_id", description="the person's id")
    event_column: Name = Field(default="event", description="the event's name")
    timestamp_column: Name = Field(default="timestamp", description="when it happened")
    loaded_at_column: Name | None = Field(
        default=None, description="when it was loaded; `uuid_ts`, `loaded_at` or `received_at`, whichever is there, unless set"
    )

    epoch_unit: Unit | None = Field(
        default=None,
        description="'s', 'ms' or 'us' where times are numbers: seconds, milliseconds or microseconds since 1970, in UTC",
    )
    loaded_since: Moment | None = Field(
        default=None,
        description="read only events loaded at that time or later; results then hold no others, and sessions count from there",
    )

    max_excluded_share: Share = Field(
        default=0.5, description="a build of whose events more than this share can be in no relation fails, and changes nothing"
    )
    max_duplicate_share: Share = Field(
        default=0.5, description="a build of whose events more than this share have another event's id fails, and changes nothing"
    )
    allow_empty: bool = Field(
        default=False,
        description="whether a build may leave results empty that have rows; else it fails, and changes nothing",
    )

    idle_minutes: Whole = Field(
        default=30, ge=1, le=MAX_IDLE_MINUTES, description="a pause of more than this many minutes starts a new session"
    )
    flow_depth: Whole = Field(
        default=5, ge=1, le=MAX_FLOW_DEPTH, description="how many events `tracks_flow` shows, the event itself included"
    )
    compatibility: Literal["exact", "dbt"] = Field(
        default="exact", description="'dbt' gives the figures of the dbt project that this replaces"
    )
    deduplicate: bool = Field(
        default_factory=lambda data: data.get("compatibility") != "dbt",
        description="rows with one id are one event; true unless set, false with compatibility='dbt'",
    )
    event_counters: EventCounters = Field(
        default_factory=lambda data: COUNTERS_OF_DBT if data.get("compatibility") == "dbt" else COUNTERS,
        description="columns of `session_track_facts`, and the event names that each counts",
    )
    kinds: Kinds = Field(
        default_factory=dict,
        description="'table', 'view' or, on PostgreSQL, 'materialized_view' for a relation, such as {'tracks_flow': 'view'}",
    )

    incremental: bool = Field(
        default=False,
        description="whether a build of all relations is incremental: only new rows are read; a flag or an argument overrides it",
    )
    overlap_hours: Whole = Field(
        default=6,
        ge=0,
        le=MAX_OVERLAP_HOURS,
        description="an incremental build reads again what was loaded in this many hours before the last one's watermark",
    )
    retries: Whole = Field(
        default=4, ge=0, le=20, description="how often a build is retried after a transient failure, such as a lost connection"
    )
    grant_to: list[Name] = Field(
        default=[], description="roles granted SELECT on the results and the status, such as ['analyst']"
    )
    layout: bool = Field(
        default=True, description="cluster or index tables by visitor and time, as the warehouse does that; else plain"
    )
    bigquery_partition_by: Literal["day", "month", "year"] = Field(
        default="day", description="how long a partition is on BigQuery; a statement there fills 4,000 of them at most"
    )
    bigquery_partition_expiration_days: Whole | None = Field(
        default=None, ge=1, description="after how many days a partition of a result is dropped there; never unless set"
    )
    bigquery_require_partition_filter: bool = Field(
        default=False, description="whether queries there must name a time; not of tables that a view of ours reads"
    )
    bigquery_maximum_bytes_billed: Whole | None = Field(
        default=None, ge=1, description="how many bytes one statement of a build may bill there; it fails without cost above"
    )
    snowflake_cluster_above: Whole = Field(
        default=100_000_000,
        ge=0,
        description="how many raw events it takes on Snowflake for tables to be clustered by time and visitor",
    )

    @field_serializer("tracks", when_used="json-unless-none")
    def _without_secrets(self, tracks: Any) -> Any:
        return whole(tracks) if isinstance(tracks, str) else [whole(one) for one in tracks]

    @model_validator(mode="after")
    def _format_of_files(self) -> Self:
        """Refuse a format of files where a table is read."""
        if self.format and not self.tracks:
            msg = "format says how files are written, and no file is named; set tracks, too, or leave out format"
            raise ValueError(msg)
        return self

    @property
    def files(self) -> tuple[str, ...]:
        """The files or patterns that `tracks` names; none where a table is read."""
        tracks = cast("str | tuple[str, ...] | None", self.tracks)
        return (tracks,) if isinstance(tracks, str) else tracks or ()

    @property
    def whole_minutes(self) -> bool:
        """Whether minutes are whole, the rest cut off, as BigQuery gave them to the dbt project."""
        return self.compatibility == "dbt"

    @property
    def flow_so_far(self) -> bool:
        """Whether `tracks_flow` shows the session's first names as far as it has come, as the dbt project did."""
        return self.compatibility == "dbt"

    @property
    def longest_idle_microseconds(self) -> int:
        """The longest pause inside a session. Whole minutes are more than 30 only from 31:00 on."""
        if self.whole_minutes:
            return (self.idle_minutes + 1) * MICROSECONDS_A_MINUTE - 1
        return self.idle_minutes * MICROSECONDS_A_MINUTE


class _Defaults(Settings):
    """Settings that read neither the environment nor the working directory."""

    model_config = SettingsConfigDict(
        env_prefix="NOT_READ_",
        toml_file=None,
        pyproject_toml_table_header=None,  # pyright: ignore[reportArgumentType] - as if it had not been set
    )

    reads_outside: ClassVar = False


def defaults(**values: Any) -> Settings:
    """Return the defaults but for what is given, the same everywhere: for the demo, and for proofs."""
    return _Defaults(**values)
