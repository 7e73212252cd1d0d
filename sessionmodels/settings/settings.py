"""Every setting, validated before anything is changed.

A value comes from the first of these that sets it: arguments; `SESSIONMODELS_*` in the environment; `sessionmodels.toml`, then
`[tool.sessionmodels]` of `pyproject.toml`, in the working directory; the setting `preset`; the defaults below.
"""

from typing import Any, ClassVar, Literal, Self, cast

from pydantic import Field, model_validator
from pydantic_settings import SettingsConfigDict

from sessionmodels.rules.context import CAMPAIGN, CONTEXT, SDK
from sessionmodels.rules.identity.identity import IdentityName
from sessionmodels.rules.session_rule import SessionRules
from sessionmodels.settings.channels import EXAMPLE as CHANNEL_EXAMPLE
from sessionmodels.settings.channels import ChannelRules, ChannelSites, OwnChannel, OwnDomains
from sessionmodels.settings.checks import EXAMPLE as CHECK_EXAMPLE
from sessionmodels.settings.checks import ChosenCheck, ChosenChecks
from sessionmodels.settings.facts import MAX_ENGAGED_SECONDS, EventNames, SessionColumns
from sessionmodels.settings.presets import PresetName
from sessionmodels.settings.source_settings import SourceSettings
from sessionmodels.settings.values import (
    COUNTERS,
    COUNTERS_OF_DBT,
    MAX_FLOW_DEPTH,
    MAX_IDLE_MINUTES,
    MAX_OVERLAP_HOURS,
    ChosenKinds,
    Context,
    EventCounters,
    Name,
    Prefix,
    Secret,
    Share,
    Value,
    Whole,
)
from sessionmodels.settings.zones import TimeZone
from sessionmodels.sql.elapsed import MICROSECONDS_A_MINUTE


class Settings(SourceSettings):
    """What to read, what to write, and what a session is. Immutable.

    Raises:
        SettingsError: a value is wrong or a name unknown. The message names the setting, what was found, what to write instead,
            and where the value came from.
    """

    preset: PresetName | None = Field(
        default=None,
        description="a name for the session rules of a well-known tool; a setting that is set anywhere else takes precedence",
    )
    url: Secret | None = Field(
        default=None, description="the SQLAlchemy URL that the command connects to; `build_all` takes an engine instead"
    )
    target_schema: Name | None = Field(default=None, description="schema of the results; by default that of the connection")
    table_prefix: Prefix = Field(default="dbt_", description="what each relation's name starts with")

    identity_table: Name | None = Field(
        default=None, description="table of an identity graph, in which each alias has one visitor; it sets identity to 'table'"
    )
    identity_schema: Name | None = Field(
        default=None, description="schema of `identity_table`; by default that of the raw events"
    )
    identity_alias_column: Name = Field(
        default="other_id", description="column of `identity_table` with the alias, the id of a device or a user"
    )
    identity_visitor_column: Name = Field(default="main_id", description="column of `identity_table` with the alias's visitor")
    identity: IdentityName = Field(
        default_factory=lambda data: "table" if data.get("identity_table") else "latest",
        description="which visitor an event belongs to: 'latest', 'first', 'device', 'point_in_time', or 'table' as"
        " `identity_table` says",
    )
    hash_ids: bool = Field(
        default=False,
        description="whether the ids of devices, users and visitors are replaced by their keyed hashes in all results, with the "
        "key in the environment variable `SESSIONMODELS_KEY`",
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
    sdk_sessions: bool = Field(
        default=False,
        description="whether sessions follow the SDK's where events have its session id: a different SDK session starts a "
        "session, and a pause within the same SDK session does not",
    )
    start_events: list[Value] = Field(default=[], description="names of events that start a new session, such as ['app_opened']")
    cut_on_campaign: bool = Field(
        default=False,
        description="whether an event that carries another campaign than the visitor's last one starts a new session",
    )
    cut_at_midnight: bool = Field(
        default=False, description="whether a new session starts at the first event of a day in `time_zone`"
    )
    time_zone: TimeZone = Field(
        default="UTC", description="the time zone of `session_date` and of `cut_at_midnight`, such as 'Europe/Berlin'"
    )
    max_session_minutes: Whole | None = Field(
        default=None,
        ge=1,
        le=MAX_IDLE_MINUTES,
        description="a session is cut each time this many minutes have passed since its start",
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
    page_events: EventNames = Field(
        default=["page", "screen"], description="names of the events that are page views, counted in `sessions`"
    )
    conversion_events: EventNames = Field(
        default=[], description="names of the events that are conversions, counted in `sessions`, such as ['order_completed']"
    )
    engaged_seconds: Whole = Field(
        default=10, ge=0, le=MAX_ENGAGED_SECONDS, description="a session that lasts this many seconds or longer is engaged"
    )
    session_columns: SessionColumns = Field(
        default={},
        description="columns of `sessions`, each 'first(column)' or 'last(column)' of a column of the context, or 'sum(column)', "
        "'min(column)' or 'max(column)' of the numbers in one, as in {'revenue': 'sum(revenue)'}",
    )
    own_domains: OwnDomains = Field(
        default=[],
        description="your own domains, which do not count as referrers, nor do hosts below them, such as ['pay.example']",
    )
    channel_sites: ChannelSites = Field(
        default={},
        description="sites by kind, which take precedence over the built-in ones: 'search', 'social', 'video', 'shopping', or a"
        " kind of your own, as in {'search': ['kagi.com']}",
    )
    channel_rules: ChannelRules = Field(
        default=(),
        description="rules for the channel of a session, which take precedence over those of Google Analytics: each a channel and"
        f" the conditions that must all hold, such as [{CHANNEL_EXAMPLE}]",
    )
    default_channels: bool = Field(
        default=True,
        description="whether the rules of Google Analytics apply to sessions that no rule in `channel_rules` matches",
    )
    kinds: ChosenKinds = Field(
        default_factory=dict,
        description="'table', 'view' or, on PostgreSQL, 'materialized_view' for each relation, as in {'tracks_flow': 'table'}",
    )

    checks: ChosenChecks = Field(
        default=(),
        description="your own checks, each a relation, a name and conditions that no row may meet together, and the levels of all"
        f" checks, such as [{CHECK_EXAMPLE}]",
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
        default=False,
        description="whether BigQuery refuses queries that do not filter by time, on tables whose views all show the time",
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

    @model_validator(mode="after")
    def _context_of_session_rules(self) -> Self:
        """Refuse a rule whose columns are not read."""
        needed = {"sdk_sessions": (self.sdk_sessions, (SDK,)), "cut_on_campaign": (self.cut_on_campaign, CAMPAIGN)}
        for name, (is_set, columns) in needed.items():
            if is_set and not set(columns) & self.context.keys():
                column = columns[0]
                msg = (
                    f"{name} is set{f' by the preset {self.preset!r}' if self.preset else ''} but context has no"
                    f" {' or '.join(columns)}, which it compares; a context that is set replaces the default one: add"
                    f" {column} = {CONTEXT[column]!r} to it, or set {name} = false"
                )
                raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _table_of_the_graph(self) -> Self:
        """Refuse an identity graph without a table."""
        if self.identity == "table" and not self.identity_table:
            msg = "identity is 'table' but identity_table is not set; set it to the table of your identity graph"
            raise ValueError(msg)
        return self

    @property
    def chosen_checks(self) -> tuple[ChosenCheck, ...]:
        """The user's own checks, and the levels of others. The setting `checks` takes them in several forms."""
        return cast("tuple[ChosenCheck, ...]", self.checks)

    @property
    def own_channels(self) -> tuple[OwnChannel, ...]:
        """The user's own rules of channels. The setting `channel_rules` takes them in several forms."""
        return cast("tuple[OwnChannel, ...]", self.channel_rules)

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

    @property
    def session_rules(self) -> SessionRules:
        """Where a session starts."""
        return SessionRules(
            self.longest_idle_microseconds,
            sdk_sessions=self.sdk_sessions,
            start_events=tuple(self.start_events),
            cut_on_campaign=self.cut_on_campaign,
            midnight_in=self.time_zone if self.cut_at_midnight else None,
            longest_microseconds=self.max_session_minutes and self.max_session_minutes * MICROSECONDS_A_MINUTE,
        )


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
