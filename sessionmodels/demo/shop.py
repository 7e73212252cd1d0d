"""A shop's events: people with several devices, logins during a visit, funnels, bots, late and duplicate events, quiet nights."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

SEED: Final = 20_260_101
START: Final = datetime(2026, 1, 5, tzinfo=UTC)
DAYS: Final = 60
PEOPLE: Final = 2_950
BOTS: Final = 4
HOURS: Final = (2, 1, 1, 1, 1, 2, 6, 14, 22, 26, 28, 30, 34, 30, 28, 28, 30, 34, 42, 52, 58, 50, 28, 10)
"""The activity in each hour of the day: quiet nights, busy evenings."""

COLUMNS: Final = "id", "anonymous_id", "user_id", "event", "timestamp", "uuid_ts"
Row = tuple[Any, ...]

NEXT: Final[dict[str, tuple[tuple[str, int], ...]]] = {
    "visited_home": (("searched", 40), ("viewed_product", 35), ("left", 25)),
    "searched": (("viewed_product", 62), ("searched", 18), ("left", 20)),
    "viewed_product": (("viewed_product", 38), ("added_to_cart", 17), ("searched", 15), ("left", 30)),
    "added_to_cart": (("viewed_product", 34), ("started_checkout", 42), ("left", 24)),
    "started_checkout": (("ordered", 68), ("viewed_product", 8), ("left", 24)),
    "ordered": (("visited_home", 15), ("left", 85)),
}
"""The funnel: which event follows which, and how often."""


@dataclass
class Person:
    """A person with one or more devices, who may sign up."""

    user_id: str
    devices: list[str]
    signs_up: bool
    signed_up: bool = False


def events() -> Iterator[Row]:
    """Yield about 50,000 raw rows of `tracks`, the same on every call, in order of arrival."""
    dice = Random(SEED)  # noqa: S311 - reproducible data, not a secret
    rows = [row for person in _people(dice) for row in _life(person, dice)]
    rows += [row for n in range(BOTS) for row in _bot(n, dice)]
    rows += list(_flawed(dice))
    numbered = [(f"e{n:06d}", *row) for n, row in enumerate(rows)]
    doubled = [_delivered_again(row, dice) for row in numbered if dice.random() < 0.012]
    yield from sorted([*numbered, *doubled], key=lambda row: (row[-1], row[0]))


def _people(dice: Random) -> list[Person]:
    people: list[Person] = []
    for n in range(PEOPLE):
        devices = [f"device-{n:04d}-{kind}" for kind in (("phone", "laptop") if dice.random() < 0.35 else ("phone",))]
        if people and dice.random() < 0.04:
            devices.append(people[-1].devices[0])  # the tablet in the living room
        people.append(Person(f"user-{n:04d}", devices, signs_up=dice.random() < 0.45))
    return people


def _life(person: Person, dice: Random) -> Iterator[Row]:
    visits = min(30, 1 + int(dice.expovariate(1 / 3.4)))
    for at in sorted(_moment(dice) for _ in range(visits)):
        yield from _visit(person, at, dice)


def _visit(person: Person, at: datetime, dice: Random) -> Iterator[Row]:
    device = person.devices[int(dice.random() * len(person.devices))]
    event, known = "visited_home", False
    late = timedelta(days=dice.randrange(1, 4)) if dice.random() < 0.02 else timedelta()
    while event != "left":
        yield _row(device, person.user_id if known else None, event, at, dice, late)
        at += timedelta(microseconds=int(dice.lognormvariate(17.6, 1.0)))
        if not known and person.signs_up and dice.random() < 0.3:
            known = True
            name = "logged_in" if person.signed_up else "signup"
            person.signed_up = True
            yield _row(device, person.user_id, name, at, dice, late)
            at += timedelta(seconds=2, microseconds=dice.randrange(1_000_000))
        event = _choice(NEXT[event], dice)


def _bot(n: int, dice: Random) -> Iterator[Row]:
    at = _moment(dice)
    for _ in range(400):
        yield _row(f"crawler-{n}", None, "viewed_product", at, dice)
        at += timedelta(milliseconds=dice.randrange(900, 1_100))


def _flawed(dice: Random) -> Iterator[Row]:
    """Yield flawed events as in real tables: without ids, or without a time."""
    for n in range(15):
        at = _moment(dice)
        yield None, None, "visited_home", at, at
        yield "  ", "", "visited_home", at, at
        yield f"device-{n:04d}-phone", None, "searched", None, at


def _delivered_again(row: Row, dice: Random) -> Row:
    """Return the same event, delivered a second time because the phone had lost its connection."""
    return *row[:-1], row[-1] + timedelta(minutes=dice.randrange(1, 240))


def _row(device: str, user: str | None, event: str, at: datetime, dice: Random, late: timedelta = timedelta()) -> Row:
    return device, user, event, at, at + late + timedelta(minutes=dice.randrange(5, 65))


def _moment(dice: Random) -> datetime:
    hour = _choice(tuple(enumerate(HOURS)), dice)
    return START + timedelta(days=dice.randrange(DAYS), hours=hour, microseconds=dice.randrange(3_600_000_000))


def _choice(weighted: tuple[tuple[Any, int], ...], dice: Random) -> Any:
    left = dice.random() * sum(weight for _, weight in weighted)
    for value, weight in weighted:
        left -= weight
        if left < 0:
            return value
    return weighted[-1][0]
