"""The conformance stream of the package, and what the oracle expects of it.

    python tests/support/conformance.py

writes the files again, to be read in the diff.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from graphs import graph_by
from oracle import CONTEXT, DBT, MINUTE, Raw, Rules, sessionize
from session_rules import busy_visitors
from streams import CODES, GAPS, STARTS, USERS, events

from sessionmodels.conformance.stream import LONGEST, MARKED, TOO_LONG, file_of, plain
from sessionmodels.warehouses import warehouse_of

FOLDER = Path(__file__).parents[2] / "sessionmodels" / "conformance"
SOURCES = (("tracks", None), ("pages", "page"))
MEANT = {
    "exact": Rules(),
    "dbt": DBT,
    "first user, SDK sessions": Rules(identity="first", sdk_sessions=True),
    "device, start events": Rules(identity="device", start_events=("signup", "it's")),
    "point in time, campaigns": Rules(identity="point_in_time", cut_on_campaign=True),
    "identity graph, midnight": Rules(identity="table", cut_at_midnight=True, time_zone="Europe/Berlin"),
    "two sources, longest session": Rules(
        sources=SOURCES,
        max_session_minutes=17,
        ignored_ids=("both", "d~1"),
        ignored_events=("",),
        page_events=("page", "signup"),
        conversion_events=("viewed_product",),
        session_columns=(("first_term", "first", "utm_term"), ("numbers", "sum", "sdk_session_id")),
    ),
}
"""What the package's settings mean to the oracle."""

CHANGED = {
    "aliases_mapping": ("alias", "dbt_visitor_id"),
    "sessions": ("session_id", "session_key", "session_start_at", "num_pvs", "start_reason", "session_date"),
}
"""By relation, the columns that an identity or a session rule can change."""

FACTS = {
    "session_events": ("event_id", "source", "session_id", "event", "page_path", "utm_source", "os_name"),
    "sessions": (
        *CHANGED["sessions"],
        *(
            "landing_page_path",
            "exit_page_path",
            "utm_source",
            "page_views",
            "conversions",
            "is_engaged",
            "first_term",
            "numbers",
        ),
    ),
}
"""The columns that sources, filters and facts can change."""


def stream() -> list[Raw]:
    """Return every gap on either side of a session's edge, every nasty id, and forty streams by chance, always the same."""
    start = STARTS[0] + 59_999_999  # not on a whole minute
    gaps = [
        Raw(f"gap{n}{end}", f"gap{n}", None, "viewed_product", start + at)
        for n, gap in enumerate(GAPS)
        for end, at in ((0, 0), (1, gap))
    ]
    names = [Raw(f"name{n}", "shared", user, "signup", start + n * 20 * MINUTE) for n, user in enumerate(USERS)]
    longest = [Raw("long", LONGEST, "u~long", LONGEST, start), Raw("long2", LONGEST, None, "view_product", start + MINUTE)]
    too_long = [
        Raw("too1", TOO_LONG, None, "signup", start),
        Raw("too2", "gap0", TOO_LONG, "signup", start),
        Raw(TOO_LONG, "gap0", None, "signup", start),
    ]
    dice = Random(7)
    chance = [raw for n in range(40) for raw in events(n, STARTS[n % len(STARTS)], [dice.randrange(CODES) for _ in range(8)])]
    return [*gaps, *names, *longest, *too_long, *(raw for raw in chance if len(raw.anonymous_id or "") < len(LONGEST))]


def stream_for(dialect: str) -> list[Raw]:
    """Return the stream without the rows that no table of the warehouse can hold."""
    longest = warehouse_of(dialect).tables.longest_text
    return [
        raw
        for raw in stream()
        if longest is None or all(len(one.encode()) <= longest for one in vars(raw).values() if isinstance(one, str))
    ]


def some_of_the_stream(dialect: str) -> list[Raw]:
    """Return every nasty id and a few streams, where rows are not the point and an emulator would take long over all."""
    return [
        raw for raw in stream_for(dialect) if raw.id is None or raw.id.startswith("name") or raw.id.endswith(("~3", "~4", "~5"))
    ]


def in_pages(raws: list[Raw]) -> list[Raw]:
    """Return page views, and rows that complete every fourth event by the campaign and the page that it lacks."""
    dice = Random(8)
    views = [replace(raw, id=f"page-{raw.id}", source="pages") for raw in busy_visitors(8, dice)]
    sent = (("context_page_path", "/completed"), ("context_campaign_source", "completed"))
    return [*views, *(replace(raw, source="pages", context=sent) for raw in raws[::4])]


def contents() -> dict[str, str]:
    """Return the files by name."""
    raws = [*stream(), *busy_visitors(15, Random(9))]
    pages, graph = in_pages(raws), graph_by(Random(10), 20)
    made = {"tracks.json": lines(map(written, raws)), "pages.json": lines(map(without_event, map(written, pages)))}
    made["graph.json"] = lines({"other_id": alias, "main_id": visitor} for alias, visitor in graph)
    for name, rules in MEANT.items():
        several = len(rules.sources) > 1
        read = [raw for raw in (*raws, *pages) if dict(raw.context).get("context_campaign_term") != "it's"] if several else raws
        expected, _, _ = sessionize(read, replace(rules, graph=tuple(graph)))
        chosen = expected if name in {"exact", "dbt"} else narrow(expected, FACTS if several else CHANGED)
        relations = ",\n".join(f'"{one}": {lines(sorted(rows, key=as_json))}' for one, rows in sorted(chosen.items()))
        made[file_of(name)] = "{\n" + relations + "\n}"
    for long, mark in MARKED.items():
        made = {name: text.replace(long, mark) for name, text in made.items()}
    return {name: text + "\n" for name, text in made.items()}


def written(raw: Raw) -> dict[str, Any]:
    """Return a row of a raw table."""
    ids = {"id": raw.id, "anonymous_id": raw.anonymous_id, "user_id": raw.user_id, "event": raw.event}
    context = {column: dict(raw.context).get(column) for _, columns in CONTEXT for column in columns}
    return {**ids, "timestamp": raw.timestamp, "uuid_ts": raw.loaded_at, **context}


def without_event(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of a table whose events have no names."""
    return {column: value for column, value in row.items() if column != "event"}


def narrow(expected: dict[str, list[dict]], columns: Mapping[str, Sequence[str]]) -> dict[str, list[dict]]:
    """Return these columns of these relations."""
    return {name: [{one: row[one] for one in chosen} for row in expected[name]] for name, chosen in columns.items()}


def as_json(row: dict) -> str:
    """Return a row as JSON, a number as text: a float would round it."""
    return json.dumps(row, ensure_ascii=False, default=plain)


def lines(rows: Iterable[dict]) -> str:
    return "[\n" + ",\n".join(map(as_json, rows)) + "\n]"


if __name__ == "__main__":
    for path in FOLDER.glob("*.json"):
        path.unlink()
    for name, text in contents().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
