"""Every setting, validated before anything is touched.

From, in this order: arguments; `SESSIONMODELS_*` in the environment; `sessionmodels.toml`, then `[tool.sessionmodels]` of
`pyproject.toml`, in the working directory; the defaults below.
"""

import os
import tomllib
from datetime import datetime
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as UnreadableSettings

from sessionmodels.errors import SettingsError, did_you_mean
from sessionmodels.settings.places import Arguments, Environment, File, Pyproject
from sessionmodels.settings.values import (
    COUNTERS,
    COUNTERS_OF_DBT,
    MAX_FLOW_DEPTH,
    MAX_IDLE_MINUTES,
    MAX_OVERLAP_HOURS,
    EventCounters,
    Kinds,
    Name,
    Prefix,
    Tracks,
    Whole,
)
from sessionmodels.settings.words import about_values, about_variable, broken_file
from sessionmodels.sql.elapsed import MICROSECONDS_A_MINUTE
from sessionmodels.sql.epoch import Unit


class Settings(BaseSettings):
    """What to read, what to write, and what a session is. Immutable.

    Raises:
        SettingsError: a value is wrong or a name unknown. It names the setting, what was found, and what to write instead.
    """

    model_config = SettingsConfigDict(
        env_prefix="SESSIONMODELS_",
        toml_file="sessionmodels.toml",
        pyproject_toml_table_header=("tool", "sessionmodels"),
        extra="forbid",
        env_ignore_empty=True,
        frozen=True,
        validate_default=True,
    )

    url: SecretStr | None = Field(
        None, description="where the command connects, as a SQLAlchemy URL; `build_all` is handed an engine"
    )
    tracks: Tracks = Field(
        None, description="files to read in place of a table, on DuckDB: 'events/*.parquet', CSV or JSON Lines; one, or a list"
    )
    format: Literal["rudderstack", "segment"] | None = Field(
        None,
        description="'rudderstack' or 'segment' where the files are its raw export: columns then have its names for them",
    )
    hive_partitioning: bool = Field(
        False, description="whether a folder `column=value` above a file is a column, in place of the file's own"
    )
    source_schema: Name | None = Field(None, description="schema of the raw events; the connection's default unless set")
    source_table: Name = Field("tracks", description="table of the raw events")
    target_schema: Name | None = Field(None, description="schema of the results; the connection's default unless set")
    table_prefix: Prefix = Field("dbt_", description="stands before each relation's name")

    id_column: Name = Field("id", description="the event's own id")
    anonymous_id_column: Name = Field("anonymous_id", description="the device's id")
    user_id_column: Name = Field("user_id", description="the person's id")
    event_column: Name = Field("event", description="the event's name")
    timestamp_column: Name = Field("timestamp", description="when it happened")
    loaded_at_column: Name | None = Field(
        None, description="when it was loaded; `uuid_ts`, `loaded_at` or `received_at`, whichever is there, unless set"
    )

    epoch_unit: Unit | None = Field(
        None,
        description="'s', 'ms' or 'us' where times are numbers: seconds, milliseconds or microseconds since 1970, in UTC",
    )
    loaded_since: datetime | None = Field(
        None,
        description="read only events loaded at that time or later; results then hold no others, and sessions count from there",
    )

    idle_minutes: Whole = Field(
        30, ge=1, le=MAX_IDLE_MINUTES, description="a pause of more than this many minutes starts a new session"
    )
    flow_depth: Whole = Field(
        5, ge=1, le=MAX_FLOW_DEPTH, description="how many events `tracks_flow` shows, the event itself included"
    )
    compatibility: Literal["exact", "dbt"] = Field(
        "exact", description="'dbt' gives the figures of the dbt project that this replaces"
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
        False,
        description="whether a build of all relations is incremental: only new rows are read; a flag or an argument overrides it",
    )
    overlap_hours: Whole = Field(
        6,
        ge=0,
        le=MAX_OVERLAP_HOURS,
        description="an incremental build reads again what was loaded in this many hours before the last one's watermark",
    )
    retries: Whole = Field(
        4, ge=0, le=20, description="how often a build is retried after a transient failure, such as a lost connection"
    )
    grant_to: list[Name] = Field([], description="roles granted SELECT on the results and the status, such as ['analyst']")
    layout: bool = Field(True, description="cluster or index tables by visitor and time, as the warehouse does that; else plain")
    bigquery_partition_by: Literal["day", "month", "year"] = Field(
        "day", description="how long a partition is on BigQuery; a statement there fills 4,000 of them at most"
    )
    bigquery_partition_expiration_days: Whole | None = Field(
        None, ge=1, description="after how many days a partition of a result is dropped there; never unless set"
    )
    bigquery_require_partition_filter: bool = Field(
        False, description="whether queries there must name a time; not of tables that a view of ours reads"
    )
    bigquery_maximum_bytes_billed: Whole | None = Field(
        None, ge=1, description="how many bytes one statement of a build may bill there; it fails without cost above"
    )
    snowflake_cluster_above: Whole = Field(
        100_000_000, ge=0, description="how many raw events it takes on Snowflake for tables to be clustered by time and visitor"
    )

    def __init__(self, **values: Any) -> None:
        """Take settings as keywords; what is not given comes from the environment, the settings file, or the default."""
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise SettingsError(about_values(error, type(self).model_fields)) from None
        except UnreadableSettings as error:
            raise SettingsError(about_variable(error, self.model_config.get("env_prefix", ""))) from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            msg = f"{broken_file()} cannot be read as TOML: {error}; fix that line"
            raise SettingsError(msg) from None
        except AttributeError:  # the library looks for a table and finds a value
            msg = "pyproject.toml has a value where a table belongs; write the settings below a heading [tool.sessionmodels]"
            raise SettingsError(msg) from None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the places where settings come from; no `.env` and no secrets folder."""
        del env_settings, dotenv_settings, file_secret_settings
        return (
            Arguments(settings_cls, init_settings()),
            Environment(settings_cls),
            File(settings_cls),
            Pyproject(settings_cls),
        )

    @model_validator(mode="after")
    def _known_environment(self) -> Self:
        """Refuse a mistyped variable, which would otherwise do nothing in silence."""
        prefix = self.model_config.get("env_prefix", "")
        known = {prefix + name.upper() for name in type(self).model_fields}
        for name in os.environ:
            if name.upper().startswith(prefix) and name.upper() not in known:
                msg = f"the environment variable {name} is no setting; {did_you_mean(name, known)}"
                raise ValueError(msg)
        return self

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
        return (self.tracks,) if isinstance(self.tracks, str) else self.tracks or ()

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

    model_config = SettingsConfigDict(env_prefix="NOT_READ_", toml_file=None, pyproject_toml_table_header=("tool", "not-read"))


def defaults(**values: Any) -> Settings:
    """Return the defaults but for what is given, the same everywhere: for the demo, and for proofs."""
    return _Defaults(**values)
