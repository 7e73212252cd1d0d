"""What happens in a visit: the way in, the pages, a login, and perhaps an order."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from sessionmodels.demo.dice import Odds, any_of
from sessionmodels.demo.pages import ENTRANCES, PATHS, any_page

Row = tuple[Any, ...]
"""A row of `tracks`."""

NEXT: Final = {
    "visited_home": Odds(("searched", 28), ("viewed_category", 22), ("viewed_product", 30), ("left", 20)),
    "viewed_category": Odds(("viewed_product", 58), ("viewed_category", 17), ("searched", 5), ("left", 20)),
    "searched": Odds(("viewed_product", 62), ("searched", 18), ("left", 20)),
    "viewed_product": Odds(("viewed_product", 36), ("added_to_cart", 18), ("viewed_category", 8), ("searched", 9), ("left", 29)),
    "added_to_cart": Odds(("viewed_product", 34), ("started_checkout", 42), ("left", 24)),
    "started_checkout": Odds(("ordered", 84), ("viewed_product", 4), ("left", 12)),
    "ordered": Odds(("visited_home", 15), ("left", 85)),
}
"""The funnel: which event follows which, and how often."""

PAY: Final = {"desktop": 1.0, "mobile": 0.55}
"""How likely those who want to pay are to get through the form, by device."""

LIBRARY: Final = "RudderLabs JavaScript SDK"
SENT_BY_NONE: Final = (None, None, None, None)
"""The device, system, library and session of an event that no SDK has sent."""


@dataclass(frozen=True)
class Device:
    """A phone or a laptop."""

    id: str
    type: str
    os: str


@dataclass
class Person:
    """A person with one or more devices, who may sign up."""

    user_id: str
    devices: list[Device]
    signs_up: bool
    signed_up: bool = False


def visit(person: Person, at: datetime, dice: Random) -> Iterator[Row]:
    """Yield the events of a visit that starts at this time."""
    device, entrance = any_of(person.devices, dice), ENTRANCES.draw(dice)
    sent = device.type, device.os, LIBRARY, int(at.timestamp() * 1000)
    late = timedelta(days=dice.randrange(1, 4)) if dice.random() < 0.02 else timedelta()
    stays = dice.random() >= entrance.leave
    event, page, known = entrance.event, entrance.landing, False
    while event != "left":
        yield device.id, person.user_id if known else None, event, at, loaded(at + late, dice), *page, *sent
        at += timedelta(microseconds=int(dice.lognormvariate(17.6, 1.0)))
        if stays and not known and person.signs_up and dice.random() < 0.3:
            known, login = True, "logged_in" if person.signed_up else "signup"
            person.signed_up = True
            yield device.id, person.user_id, login, at, loaded(at + late, dice), *page, *sent
            at += timedelta(seconds=2, microseconds=dice.randrange(1_000_000))
        event = NEXT[event].draw(dice) if stays else "left"
        if event == "ordered" and dice.random() >= entrance.pay * PAY[device.type]:
            event = "left"
        page = any_page(event, page.url, dice) if event in PATHS else page


def loaded(sent_at: datetime, dice: Random) -> datetime:
    """Return when the warehouse has an event that was sent at this time."""
    return sent_at + timedelta(minutes=dice.randrange(5, 65))
