"""`sessionmodels ask`: a command for each analysis."""

from collections.abc import Callable
from typing import Any

import click

from sessionmodels.cli.group import Group
from sessionmodels.cli.options import settings_flags, settings_from
from sessionmodels.cli.output import print_code, print_csv, print_json, print_message, print_result
from sessionmodels.cli.switches import CHANNELS, default_channels
from sessionmodels.cli.top_users import top_users

Command = Callable[..., Any]
PERIOD = click.Choice(["day", "week", "month"])
LIMITED = "Number of rows to show. [default: all]"
FORMS = {"csv": "Print CSV.", "json": "Print JSON.", "sql": "Print the statement, and run nothing."}
BY = click.option("--by", multiple=True, metavar="COLUMN", help="A column of sessions, or channel; repeatable. [default: none]")


@click.group(cls=Group)
def ask() -> None:
    """Answer questions about sessions: funnels, retention, paths and more. It only reads.

    \b
    Examples:
      sessionmodels ask sessions_by --by channel --period week
      sessionmodels ask funnel --step page --step viewed_product --step order_completed
      sessionmodels ask retention --period month --csv > retention.csv
    """


def _question(
    name: str, *options: Command, has_channel: bool = False, limited: str = LIMITED
) -> Callable[[Command], click.Command]:
    """Turn the decorated function, which is only its help, into the command of an analysis, with these and common options.

    One that `has_channel` may show the channel of sessions, and takes what decides it.
    """
    common = (
        click.option("--since", metavar="DATE", help="The first day that counts, such as 2026-01-31. [default: all]"),
        click.option("--until", metavar="DATE", help="The last day that counts. [default: all]"),
        click.option("--limit", type=int, metavar="N", help=limited),
        *(click.option(f"--{form}", is_flag=True, help=help_text) for form, help_text in FORMS.items()),
        click.option("--time-zone", metavar="ZONE", help="The time zone of the days. [default: the setting time_zone]"),
        settings_flags("url", "target_schema", "table_prefix", *(CHANNELS if has_channel else ())),
        *([default_channels] if has_channel else []),
    )

    def made(documented: Command) -> click.Command:
        def command(**given: Any) -> None:
            asked = {one.name: given.pop(one.name) for one in found.params if one.name in given and one.name in own}
            _answer(name, {key: value for key, value in asked.items() if value not in {None, ()}}, given)

        command.__doc__ = documented.__doc__
        for option in reversed((*options, *common)):
            command = option(command)
        found = ask.command(name)(command)
        own = {one.name for one in found.params[: len(options)]}
        return found

    return made


def _answer(name: str, asked: dict[str, Any], flags: dict[str, Any]) -> None:
    how = _form({form: flags.pop(form) for form in FORMS})
    from sessionmodels.connection.engine import engine_to_read, url_of  # noqa: PLC0415 - heavy
    from sessionmodels.reading.ask import ask as answer_to  # noqa: PLC0415 - heavy
    from sessionmodels.reading.ask import sql_of  # noqa: PLC0415 - heavy

    asked |= {one: flags.pop(one) for one in ("since", "until", "time_zone", "limit")}
    settings = settings_from(flags)
    if how == "sql":
        print_code([sql_of(name, url_of(settings).get_backend_name(), settings, **asked) + ";"])
        return
    with engine_to_read(settings) as engine:
        found = answer_to(engine, name, settings, **asked)
    if how is None:
        print_result(found)
        return
    for note in found.notes:
        print_message(note)
    if how == "json":
        print_json(found.to_dicts())
    else:
        print_csv(found.to_csv())


def _form(given: dict[str, bool]) -> str | None:
    chosen = [form for form, is_given in given.items() if is_given]
    if len(chosen) > 1:
        msg = f"{' and '.join(f'--{form}' for form in chosen)} exclude each other; give one"
        raise click.UsageError(msg)
    return next(iter(chosen), None)


@_question(
    "sessions_by",
    BY,
    click.option("--period", type=PERIOD, help="Count each period by itself. [default: the whole range]"),
    has_channel=True,
)
def _sessions_by() -> None:
    """How many sessions there were, their duration, bounces and conversions, by columns of `sessions` and by period."""


@_question(
    "funnel",
    click.option(
        "--step", "steps", multiple=True, required=True, metavar="EVENT", help="The name of a step's event; repeatable."
    ),
    click.option(
        "--within",
        metavar="DURATION",
        help="Follow visitors across sessions, for 45m, 24h or 7d after the first step. [default: within one session]",
    ),
    BY,
    has_channel=True,
    limited="Number of values of --by to show, each with all steps. [default: all]",
)
def _funnel() -> None:
    """How many sessions, or visitors, get from step to step, and how fast."""


@_question(
    "retention",
    click.option("--first-event", metavar="EVENT", help="The event by which a visitor is first seen. [default: any]"),
    click.option("--event", metavar="EVENT", help="The event by which a visitor comes back. [default: any]"),
    click.option("--period", type=PERIOD, help="How long a period is. [default: week]"),
    click.option("--periods", type=int, help="Number of periods to show. [default: 8]"),
)
def _retention() -> None:
    """How many of the visitors who were first seen in a period come back in later ones."""


@_question(
    "paths",
    click.option("--start-at", metavar="EVENT", help="The event at which a path begins. [default: the session's first]"),
    click.option("--end-at", metavar="EVENT", help="The event at which a path ends. [default: none]"),
    click.option("--depth", type=int, help="Number of events of a path. [default: the setting flow_depth]"),
)
def _paths() -> None:
    """Which events follow one another in a session, most frequent first."""


@_question(
    "pages",
    click.option(
        "--page-event",
        "page_events",
        multiple=True,
        metavar="EVENT",
        help="An event that is a page view; repeatable. [default: the setting page_events]",
    ),
)
def _pages() -> None:
    """Which pages visitors viewed, and on which pages sessions started and ended."""


@_question("active_visitors")
def _active_visitors() -> None:
    """How many visitors are active in a day, a week and a month, and how often they come."""


@_question(
    "conversions",
    click.option(
        "--event",
        "events",
        multiple=True,
        metavar="EVENT",
        help="An event that is a conversion; repeatable. [default: the setting conversion_events]",
    ),
    click.option("--by", multiple=True, metavar="COLUMN", help="A column of sessions; repeatable. [default: channel]"),
    click.option("--window-days", type=int, help="How many days before the conversion a session may have started. [default: 30]"),
    has_channel=True,
)
def _conversions() -> None:
    """Which channels, campaigns or landing pages conversions come from, by first-touch and last-touch attribution."""


ask.add_command(top_users)
