"""The settings that are on or off, as flags."""

import click

default_channels = click.option(
    "--default-channels/--no-default-channels",
    default=None,
    help="Apply Google Analytics' channel rules where no --channel-rule matches. [default: yes]",
)

CHANNELS = "own_domains", "channel_sites", "channel_rules"
"""Settings that decide channels, beside this flag."""

SWITCHES = (
    click.option(
        "--deduplicate/--keep-duplicates",
        default=None,
        help="Treat rows with the same id as one event. [default: deduplicate]",
    ),
    click.option(
        "--hash-ids/--no-hash-ids",
        default=None,
        help="Replace ids of devices, users and visitors by hashes, with the key in SESSIONMODELS_KEY. [default: no]",
    ),
    click.option(
        "--allow-empty/--no-allow-empty",
        default=None,
        help="Allow a build to empty a result that has rows. [default: no]",
    ),
    click.option(
        "--sdk-sessions/--no-sdk-sessions",
        default=None,
        help="Follow the SDK's sessions where events have its session id. [default: no]",
    ),
    click.option(
        "--cut-on-campaign/--no-cut-on-campaign",
        default=None,
        help="Start a new session where the campaign changes. [default: no]",
    ),
    click.option(
        "--cut-at-midnight/--no-cut-at-midnight",
        default=None,
        help="Start a new session where the day changes in --time-zone. [default: no]",
    ),
    default_channels,
    click.option("--layout/--no-layout", default=None, help="Cluster or index tables by visitor and time. [default: layout]"),
    click.option(
        "--hive-partitioning/--no-hive-partitioning",
        default=None,
        help="Read folders named column=value as columns of the files in them. [default: no]",
    ),
    click.option(
        "--bigquery-require-partition-filter/--bigquery-no-partition-filter",
        default=None,
        help="Make queries on BigQuery filter by time. [default: no]",
    ),
)
