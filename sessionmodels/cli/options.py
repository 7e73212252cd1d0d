"""The settings as flags, and settings from flags."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from sessionmodels.cli.conditions import channel_rules_in, condition_in, own_checks_in
from sessionmodels.cli.switches import SWITCHES
from sessionmodels.errors import SettingsError

if TYPE_CHECKING:
    from sessionmodels.settings import Settings

Command = Callable[..., Any]

# Each flag may be repeated, so that a repetition is an error instead of silently winning.
FLAGS: dict[str, tuple[str, str]] = {
    "preset": (
        "ga4|universal-analytics|rudderstack-web|rudderstack-mobile|dbt",
        "The session rules of a well-known tool; other flags take precedence. [default: none]",
    ),
    "url": ("URL", "SQLAlchemy URL to connect to. [default: duckdb:///sessionmodels.duckdb]"),
    "tracks": ("FILES", "Files to read instead of a table (DuckDB): 'events/*.parquet', CSV, JSON Lines; repeatable."),
    "format": ("rudderstack|segment", "The tool whose raw export the files are; they have its field names. [default: none]"),
    "source_schema": ("NAME", "Schema of the raw events. [default: the connection's]"),
    "source_table": ("NAME", "Table of the raw events. [default: tracks]"),
    "sources": (
        "NAME[=FILES]",
        "A table, or files, read as one stream with the others; repeatable. Name tracks, too. [default: tracks]",
    ),
    "where": (
        "'COLUMN OPERATOR VALUE'",
        "Read only rows for which this holds: 'context_ip != 10.0.0.1', 'consent is not null'; repeatable. [default: all]",
    ),
    "target_schema": ("NAME", "Schema of the results. [default: the connection's]"),
    "table_prefix": ("TEXT", "What each relation's name starts with. [default: dbt_]"),
    "id_column": ("NAME", "Column with the event's own id. [default: id]"),
    "anonymous_id_column": ("NAME", "Column with the device's id. [default: anonymous_id]"),
    "user_id_column": ("NAME", "Column with the person's id. [default: user_id]"),
    "event_column": ("NAME", "Column with the event's name. [default: event]"),
    "timestamp_column": ("NAME", "Column with the time when the event happened. [default: timestamp]"),
    "loaded_at_column": ("NAME", "Column with the load time. [default: uuid_ts, loaded_at or received_at]"),
    "epoch_unit": ("s|ms|us", "Times are numbers: seconds, milliseconds or microseconds since 1970. [default: none]"),
    "loaded_since": ("TIME", "Read only events loaded at TIME or later, such as 2026-01-31 or 2026-01-31T12:00Z. [default: all]"),
    "ignored_events": ("EVENT", "Name of events to leave out of all relations; repeatable. [default: none]"),
    "ignored_ids": ("ID", "Id of a device or a user to read as null, such as unknown; repeatable. [default: none]"),
    "identity": (
        "latest|first|device|point_in_time|table",
        "Which visitor an event belongs to. [default: latest; table if --identity-table is given]",
    ),
    "identity_table": ("NAME", "Table of an identity graph, in which each alias has one visitor. [default: none]"),
    "identity_schema": ("NAME", "Schema of the identity graph's table. [default: that of the raw events]"),
    "identity_alias_column": ("NAME", "Column of that table with the id of a device or a user. [default: other_id]"),
    "identity_visitor_column": ("NAME", "Column of that table with the id's visitor. [default: main_id]"),
    "max_excluded_share": (
        "SHARE",
        "A build fails and changes nothing if it would exclude more than SHARE of its events. [default: 0.5]",
    ),
    "max_duplicate_share": (
        "SHARE",
        "A build fails and changes nothing if more than SHARE of its events are duplicates. [default: 0.5]",
    ),
    "idle_minutes": ("N", "A pause of more than N minutes starts a new session. [default: 30]"),
    "start_events": ("EVENT", "Name of events that start a new session; repeatable. [default: none]"),
    "time_zone": ("ZONE", "Time zone of session_date and --cut-at-midnight, such as Europe/Berlin. [default: UTC]"),
    "max_session_minutes": ("N", "Cut a session every N minutes from its start. [default: never]"),
    "flow_depth": ("N", "Number of events that tracks_flow shows, including the event itself. [default: 5]"),
    "compatibility": ("exact|dbt", "'dbt' gives the figures of the dbt project that sessionmodels replaces. [default: exact]"),
    "event_counters": (
        "COLUMN=EVENT,...",
        "A column of sessions, and the events that it counts; repeatable. [default: cnt_viewed_product, cnt_signup]",
    ),
    "context": (
        "COLUMN=SOURCE,...",
        "A column of session_events, and the source's columns that it is read from; repeatable. [default: page to SDK]",
    ),
    "page_events": ("EVENT", "Event that is a page view, counted in sessions; repeatable. [default: page, screen]"),
    "conversion_events": ("EVENT", "Event that is a conversion, counted in sessions; repeatable. [default: none]"),
    "engaged_seconds": ("N", "A session that lasts N seconds or longer is engaged. [default: 10]"),
    "session_columns": (
        "NAME=FUNCTION(COLUMN)",
        "A column of sessions: first, last, sum, min or max of a column of the context; repeatable. [default: none]",
    ),
    "own_domains": ("DOMAIN", "Your own domain, which does not count as a referrer; repeatable. [default: none]"),
    "channel_sites": ("KIND=SITE,...", "Sites of a kind, such as search=kagi.com; repeatable. [default: the built-in ones]"),
    "channel_rules": (
        "'CHANNEL=FIELD OPERATOR VALUE'",
        "Which channel a session has: 'Podcast=source = podcast'; repeatable. [default: those of Google Analytics]",
    ),
    "kinds": (
        "RELATION=table|view|materialized_view",
        "How a relation is materialized; repeatable. [default: table for the four that hold rows, else view]",
    ),
    "checks": (
        "'RELATION.NAME=COLUMN OPERATOR VALUE'",
        "A check of your own: no row may meet it, 'sessions.too_long=session_duration > 1440'; repeatable. [default: none]",
    ),
    "grant_to": ("ROLE", "Role that is granted SELECT on the results; repeatable. [default: none]"),
    "overlap_hours": ("N", "An incremental build reads the last N hours before the watermark again. [default: 6]"),
    "retries": ("N", "How often a build is retried after a transient error. [default: 4]"),
    "bigquery_partition_by": ("day|month|year", "How long a partition is on BigQuery. [default: day]"),
    "bigquery_partition_expiration_days": (
        "N",
        "BigQuery drops partitions of results, and their rows, after N days. [default: never]",
    ),
    "bigquery_maximum_bytes_billed": ("N", "Bytes that one statement may bill on BigQuery. [default: no limit]"),
    "snowflake_cluster_above": ("N", "Cluster tables on Snowflake above N raw events. [default: 100000000]"),
}
SINGULAR_FLAGS = {
    "ignored_ids": "--ignored-id",
    "ignored_events": "--ignored-event",
    "own_domains": "--own-domain",
    "start_events": "--start-event",
}
"""Flags of lists that are spelled in the singular."""

SPELT = {
    "checks": "--own-check",
    "sources": "--source",
    "event_counters": "--counter",
    "context": "--context",
    "channel_rules": "--channel-rule",
    "channel_sites": "--channel-site",
    "session_columns": "--session-column",
    "kinds": "--kind",
}
"""Flags that are not their setting's name with dashes: each one sets one entry."""

LISTS = {"channel_rules", "checks", "conversion_events", "grant_to", "page_events", "sources", "tracks", "where", *SINGULAR_FLAGS}
"""Settings with several values, one flag per value."""

all_views = click.option("--all-views", is_flag=True, help="Make every relation a view, except those that --kind names.")
selection = click.option(
    "--select",
    multiple=True,
    metavar="NAMES",
    help="Only these relations: 'name', '+name' (and what it reads), 'name+' (and what reads it); repeatable.",
)


class Duration(click.ParamType):
    """A duration such as `90s`, `10m` or `1h`, in seconds; a bare number is seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds."""
        from sessionmodels.settings.duration import seconds_in  # noqa: PLC0415 - heavy

        try:
            return seconds_in(value, "")  # click names the option
        except SettingsError as error:
            self.fail(str(error), param, ctx)


class Share(click.ParamType):
    """A share such as `0.5%` or `0.005`, as a fraction."""

    name = "share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the fraction."""
        from sessionmodels.settings.share import fraction_in  # noqa: PLC0415 - heavy

        if isinstance(value, float):
            return value
        share = fraction_in(value) or 0
        if not 0 < share <= 1:
            self.fail(f"{value!r} is not a share; write it like 0.5% or 0.005", param, ctx)
        return share


wait = click.option(
    "--wait",
    type=Duration(),
    default=0,
    metavar="TIME",
    help="Wait up to TIME, such as 10m, for another build to end. [default: 0s]",
)
dialect = click.option(
    "--dialect", help="duckdb, postgresql, bigquery, snowflake or redshift. [default: that of the URL, or else duckdb]"
)
quiet = click.option("--quiet", "-q", is_flag=True, help="Show no progress.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines.")


def settings_flags(*names: str) -> Callable[[Command], Command]:
    """Add these settings as flags to a command, or all settings if none is named."""

    def add(command: Command) -> Command:
        for switch in () if names else reversed(SWITCHES):
            command = switch(command)
        if not names or "kinds" in names:
            command = all_views(command)
        for name in reversed(names or tuple(FLAGS)):
            metavar, text = FLAGS[name]
            command = click.option(_flag(name), name, multiple=True, metavar=metavar, help=text)(command)
        return command

    return add


def settings_from(flags: dict[str, Any]) -> "Settings":
    """Return the settings: flags first, then the environment, the settings file, the defaults."""
    from sessionmodels.settings import Settings  # noqa: PLC0415 - heavy

    return Settings(**given_by(flags))


def given_by(flags: dict[str, Any]) -> dict[str, Any]:
    """Return the values of settings that flags give."""
    from sessionmodels.models import MODELS  # noqa: PLC0415 - heavy

    every = dict.fromkeys(MODELS, "view") if flags.pop("all_views", False) else {}
    given = {name: _value(name, values) for name, values in flags.items() if values not in {None, ()}}
    for lists in ("event_counters", "context", "channel_sites"):
        if lists in given:
            given[lists] = {name: names.split(",") if names else [] for name, names in given[lists].items()}
    if "sources" in given:
        given["sources"] = _sources(given["sources"])
    if "where" in given:
        given["where"] = [condition_in(words) for words in given["where"]]
    if "channel_rules" in given:
        given["channel_rules"] = channel_rules_in(given["channel_rules"])
    if "checks" in given:
        given["checks"] = own_checks_in(given["checks"])
    if every:
        given["kinds"] = every | given.get("kinds", {})
    return given


def _flag(name: str) -> str:
    return (SPELT | SINGULAR_FLAGS).get(name, "--" + name.replace("_", "-"))


def _value(name: str, values: Any) -> Any:
    if name in SPELT and name not in LISTS:
        return _pairs(values, _flag(name), FLAGS[name][0])
    if not isinstance(values, tuple) or name in LISTS:
        return values
    if len(values) > 1:
        msg = f"{_flag(name)} given {len(values)} times; pass it once"
        raise SettingsError(msg)
    return next(iter(values))


def _sources(words: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Return the sources by name, with the files of each flag that names some."""
    found: dict[str, list[str]] = {}
    for word in words:
        name, equals, files = word.partition("=")
        if name in found and not (files and found[name]):
            msg = f"--source {name!r} is given twice; keep one of them"
            raise SettingsError(msg)
        if equals and not files:
            msg = f"--source {word!r} names no files; write it like --source 'pages=pages/*.parquet', or --source pages"
            raise SettingsError(msg)
        found.setdefault(name, []).extend([files] if files else [])
    return {name: {"files": files} if files else {} for name, files in found.items()}


def _pairs(words: tuple[str, ...], flag: str, example: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            msg = f"{flag} {word!r} has no '='; write it like {flag} {example}"
            raise SettingsError(msg)
        if name in pairs:
            msg = f"{flag} {name!r} is given twice; keep one of them"
            raise SettingsError(msg)
        pairs[name] = value
    return pairs
