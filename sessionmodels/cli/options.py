"""The settings as flags, and from flags to settings."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from sessionmodels.errors import SettingsError

if TYPE_CHECKING:
    from sessionmodels.settings import Settings

Command = Callable[..., Any]

FLAGS = (
    click.option("--url", metavar="URL", help="Where to connect, as a SQLAlchemy URL. [default: duckdb:///sessionmodels.duckdb]"),
    click.option("--tracks", metavar="FILES", help="Files in place of a table (DuckDB): 'events/*.parquet', CSV, JSON Lines."),
    click.option("--source-schema", metavar="NAME", help="Schema of the raw events. [default: the connection's]"),
    click.option("--source-table", metavar="NAME", help="Table of the raw events. [default: tracks]"),
    click.option("--target-schema", metavar="NAME", help="Schema of the results. [default: the connection's]"),
    click.option("--table-prefix", metavar="TEXT", help="Stands before each relation's name. [default: dbt_]"),
    click.option("--id-column", metavar="NAME", help="The event's own id. [default: id]"),
    click.option("--anonymous-id-column", metavar="NAME", help="The device's id. [default: anonymous_id]"),
    click.option("--user-id-column", metavar="NAME", help="The person's id. [default: user_id]"),
    click.option("--event-column", metavar="NAME", help="The event's name. [default: event]"),
    click.option("--timestamp-column", metavar="NAME", help="When it happened. [default: timestamp]"),
    click.option("--loaded-at-column", metavar="NAME", help="When it was loaded. [default: uuid_ts, loaded_at or received_at]"),
    click.option("--idle-minutes", metavar="N", help="A pause of more than so many minutes starts a new session. [default: 30]"),
    click.option("--flow-depth", metavar="N", help="How many events tracks_flow shows, the event itself included. [default: 5]"),
    click.option("--deduplicate/--keep-duplicates", default=None, help="Rows with one id are one event. [default: deduplicate]"),
    click.option(
        "--compatibility",
        metavar="exact|dbt",
        help="'dbt' gives the figures of the dbt project that this replaces. [default: exact]",
    ),
    click.option(
        "--counter", "event_counters", multiple=True, metavar="COLUMN=EVENT,...",
        help="A column of session_track_facts and the events it counts; repeatable. [default: cnt_viewed_product, cnt_signup]",
    ),
    click.option(
        "--kind", "kinds", multiple=True, metavar="RELATION=table|view",
        help="How a relation is kept; repeatable. [default: tables, and session_duration a view]",
    ),
)  # fmt: skip

selection = click.option(
    "--select",
    metavar="NAMES",
    help="Only these: 'session_tracks', '+session_tracks' (and what it needs), 'session_tracks+' (and what needs it).",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines.")


def settings_flags(command: Command) -> Command:
    """Give a command every setting as a flag."""
    for flag in reversed(FLAGS):
        command = flag(command)
    return command


def settings_from(flags: dict[str, Any]) -> "Settings":
    """Return the settings: flags first, then the environment, the settings file, the defaults."""
    from sessionmodels.settings import Settings  # noqa: PLC0415 - heavy

    given = {name: value for name, value in flags.items() if value is not None and value != ()}
    if "event_counters" in given:
        counters = _pairs(given["event_counters"], "--counter", "cnt_signup=signup,signed_up")
        given["event_counters"] = {name: names.split(",") if names else [] for name, names in counters.items()}
    if "kinds" in given:
        given["kinds"] = _pairs(given["kinds"], "--kind", "tracks_flow=view")
    return Settings(**given)


def _pairs(words: tuple[str, ...], flag: str, example: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            msg = f"{flag} {word!r} has no '='; write it such as {flag} {example}"
            raise SettingsError(msg)
        if name in pairs:
            msg = f"{flag} {name!r} stands twice; keep one of them"
            raise SettingsError(msg)
        pairs[name] = value
    return pairs
