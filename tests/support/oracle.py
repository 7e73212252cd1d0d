"""The truth, in plain Python: sessions from raw events, sharing no code with the SQL.

Times are whole microseconds since 1970 throughout. Follows the contract sentence by sentence, and is as slow as it likes.
"""

from collections import defaultdict
from dataclasses import dataclass, replace

MINUTE = 60_000_000
LONGEST_ID = 65_535
"""Characters."""

FIRST_MOMENT = -62_135_596_800_000_000
LAST_MOMENT = 253_402_300_799_999_999
"""The years 1 to 9999, in microseconds since 1970."""

CONTEXT = (
    ("page_url", ("context_page_url", "url")),
    ("page_path", ("context_page_path", "path")),
    ("page_referrer", ("context_page_referrer", "referrer")),
    ("utm_source", ("context_campaign_source",)),
    ("utm_medium", ("context_campaign_medium",)),
    ("utm_campaign", ("context_campaign_name",)),
    ("utm_term", ("context_campaign_term",)),
    ("utm_content", ("context_campaign_content",)),
    ("device_type", ("context_device_type",)),
    ("os_name", ("context_os_name",)),
    ("library_name", ("context_library_name",)),
    ("sdk_session_id", ("context_session_id",)),
)
"""By column of an event, the raw columns that it is read from."""


@dataclass(frozen=True)
class Raw:
    """One row of the raw table."""

    id: str | None
    anonymous_id: str | None
    user_id: str | None
    event: str | None
    timestamp: int | None
    loaded_at: int | None = None
    context: tuple[tuple[str, str | None], ...] = ()
    """Other columns of the raw table, with their values."""

    source: str = "tracks"
    """The raw table."""


@dataclass(frozen=True)
class Rules:
    """What the settings can change."""

    idle_minutes: int = 30
    flow_depth: int = 5
    deduplicate: bool = True
    dbt: bool = False
    context: tuple = CONTEXT
    sources: tuple = (("tracks", None),)
    """The raw tables, each with the one name of its events, or None where each has a name of its own."""

    counters: tuple = (("cnt_viewed_product", ("view_product", "viewed_product")), ("cnt_signup", ("signup",)))


DBT = Rules(deduplicate=False, dbt=True, counters=(("cnt_viewed_product", ("viewed_product",)), ("cnt_signup", ("signup",))))


def code_points(text):
    """Sort text by code point: Python does so already, said here for the reader."""
    return [ord(character) for character in text]


def nulls_last(value, key=lambda value: value):
    return (1,) if value is None else (0, key(value))


def blank(text):
    return None if text is None or text.strip(" ") == "" else text


def clean(raws, rules):
    """Return usable events, and how many were left out for which reason, and how many were duplicates."""
    reasons = "no_event_id", "no_id", "id_too_long", "unreadable_time", "time_out_of_range", "no_time"
    left_out = dict.fromkeys(reasons, 0)
    usable = []
    for raw in raws:
        ids = {name: blank(getattr(raw, name)) for name in ("id", "anonymous_id", "user_id")}
        name = dict(rules.sources)[raw.source] or raw.event
        event = replace(raw, **ids, event=name, context=tuple(context_of(raw, rules).items()))
        if event.id is None:
            left_out["no_event_id"] += 1
        elif event.anonymous_id is None and event.user_id is None:
            left_out["no_id"] += 1
        elif any(len(one or "") > LONGEST_ID for one in (event.id, event.anonymous_id, event.user_id)):
            left_out["id_too_long"] += 1
        elif event.timestamp is None:
            left_out["no_time"] += 1
        elif not FIRST_MOMENT <= event.timestamp <= LAST_MOMENT:
            left_out["time_out_of_range"] += 1
        else:
            usable.append(event)
    kept = one_of_each(usable, rules) if rules.deduplicate else usable
    return kept, left_out, len(usable) - len(kept)


def of_each_source(raws, rules):
    """Count each source's rows: read, kept, excluded by reason, and removed because another row of their id stands."""
    kept, _, _ = clean(raws, rules)
    counted = {}
    for source, _ in rules.sources:
        mine = [raw for raw in raws if raw.source == source]
        usable, left_out, _ = clean(mine, replace(rules, deduplicate=False))
        standing_here = sum(event.source == source for event in kept)
        counted[source] = len(mine), standing_here, left_out, len(usable) - standing_here
    return counted


def context_of(raw, rules):
    """Return each column of the context: the first raw column that has something to say."""
    found = {}
    for name, columns in rules.context:
        sent = [blank(dict(raw.context).get(column)) for column in columns]
        sent = [None if name == "page_referrer" and text == "$direct" else text for text in sent]
        found[name] = next((text for text in sent if text is not None), None)
    return found


def junk_ids(events):
    """Count the events by the words for "nobody" that stand where an id belongs, in any case, spaces around them aside."""
    found = {}
    for part in ("user_id", "anonymous_id"):
        for event in events:
            word = (getattr(event, part) or "").strip(" ").lower()
            zeros = len(word) > 1 and "0" in word and not word.strip("0-")
            if zeros or word in ("null", "undefined", "none", "nan", "\\n", "0", "unknown"):
                name = "zeros" if zeros else "\\N" if word == "\\n" else word
                found.setdefault(part, {}).setdefault(name, 0)
                found[part][name] += 1
    return found


def one_of_each(events, rules):
    by_id = defaultdict(list)
    for event in events:
        by_id[event.id].append(event)
    return [completed(sorted(same, key=standing), rules) for same in by_id.values()]


def completed(rows, rules):
    """Return the first of one id's rows. With several sources, what its context lacks comes from the first that has it."""
    event = rows[0]
    if len(rules.sources) == 1:
        return event
    names = [name for name, _ in event.context]
    said = {name: [dict(row.context)[name] for row in rows if dict(row.context)[name] is not None] for name in names}
    return replace(event, context=tuple((name, said[name][0] if said[name] else None) for name in names))


def standing(event):
    return (
        event.timestamp,
        nulls_last(event.loaded_at),
        nulls_last(event.anonymous_id, code_points),
        nulls_last(event.user_id, code_points),
        nulls_last(event.event, code_points),
        code_points(event.source),
        *(nulls_last(text, code_points) for _, text in event.context),
    )


def visitors(events):
    """Map each alias to its visitor."""
    aliases = {alias for event in events for alias in (event.anonymous_id, event.user_id)} - {None}
    mapping = {alias: alias for alias in aliases}
    logins = [event for event in events if event.anonymous_id is not None and event.user_id is not None]
    for event in sorted(logins, key=lambda e: (e.timestamp, code_points(e.id), code_points(e.user_id))):
        mapping[event.anonymous_id] = event.user_id
    return mapping


def minutes(microseconds, rules):
    return microseconds // MINUTE if rules.dbt else microseconds / MINUTE


def begins(gap, rules):
    """Whether a session begins after a gap of so many microseconds."""
    if rules.dbt:
        return gap // MINUTE > rules.idle_minutes
    return gap > rules.idle_minutes * MINUTE


def sessionize(raws, rules=Rules()):
    """Return every relation as a list of dictionaries."""
    events, left_out, duplicates = clean(raws, rules)
    mapping = visitors(events)
    visits = defaultdict(list)
    for event in events:
        visits[mapping[event.anonymous_id if event.user_id is None else event.user_id]].append(event)
    out = {"aliases_mapping": [{"alias": alias, "dbt_visitor_id": visitor} for alias, visitor in mapping.items()]}
    names = "mapped_tracks session_tracks track_facts session_track_facts user_session_facts session_duration tracks_flow"
    names += " session_events sessions"
    out |= {name: [] for name in names.split()}
    for visitor, mine in visits.items():
        one_visitor(visitor, mine, rules, out)
    return out, left_out, duplicates


def one_visitor(visitor, events, rules, out):
    events.sort(key=in_order)
    sessions, idles, before = [], [], None
    for event in events:
        gap = None if before is None else event.timestamp - before
        if gap is None or begins(gap, rules):
            sessions.append([])
        sessions[-1].append(event)
        idle = None if gap is None else minutes(gap, rules)
        idles.append(idle)
        out["mapped_tracks"].append(
            {
                "event_id": event.id,
                "anonymous_id": event.anonymous_id,
                "dbt_visitor_id": visitor,
                "timestamp": event.timestamp,
                "event": event.event,
                "idle_time_minutes": idle,
            }
        )
        before = event.timestamp
    for number, session in enumerate(sessions, start=1):
        follows = sessions[number][0].timestamp if number < len(sessions) else None
        one_session(visitor, number, session, follows, rules, out)
        out["session_events"] += [
            session_event(visitor, number, session, place, idles.pop(0), rules) for place in range(1, len(session) + 1)
        ]
    starts = [session[0].timestamp for session in sessions]
    out["user_session_facts"].append(
        {"dbt_visitor_id": visitor, "first_date": starts[0], "last_date": starts[-1], "number_of_sessions": len(starts)}
    )


def in_order(event):
    """Order by time, then by id; duplicates that are kept, by their other columns."""
    texts = event.event, event.anonymous_id, event.user_id
    others = [nulls_last(text, code_points) for text in texts]
    more = [nulls_last(text, code_points) for _, text in event.context]
    return event.timestamp, code_points(event.id), *others, nulls_last(event.loaded_at), code_points(event.source), *more


def one_session(visitor, number, events, follows, rules, out):
    session_id = f"{number} - {visitor}"
    start, end = events[0].timestamp, events[-1].timestamp
    out["session_tracks"].append(
        {
            "session_id": session_id,
            "dbt_visitor_id": visitor,
            "session_start_at": start,
            "session_sequence_number": number,
            "next_session_start_at": follows,
        }
    )
    facts = {"session_id": session_id, "ended_at": end, "num_pvs": len({event.id for event in events})}
    for counter, counted in rules.counters:
        facts[counter] = sum(event.event in counted for event in events)
    out["session_track_facts"].append(facts)
    out["session_duration"].append(
        {"dbt_visitor_id": visitor, "session_id": session_id, "session_duration": minutes(end - start, rules)}
    )
    out["sessions"].append(
        {
            **facts,
            "session_key": events[0].id,
            "dbt_visitor_id": visitor,
            "session_sequence_number": number,
            "session_start_at": start,
            "next_session_start_at": follows,
            "session_duration": minutes(end - start, rules),
        }
    )
    for place, event in enumerate(events, start=1):
        fact = {
            "anonymous_id": event.anonymous_id,
            "timestamp": event.timestamp,
            "event_id": event.id,
            "event": event.event,
            "session_id": session_id,
            "dbt_visitor_id": visitor,
            "track_sequence_number": place,
        }
        out["track_facts"].append(fact)
        names = flow(events, place, rules)
        row = {name: fact[name] for name in ("event_id", "session_id", "track_sequence_number", "dbt_visitor_id", "timestamp")}
        row |= {"event" if n == 1 else f"event_{n}": name for n, name in enumerate(names, start=1)}
        out["tracks_flow"].append(row)


def session_event(visitor, number, session, place, idle, rules):
    event = session[place - 1]
    row = {
        "event_id": event.id,
        "source": event.source,
        "anonymous_id": event.anonymous_id,
        "user_id": event.user_id,
        "dbt_visitor_id": visitor,
        "timestamp": event.timestamp,
        "loaded_at": event.loaded_at,
        "event": event.event,
        "idle_time_minutes": idle,
        "session_id": f"{number} - {visitor}",
        "session_sequence_number": number,
        "track_sequence_number": place,
    }
    others = flow(session, place, rules)[1:]
    return row | {f"event_{n}": name for n, name in enumerate(others, start=2)} | dict(event.context)


def flow(events, place, rules):
    names = [event.event for event in events]
    shown = [name for name in names[:place] if name is not None] if rules.dbt else names[place - 1 :]
    return (shown + [None] * rules.flow_depth)[: rules.flow_depth]
