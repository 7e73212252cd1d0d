"""A shop's events: people with several devices, logins during a visit, funnels, bots, late and duplicate events, quiet nights."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from sessionmodels.demo.dice import Odds, any_of
from sessionmodels.demo.pages import any_page
from sessionmodels.demo.visits import SENT_BY_NONE, Device, Person, Row, loaded, visit

SEED: Final = 20_260_101
START: Final = datetime(2026, 1, 5, tzinfo=UTC)
DAYS: Final = 60
PEOPLE: Final = 3_320
BOTS: Final = 4
ACTIVITY: Final = 2, 1, 1, 1, 1, 2, 6, 14, 22, 26, 28, 30, 34, 30, 28, 28, 30, 34, 42, 52, 58, 50, 28, 10
HOURS: Final = Odds(*enumerate(ACTIVITY))
"""The activity in each hour of the day: quiet nights, busy evenings."""

COLUMNS: Final = {
    "id": "VARCHAR",
    "anonymous_id": "VARCHAR",
    "user_id": "VARCHAR",
    "event": "VARCHAR",
    "timestamp": "TIMESTAMPTZ",
    "uuid_ts": "TIMESTAMPTZ",
    "context_page_url": "VARCHAR",
    "context_page_path": "VARCHAR",
    "context_page_referrer": "VARCHAR",
    "context_campaign_source": "VARCHAR",
    "context_campaign_medium": "VARCHAR",
    "context_campaign_name": "VARCHAR",
    "context_campaign_term": "VARCHAR",
    "context_campaign_content": "VARCHAR",
    "context_device_type": "VARCHAR",
    "context_os_name": "VARCHAR",
    "context_library_name": "VARCHAR",
    "context_session_id": "BIGINT",
}
"""The columns of `tracks` and their types, as RudderStack's loader makes them."""
LOADED_AT: Final = tuple(COLUMNS).index("uuid_ts")


def events() -> Iterator[Row]:
    """Yield about 50,000 raw rows of `tracks`, the same on every call, in order of arrival."""
    dice = Random(SEED)  # noqa: S311 - reproducible data, not a secret
    rows = [row for person in _people(dice) for row in _life(person, dice)]
    rows += [row for n in range(BOTS) for row in _bot(n, dice)]
    rows += list(_flawed(dice))
    numbered = [(f"e{n:06d}", *row) for n, row in enumerate(rows)]
    doubled = [_delivered_again(row, dice) for row in numbered if dice.random() < 0.012]
    yield from sorted([*numbered, *doubled], key=lambda row: (row[LOADED_AT], row[0]))


def _people(dice: Random) -> list[Person]:
    people: list[Person] = []
    for n in range(PEOPLE):
        devices = [Device(f"device-{n:04d}-phone", "mobile", any_of(("Android", "iOS"), dice))]
        if dice.random() < 0.35:
            devices.append(Device(f"device-{n:04d}-laptop", "desktop", any_of(("Windows", "macOS"), dice)))
        if people and dice.random() < 0.04:
            devices.append(people[-1].devices[0])  # the tablet in the living room
        people.append(Person(f"user-{n:04d}", devices, signs_up=dice.random() < 0.45))
    return people


def _life(person: Person, dice: Random) -> Iterator[Row]:
    visits = min(30, 1 + int(dice.expovariate(1 / 3.4)))
    for at in sorted(_moment(dice) for _ in range(visits)):
        yield from visit(person, at, dice)


def _bot(n: int, dice: Random) -> Iterator[Row]:
    at = _moment(dice)
    for _ in range(400):
        page = any_page("viewed_product", None, dice)
        yield f"crawler-{n}", None, "viewed_product", at, loaded(at, dice), *page, *SENT_BY_NONE
        at += timedelta(milliseconds=dice.randrange(900, 1_100))


def _flawed(dice: Random) -> Iterator[Row]:
    """Yield flawed events as in real tables: without ids, or without a time."""
    for n in range(15):
        at = _moment(dice)
        sent = *any_page("visited_home", None, dice), *SENT_BY_NONE
        yield None, None, "visited_home", at, at, *sent
        yield "  ", "", "visited_home", at, at, *sent
        yield f"device-{n:04d}-phone", None, "visited_home", None, at, *sent


def _delivered_again(row: Row, dice: Random) -> Row:
    """Return the same event, delivered a second time because the phone had lost its connection."""
    again = row[LOADED_AT] + timedelta(minutes=dice.randrange(1, 240))
    return *row[:LOADED_AT], again, *row[LOADED_AT + 1 :]


def _moment(dice: Random) -> datetime:
    hour = HOURS.draw(dice)
    return START + timedelta(days=dice.randrange(DAYS), hours=hour, microseconds=dice.randrange(3_600_000_000))
