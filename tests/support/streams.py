"""Small nasty streams of raw events, many of them side by side in one table, their ids kept apart."""

from dataclasses import replace
from datetime import UTC, datetime
from random import Random

from hypothesis import strategies as st
from oracle import MINUTE, Raw

GAPS = (
    0,
    1,
    MINUTE,
    30 * MINUTE - 1,
    30 * MINUTE,
    30 * MINUTE + 1,
    31 * MINUTE - 1,
    31 * MINUTE,
    31 * MINUTE + 1,
    500_000,
    59_999_999,
    24 * 60 * MINUTE,
    7_777_777_777,
    9_999_999,
    10_000_000,
)
DEVICES = ("d", "D", None, "é", "both", " d ", "", "  ", "it's; DROP TABLE tracks --", "😀", "Z", "x" * 65_000)
USERS = (None, "u", "both", "U", "", "é", "d", "   ", "100%", ":name", "a\\b")
EVENTS = (
    "viewed_product",
    "signup",
    None,
    "view_product",
    "",
    "Signup",
    "it's",
    '"quoted" %s %(x)s',
    ":name 😀",
    "\\",
    "tab\tline\n",
    "page",
    "screen",
)
IDS = ("1", "2", "10", "é", "A", "a", "_", " 1", "%", None, "")
TOO_LONG = {"anonymous_id": "y" * 65_536, "user_id": "é" * 65_536, "id": "😀" * 65_536}
"""One character more than an id may have, whatever it takes in bytes."""

FRESH = 20
"""Ids beyond those of `IDS`: unlike them, seldom met twice."""

STARTS = tuple(
    int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000
    for text in (
        "2026-01-05T12:00:00",
        "1969-12-31T23:40:00",  # across 1970
        "2026-03-29T00:45:00",  # the clocks of Europe go forward at 01:00
        "2026-10-25T00:45:00",  # and back
        "2026-03-08T06:45:00",  # those of New York
        "1899-12-31T23:59:00",
        "2099-12-31T23:59:00",
    )
)
CONTEXTS = (
    {},
    {},
    {
        "context_page_url": "https://shop.example/a?b=1",
        "context_page_path": "/a",
        "context_page_referrer": "https://www.example/",
    },
    {"context_page_path": "/b", "context_page_referrer": "$direct", "referrer": "https://partner.example/"},
    {"context_page_url": "  ", "url": "https://shop.example/ü", "path": "/ü"},
    {"context_campaign_source": "news", "context_campaign_medium": "email", "context_campaign_name": "Spring"},
    {"context_campaign_source": "news", "context_campaign_medium": "email", "context_campaign_name": "Spring"},
    {"context_campaign_source": "news", "context_campaign_name": "spring", "context_campaign_term": "shoes"},
    {"context_campaign_content": "it's; 100%"},
    {"context_device_type": "iOS", "context_os_name": "iOS", "context_library_name": "RudderLabs iOS SDK"},
    {"context_os_name": "", "context_library_name": "RudderLabs JavaScript SDK"},
    {"context_session_id": "1767614459999"},
    {"context_session_id": "1767614459999"},
    {"revenue": "19.99"},
    {"revenue": "-0.0000000005", "context_page_path": "/paid"},
    {"revenue": "1e3", "context_campaign_term": "it's"},
    {"context_session_id": "1767618000000", "context_page_url": "https://shop.example/", "context_campaign_source": "ads"},
)
"""Columns of the raw table beside the usual ones, with their values. Some are there twice, to be met more often."""

LOADS = (None, 0, 1, 3_600_000_000)

PLACES = (len(GAPS), len(DEVICES), len(USERS), len(EVENTS), len(IDS) + FRESH, len(LOADS), 12, len(CONTEXTS))
CODES = 1
for size in PLACES:
    CODES *= size


def digits(code: int) -> list[int]:
    """Return one number as one choice for each place: a whole event is a single draw, so that many fit into an example."""
    chosen = []
    for size in PLACES:
        code, digit = divmod(code, size)
        chosen.append(digit)
    return chosen


def apart(text: str | None, stream: int) -> str | None:
    """Return an id that no other stream has; blank ids stay blank."""
    return text if text is None or not text.strip(" ") else f"{text}~{stream}"


def events(stream: int, start: int, codes: list[int]) -> list[Raw]:
    now, raws = start, []
    for code in codes:
        gap, device, user, event, identity, load, flaw, context = digits(code)
        now += GAPS[gap]
        raw = Raw(
            id=apart(IDS[identity] if identity < len(IDS) else f"e{identity}", stream),
            anonymous_id=apart(DEVICES[device], stream),
            user_id=apart(USERS[user], stream),
            event=EVENTS[event],
            timestamp=None if flaw == 1 else now,
            loaded_at=None if (late := LOADS[load]) is None else now + late,
            context=tuple(CONTEXTS[context].items()),
        )
        raws.append(too_long(raw, user) if flaw == 2 and event == 0 else raw)
    return raws


def too_long(raw: Raw, which: int) -> Raw:
    """Return the event with one of its ids too long."""
    part = list(TOO_LONG)[which % len(TOO_LONG)]
    return replace(raw, **{part: TOO_LONG[part]})


DICE = st.builds(Random, st.integers(0, 2**32))
"""Dice by their seed: choices that Hypothesis draws one by one take longer than most laws."""

one_stream = st.tuples(st.sampled_from(STARTS), st.lists(st.integers(0, CODES - 1), min_size=1, max_size=12))


@st.composite
def many_streams(draw, most: int = 16, least: int = 1) -> list[Raw]:
    """Draw the raw events of so many streams, in one shuffled table."""
    drawn = draw(st.lists(one_stream, min_size=least, max_size=most))
    raws = [raw for n, (start, codes) in enumerate(drawn) for raw in events(n, start, codes)]
    draw(DICE).shuffle(raws)
    return raws


OLD = [Raw(f"e{n}", f"d{n % 3}", None, "x", n * 20 * MINUTE) for n in range(9)]
NEW = [Raw(f"f{n}", f"d{n % 2}", "u" if n == 3 else None, "y", n * 40 * MINUTE) for n in range(7)]
"""Two small sources, before and after something arrived."""

SIGNUPS = [Raw(f"e{n}", "d", "u" if n == 3 else None, "signup", n * 20 * MINUTE) for n in range(5)]
"""One device's events, on which somebody logs in late."""


def of_sources(raws: list[Raw], names: list[str], dice: Random) -> list[Raw]:
    """Return the rows in sources of these names; about every third is in several, with parts of its context and a revenue."""
    found = []
    for raw in raws:
        chosen = dice.sample(names, dice.choice((1, 1, 2, len(names))))
        for name in chosen:
            context = dict(raw.context) if len(chosen) == 1 else {key: text for key, text in raw.context if dice.random() < 0.5}
            context |= {"revenue": dice.choice(("1.5", "20", ""))} if name == "order_completed" else {}
            late = dice.choice((0, 0, 0, 1, MINUTE))
            found.append(
                replace(
                    raw,
                    source=name,
                    context=tuple(context.items()),
                    timestamp=None if raw.timestamp is None else raw.timestamp + late,
                    user_id=dice.choice((raw.user_id, raw.user_id, None)),
                )
            )
    dice.shuffle(found)
    return found
