"""What an examination must find, in plain Python: figures of raw rows, sharing no code with the SQL."""

from collections import Counter, defaultdict
from dataclasses import replace
from itertools import pairwise

from oracle import MINUTE, Rules, clean, sessionize
from oracle_rows import LONGEST_ID, blank

DEFAULT = Rules()
YEAR_2011 = 1_293_840_000_000_000
A_YEAR = 365 * 24 * 60 * MINUTE
WORDS = {
    *("null", "undefined", "none", "nan", "\\n", "0", "unknown", "nil", "(null)", "(none)", "(not set)", "not set", "n/a", "na"),
    *("false", "true", "-1", "anonymous", "guest", "test", "default", "[object object]"),
}


def percentile(values, percent):
    """Return the smallest of some values that so many percent of them do not exceed."""
    return next((one for place, one in enumerate(sorted(values), 1) if place * 100 >= percent * len(values)), None)


def profile(raws, now, ignored=()):
    """Return the figures of one source's rows."""
    found = {"rows": len(raws), "filtered": 0}
    for name, column in (("event_id", "id"), ("anonymous_id", "anonymous_id"), ("user_id", "user_id")):
        values = [getattr(raw, column) for raw in raws]
        found[f"{name}_null"] = values.count(None)
        found[f"{name}_blank"] = sum(one is not None and blank(one) is None for one in values)
        found[f"{name}_long"] = sum(len(one or "") > LONGEST_ID for one in values)

    def is_none(one):
        return blank(one) is None or one in ignored

    times = [(raw.timestamp, raw.loaded_at) for raw in raws if raw.timestamp is not None]
    late = [loaded - at for at, loaded in times if loaded is not None]
    return found | {
        "no_visitor": sum(is_none(raw.anonymous_id) and is_none(raw.user_id) for raw in raws),
        "no_event": sum(blank(raw.event) is None for raw in raws),
        "no_time": len(raws) - len(times),
        "unreadable_time": 0,
        "time_out_of_range": 0,
        "no_load_time": sum(raw.loaded_at is None for raw in raws),
        "in_future": sum(at > now + 5 * MINUTE for at, _ in times),
        "after_load": sum(one < -5 * MINUTE for one in late),
        "long_ago": sum(at < YEAR_2011 or (loaded is not None and loaded - at > A_YEAR) for at, loaded in times),
        "at_midnight": sum(at % (24 * 60 * MINUTE) == 0 for at, _ in times),
        "earliest": min(at for at, _ in times),
        "latest": max(at for at, _ in times),
    }


def lateness(raws):
    """Return how many whole seconds after they happened rows were loaded."""
    late = [raw.loaded_at - raw.timestamp for raw in raws if None not in {raw.loaded_at, raw.timestamp}]
    seconds = [int(one / 1_000_000) for one in late]  # towards zero
    return {"number": len(seconds), "longest": max(seconds)} | {f"p{one}": percentile(seconds, one) for one in (5, 50, 95, 99)}


def loads(raws):
    """Return the pauses between minutes in which rows were loaded."""
    each = sorted({raw.loaded_at // MINUTE for raw in raws if raw.loaded_at is not None})
    pauses = [after - before for before, after in pairwise(each)]
    return {"number": len(pauses), "longest": max(pauses, default=None)} | {
        f"p{one}": percentile(pauses, one) for one in (50, 95)
    }


def duplicates(raws, rules=DEFAULT):
    """Return the figures of rows that share an id."""
    usable, _, _ = clean(raws, replace(rules, deduplicate=False))
    rows = defaultdict(list)
    for event in usable:
        rows[event.id].append(event)
    of_source = Counter((event.id, event.source) for event in usable)
    most = {one: max(times for (id_, _), times in of_source.items() if id_ == one) for one in rows}
    return {
        "rows": len(usable),
        "ids": len(rows),
        "repeated": sum(times > 1 for times in most.values()),
        "most": max(most.values(), default=0),
        "surplus": len(usable) - len(of_source),
        "moved": sum(len({event.timestamp for event in mine}) > 1 for mine in rows.values()),
        "in_several_sources": sum(len({event.source for event in mine}) > 1 for mine in rows.values()),
    }


def suspicious_ids(raws):
    """Return the column, id, rows, ids of the other column, and whether it is a placeholder, of each suspicious id."""
    found = set()
    for column, other, too_many in (("anonymous_id", "user_id", 100), ("user_id", "anonymous_id", 1000)):
        rows = defaultdict(list)
        for raw in raws:
            rows[blank(getattr(raw, column))].append(blank(getattr(raw, other)))
        rows.pop(None, None)
        for one, others in rows.items():
            number = len(set(others) - {None})
            folded = one.strip().lower()
            is_word = folded in WORDS or (set(folded) <= {"0", "-"} and "0" in folded)
            if is_word or number >= too_many:
                found.add((column, one, len(others), number, is_word))
    return found


def sessions(raws, minutes, rules=DEFAULT):
    """Return how many sessions the rows are, if a pause of more than so many minutes starts one."""
    relations, _, _ = sessionize(raws, replace(rules, idle_minutes=minutes))
    return len(relations["sessions"])


def visitors(raws, rules=DEFAULT):
    """Return each visitor's number of events, the most first, with the first and the last time; and all pauses."""
    relations, _, _ = sessionize(raws, rules)
    times = defaultdict(list)
    for row in relations["mapped_tracks"]:
        times[row["dbt_visitor_id"]].append(row["timestamp"])
    listed = sorted(((one, len(mine), min(mine), max(mine)) for one, mine in times.items()), key=lambda one: (-one[1], one[0]))
    ordered = (sorted(mine) for mine in times.values())
    return listed, [after - before for mine in ordered for before, after in pairwise(mine)]
