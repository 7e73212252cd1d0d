"""The conformance stream of the package, and what the oracle expects of it.

    python tests/support/conformance.py

writes the files anew, to be read in the diff.
"""

import json
from pathlib import Path
from random import Random

from oracle import CONTEXT, DBT, MINUTE, Raw, Rules, sessionize
from streams import CODES, GAPS, STARTS, USERS, events

from sessionmodels.conformance.stream import LONGEST, MARKED, TOO_LONG
from sessionmodels.warehouses import warehouse_of

FOLDER = Path(__file__).parents[2] / "sessionmodels" / "conformance"
RULES = {"exact": Rules(), "dbt": DBT}


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


def contents() -> dict[str, str]:
    """Return the files by name."""
    raws = stream()
    context = [column for _, columns in CONTEXT for column in columns]
    tracks = [
        {**vars(raw), "uuid_ts": raw.loaded_at, **{column: dict(raw.context).get(column) for column in context}} for raw in raws
    ]
    for row in tracks:
        del row["loaded_at"], row["context"], row["source"]
    made = {"tracks.json": lines(tracks)}
    for mode, rules in RULES.items():
        expected, _, _ = sessionize(raws, rules)
        relations = ",\n".join(f'"{name}": {lines(sorted(rows, key=json.dumps))}' for name, rows in sorted(expected.items()))
        made[f"expected_{mode}.json"] = "{\n" + relations + "\n}"
    for long, mark in MARKED.items():
        made = {name: text.replace(long, mark) for name, text in made.items()}
    return {name: text + "\n" for name, text in made.items()}


def lines(rows: list[dict]) -> str:
    return "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]"


if __name__ == "__main__":
    for name, text in contents().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
