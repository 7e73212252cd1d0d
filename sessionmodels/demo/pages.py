"""The shop's pages, and the ways into it: the campaign, search engine or link that people follow, and where they land."""

from dataclasses import dataclass
from random import Random
from typing import Final, NamedTuple
from urllib.parse import urlencode

from sessionmodels.demo.dice import Odds, any_of

SHOP: Final = "https://shop.example"
PATHS: Final[dict[str, tuple[str, ...]]] = {
    "visited_home": ("/",),
    "viewed_category": ("/shoes", "/jackets", "/bags", "/sale"),
    "viewed_product": ("/shoes/trail", "/shoes/sneaker", "/jackets/rain", "/jackets/down", "/bags/daypack", "/bags/tote"),
    "searched": ("/search",),
    "started_checkout": ("/checkout",),
    "ordered": ("/thanks",),
}
"""The pages that an event opens. Other events happen on the page that is open."""


class Page(NamedTuple):
    """What the SDK sends of the open page. The campaign is the one in its URL."""

    url: str
    path: str
    referrer: str | None = None
    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    term: str | None = None
    content: str | None = None


@dataclass(frozen=True)
class Entrance:
    """A way into the shop, and how likely those who take it are to leave at once, and to pay in the end."""

    event: str
    landing: Page
    leave: float
    pay: float


def any_page(event: str, referrer: str | None, dice: Random) -> Page:
    """Return a page that an event opens."""
    path = any_of(PATHS[event], dice)
    return Page(f"{SHOP}{path}", path, referrer)


def _entrance(path: str, referrer: str, leave: float, pay: float, **campaign: str) -> Entrance:
    event = next(event for event, paths in PATHS.items() if path in paths)
    query = f"?{urlencode({f'utm_{name}': value for name, value in campaign.items()})}" if campaign else ""
    return Entrance(event, Page(f"{SHOP}{path}{query}", path, referrer, **campaign), leave, pay)


DIRECT: Final = "$direct"
"""What the SDK sends as the referrer if there is none."""
GOOGLE: Final = "https://www.google.com/"
FACEBOOK: Final = "https://l.facebook.com/"
INSTAGRAM: Final = "https://l.instagram.com/"
BLOG: Final = "https://runners.example/best-shoes"
SPRING_SEARCH: Final = {"source": "google", "medium": "cpc", "campaign": "spring", "term": "rain jacket"}
SPRING_SOCIAL: Final = {"source": "facebook", "medium": "paid", "campaign": "spring"}
SNEAKERS: Final = {"source": "instagram", "medium": "paid", "campaign": "sneakers", "content": "story"}
WEEKLY: Final = {"source": "newsletter", "medium": "email", "campaign": "weekly"}

ENTRANCES: Final = Odds(
    (_entrance("/", DIRECT, 0.06, 0.85), 27),
    (_entrance("/", GOOGLE, 0.1, 0.75), 13),
    (_entrance("/shoes", GOOGLE, 0.2, 0.7), 8),
    (_entrance("/jackets/rain", GOOGLE, 0.25, 0.65), 6),
    (_entrance("/sale", GOOGLE, 0.15, 0.7, **SPRING_SEARCH), 12),
    (_entrance("/sale", FACEBOOK, 0.4, 0.35, **SPRING_SOCIAL, content="video"), 7),
    (_entrance("/sale", FACEBOOK, 0.3, 0.45, **SPRING_SOCIAL, content="carousel"), 5),
    (_entrance("/shoes/sneaker", INSTAGRAM, 0.35, 0.4, **SNEAKERS), 9),
    (_entrance("/jackets", DIRECT, 0.02, 0.95, **WEEKLY), 8),
    (_entrance("/shoes/trail", BLOG, 0.12, 0.8), 5),
)
"""The ways into the shop, and how many of 100 visits come by each."""
