"""What the analyses must answer, in plain Python, from relations as lists of dictionaries. Nothing of it is in the SQL.

Sessions have their channel.
"""

from calendar import monthrange
from collections import Counter, defaultdict
from datetime import date
from fractions import Fraction

from oracle_rules import date_of

SECOND = 1_000_000
DAY = 24 * 3600 * SECOND


def within(moment, since, until, zone):
    """Whether a time is in a range of days. Days are compared as texts, which sort like days."""
    day = date_of(moment, zone)
    return (since is None or day >= since) and (until is None or day <= until)


def start_of(day, period):
    found = date.fromisoformat(day)
    if period == "week":
        found = date.fromordinal(max(1, found.toordinal() - found.weekday()))
    elif period == "month":
        found = found.replace(day=1)
    return found.isoformat()


def index_of(day, period):
    found = date.fromisoformat(day)
    if period == "month":
        return found.year * 12 + found.month
    return found.toordinal() if period == "day" else (found.toordinal() - found.weekday()) // 7


def ordinals_of(first, period):
    """Return the first and the last day of a period as numbers, which may be past the last date that there is."""
    start = date.fromisoformat(first)
    days = {"day": 1, "week": 7, "month": monthrange(start.year, start.month)[1]}[period]
    return start.toordinal(), start.toordinal() + days - 1


def is_whole(first, period, since, until):
    """Whether a period lies in a range of days as a whole."""
    start, end = ordinals_of(first, period)
    after = since is None or start >= date.fromisoformat(since).toordinal()
    return after and (until is None or end <= date.fromisoformat(until).toordinal())


def share(part, whole):
    return None if not whole else float(Fraction(part, whole))


def sessions_by(relations, *, by=(), period=None, since=None, until=None, zone="UTC"):
    groups = defaultdict(list)
    for one in relations["sessions"]:
        if within(one["session_start_at"], since, until, zone):
            first = (start_of(date_of(one["session_start_at"], zone), period),) if period else ()
            groups[first + tuple(one[name] for name in by)].append(one)
    if not by and not period:
        groups[()]  # of no sessions, there is a row of zeros
    rows = []
    last = max((date_of(one["ended_at"], zone) for one in relations["sessions"]), default=None)
    for key, mine in groups.items():
        is_over = period and index_of(key[0], period) < index_of(last, period)
        seen = [one["is_bounce"] for one in mine if one["is_bounce"] is not None]
        length = sum(one["ended_at"] - one["session_start_at"] for one in mine)
        rows.append(
            {
                **dict(zip((("period_start",) if period else ()) + tuple(by), key, strict=True)),
                "sessions": len(mine),
                "visitors": len({one["dbt_visitor_id"] for one in mine}),
                "events": sum(one["num_pvs"] for one in mine),
                "page_views": sum(one["page_views"] for one in mine),
                "conversions": sum(one["conversions"] for one in mine),
                "engaged_sessions": sum(one["is_engaged"] for one in mine),
                "bounce_rate": share(sum(seen), len(seen)),
                "conversion_rate": share(sum(one["conversions"] > 0 for one in mine), len(mine)),
                "average_minutes": share(length, len(mine) * 60 * SECOND),
                **({"is_complete": is_over and is_whole(key[0], period, since, until)} if period else {}),
            }
        )
    return rows


def in_visit_order(event):
    return event["session_sequence_number"], event["track_sequence_number"]


def funnel(relations, *, steps, within_seconds=None, by=(), since=None, until=None, zone="UTC"):
    entity = "session_id" if within_seconds is None else "dbt_visitor_id"
    sessions = {one["session_id"]: one for one in relations["sessions"]}
    everyone = defaultdict(list)
    for event in sorted(relations["session_events"], key=in_visit_order):
        everyone[event[entity]].append(event)
    groups = defaultdict(list)
    for events in everyone.values():
        starts = [n for n, one in enumerate(events) if one["event"] == steps[0] and within(one["timestamp"], since, until, zone)]
        if not starts:
            continue
        entry = events[starts[0]]
        place, times = starts[0], [entry["timestamp"]]
        for step in steps[1:]:
            later = [n for n in range(place + 1, len(events)) if events[n]["event"] == step]
            if within_seconds is not None:
                later = [n for n in later if events[n]["timestamp"] - entry["timestamp"] <= within_seconds * SECOND]
            if not later:
                break
            place = later[0]
            times.append(events[place]["timestamp"])
        groups[tuple(sessions[entry["session_id"]][name] for name in by)].append(times)
    if not by and not groups:
        groups[()] = []
    rows = []
    for key, found in groups.items():
        for n, step in enumerate(steps):
            arrived = [times for times in found if len(times) > n]
            took = sorted(times[n] - times[n - 1] for times in arrived) if n else []
            rows.append(
                {
                    **dict(zip(by, key, strict=True)),
                    "step": n + 1,
                    "event": step,
                    "sessions" if within_seconds is None else "visitors": len(arrived),
                    "share": share(len(arrived), len(found)),
                    "share_of_previous": share(len(arrived), sum(len(times) >= n for times in found)) if n else None,
                    "median_seconds": middle(took),
                }
            )
    return rows


def middle(values):
    if not values:
        return None
    both = values[(len(values) - 1) // 2], values[len(values) // 2]
    return float(Fraction(sum(both), 2 * SECOND))


def retention(relations, *, first_event=None, event=None, period="week", periods=8, since=None, until=None, zone="UTC"):
    seen, active, last = {}, defaultdict(set), None
    for one in relations["session_events"]:
        visitor, moment = one["dbt_visitor_id"], one["timestamp"]
        index = index_of(date_of(moment, zone), period)
        last = index if last is None else max(last, index)
        if first_event is None or one["event"] == first_event:
            seen[visitor] = min(moment, seen.get(visitor, moment))
        if event is None or one["event"] == event:
            active[visitor].add(index)
    cohorts = defaultdict(set)
    for visitor, moment in seen.items():
        if within(moment, since, until, zone):
            day = date_of(moment, zone)
            cohorts[start_of(day, period), index_of(day, period)].add(visitor)
    return [
        {
            "first_period": start,
            "visitors": len(mine),
            "periods_later": later,
            "returned": (back := sum(index + later in active[one] for one in mine)),
            "share": share(back, len(mine)),
            "is_complete": index + later < last,
        }
        for (start, index), mine in cohorts.items()
        for later in range(periods)
        if index + later <= last
    ]


def paths(relations, *, start_at=None, end_at=None, depth=5, since=None, until=None, zone="UTC"):
    sessions = defaultdict(list)
    for event in sorted(relations["session_events"], key=in_visit_order):
        sessions[event["session_id"]].append(event)
    found = Counter()
    for events in sessions.values():
        wanted = end_at or start_at
        at = [n for n, one in enumerate(events) if wanted is None or one["event"] == wanted]
        if at and within(events[at[0]]["timestamp"], since, until, zone):
            shown = events[max(0, at[0] - depth + 1) : at[0] + 1] if end_at else events[at[0] : at[0] + depth]
            names = [one["event"] for one in shown]
            found[(*names, *[None] * (depth - len(names)), len(names))] += 1
    return [
        {
            **{f"event_{n + 1}": path[n] for n in range(depth)},
            "events": path[-1],
            "sessions": number,
            "share": share(number, found.total()),
        }
        for path, number in found.items()
    ]


def pages(relations, *, page_events=("page", "screen"), since=None, until=None, zone="UTC"):
    rows = {}

    def of(path):
        return rows.setdefault(path, {"views": [], "landed": [], "left": 0})

    for one in relations["session_events"]:
        is_shown = one["page_path"] is not None and one["event"] in page_events
        if is_shown and within(one["timestamp"], since, until, zone):
            of(one["page_path"])["views"].append(one["session_id"])
    for one in relations["sessions"]:
        if within(one["session_start_at"], since, until, zone):
            if one["landing_page_path"] is not None:
                of(one["landing_page_path"])["landed"].append(one["is_bounce"])
            if one["exit_page_path"] is not None:
                of(one["exit_page_path"])["left"] += 1
    left_from = {one["session_id"]: one["exit_page_path"] for one in relations["sessions"]}
    return [
        {
            "page_path": path,
            "page_views": len(one["views"]),
            "sessions": len(set(one["views"])),
            "exit_rate": share(sum(left_from[seen] == path for seen in set(one["views"])), len(set(one["views"]))),
            "entries": len(one["landed"]),
            "exits": one["left"],
            "bounces": sum(bounced is True for bounced in one["landed"]),
            "bounce_rate": share(
                sum(bounced is True for bounced in one["landed"]), sum(bounced is not None for bounced in one["landed"])
            ),
        }
        for path, one in rows.items()
    ]


def active_visitors(relations, *, since=None, until=None, zone="UTC"):
    by_day = defaultdict(set)
    for one in relations["session_events"]:
        if within(one["timestamp"], None, until, zone):
            by_day[date_of(one["timestamp"], zone)].add(one["dbt_visitor_id"])
    ordinals = {date.fromisoformat(day).toordinal(): mine for day, mine in by_day.items()}

    def up_to(day, days):
        return len(set().union(*(ordinals.get(day - n, set()) for n in range(days))))

    return [
        {
            "day": date.fromordinal(day).isoformat(),
            "daily": up_to(day, 1),
            "weekly": up_to(day, 7),
            "monthly": up_to(day, 30),
            "stickiness": share(up_to(day, 1), up_to(day, 30)),
        }
        for day in ordinals
        if since is None or date.fromordinal(day).isoformat() >= since
    ]


def conversions(relations, *, events, by=("channel",), window_days=30, since=None, until=None, zone="UTC"):
    visits = defaultdict(dict)
    for one in relations["sessions"]:
        visits[one["dbt_visitor_id"]][one["session_sequence_number"]] = one
    credited = defaultdict(lambda: {"first": 0, "last": 0, "last_non_direct": 0})
    for event in relations["session_events"]:
        if event["event"] not in events or not within(event["timestamp"], since, until, zone):
            continue
        mine, own = visits[event["dbt_visitor_id"]], event["session_sequence_number"]
        window = [
            number
            for number in sorted(mine)
            if number == own or (number < own and event["timestamp"] - mine[number]["session_start_at"] <= window_days * DAY)
        ]
        sent = [number for number in window if mine[number]["channel"] != "Direct"]
        for figure, number in (("first", window[0]), ("last", own), ("last_non_direct", sent[-1] if sent else own)):
            credited[tuple(mine[number][name] for name in by)][figure] += 1
    return [{**dict(zip(by, key, strict=True)), **figures} for key, figures in credited.items()]
