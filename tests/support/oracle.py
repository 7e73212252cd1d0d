"""The truth, in plain Python: sessions from raw events, sharing no code with the SQL.

Times are whole microseconds since 1970 throughout. Follows the contract sentence by sentence, and is as slow as it likes.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal, localcontext

from oracle_rules import date_of, start_reasons

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
    identity: str = "latest"
    graph: tuple[tuple[str | None, str | None], ...] = ()
    """Rows of the identity table: an alias and its visitor."""

    ignored_ids: tuple[str, ...] = ()
    ignored_events: tuple[str, ...] = ()

    sources: tuple = (("tracks", None),)
    """The raw tables, each with the one name of its events, or None where each has a name of its own."""

    counters: tuple = (("cnt_viewed_product", ("view_product", "viewed_product")), ("cnt_signup", ("signup",)))
    sdk_sessions: bool = False
    start_events: tuple = ()
    cut_on_campaign: bool = False
    cut_at_midnight: bool = False
    time_zone: str = "UTC"
    max_session_minutes: int | None = None
    page_events: tuple = ("page", "screen")
    conversion_events: tuple = ()
    engaged_seconds: int = 10
    session_columns: tuple = ()
    """Each is a name, one of first, last, sum, min and max, and the column of the context that it is about."""


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
    reasons = "ignored_event", "no_event_id", "no_id", "id_too_long", "unreadable_time", "time_out_of_range", "no_time"
    left_out = dict.fromkeys(reasons, 0)
    usable = []
    for raw in raws:
        ids = {name: blank(getattr(raw, name)) for name in ("id", "anonymous_id", "user_id")}
        name = dict(rules.sources)[raw.source] or raw.event
        ids |= {part: None for part in ("anonymous_id", "user_id") if ids[part] in rules.ignored_ids}
        event = replace(raw, **ids, event=name, context=tuple(context_of(raw, rules).items()))
        if event.event in rules.ignored_events:
            left_out["ignored_event"] += 1
        elif event.id is None:
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


def ignored(raws, rules):
    """Count the rows by the ids that are taken as none."""
    found = {}
    for part in ("user_id", "anonymous_id"):
        for raw in raws:
            if getattr(raw, part) in rules.ignored_ids and blank(getattr(raw, part)) is not None:
                found.setdefault(part, {}).setdefault(getattr(raw, part), 0)
                found[part][getattr(raw, part)] += 1
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


def visitors(events, rules=Rules()):
    """Map each alias to its visitor."""
    aliases = {alias for event in events for alias in (event.anonymous_id, event.user_id)} - {None}
    mapping = {alias: alias for alias in aliases}
    if rules.identity == "table":
        answers = said_by(rules)
        return {alias: answers.get(alias, alias) for alias in aliases}
    if rules.identity != "device":
        for device, users in logins(events).items():
            mapping[device] = users[0 if rules.identity == "first" else -1][-1]
    return mapping


def logins(events):
    """List the logins of each device, the earliest first: time, id, user."""
    found = defaultdict(list)
    for event in events:
        if event.anonymous_id is not None and event.user_id is not None:
            found[event.anonymous_id].append((event.timestamp, event.id, event.user_id))
    for device in found:
        found[device].sort(key=lambda login: (login[0], code_points(login[1]), code_points(login[2])))
    return found


def said_by(rules):
    """Return the visitor of each alias in the identity table. Blank and ignored ids say nothing."""
    pairs = {tuple(None if blank(one) is None or one in rules.ignored_ids else one for one in pair) for pair in rules.graph}
    answers = {alias: visitor for alias, visitor in pairs if alias is not None and visitor is not None}
    assert len(answers) == len({pair for pair in pairs if None not in pair}), "an alias has two visitors"
    return answers


def visitor_of_each(events, rules):
    """Return the visitor of each event, in the order of the events."""
    mapping, answers, seen = visitors(events, rules), said_by(rules), logins(events)
    return [visitor_of(event, rules, mapping, answers, seen) for event in events]


def visitor_of(event, rules, mapping, answers, seen):
    device, user = event.anonymous_id, event.user_id
    if rules.identity == "device":
        return user if device is None else device
    if rules.identity == "table":
        return next((answers[one] for one in (user, device) if one in answers), device if user is None else user)
    if rules.identity != "point_in_time":
        return mapping[device if user is None else user]
    if user is not None:
        return user
    users = seen.get(device, [])
    here = event.timestamp, code_points(event.id)
    so_far = [login for login in users if (login[0], code_points(login[1])) <= here]
    return so_far[-1][-1] if so_far else users[0][-1] if users else device


def minutes(microseconds, rules):
    return microseconds // MINUTE if rules.dbt else microseconds / MINUTE


def sessionize(raws, rules=Rules()):
    """Return every relation as a list of dictionaries."""
    events, left_out, duplicates = clean(raws, rules)
    mapping = visitors(events, rules)
    visits = defaultdict(list)
    for event, visitor in zip(events, visitor_of_each(events, rules), strict=True):
        visits[visitor].append(event)
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
    reasons = start_reasons(events, rules)
    for event, reason in zip(events, reasons, strict=True):
        gap = None if before is None else event.timestamp - before
        if reason is not None:
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
    reasons = [reason for reason in reasons if reason is not None]
    for number, session in enumerate(sessions, start=1):
        follows = sessions[number][0].timestamp if number < len(sessions) else None
        one_session(visitor, number, session, follows, rules, out)
        out["sessions"][-1] |= {
            "session_date": date_of(session[0].timestamp, rules.time_zone),
            "start_reason": reasons[number - 1],
        }
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
            **facts_of_session(events, rules),
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


def facts_of_session(events, rules):
    """Return where a session landed and ended, what brought it, on what device, whose, and whether it was more than a glance."""
    contexts = [dict(event.context) for event in events]
    pages = [one for one in contexts if one.get("page_url") is not None or one.get("page_path") is not None]
    landing, left = (pages[0], pages[-1]) if pages else ({}, {})
    utm = "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"
    campaign = first_with_any(contexts, utm)
    machine = "device_type", "os_name", "library_name"
    device = first_with_any(contexts, machine)
    devices = [event.anonymous_id for event in events if event.anonymous_id is not None]
    users = [event.user_id for event in events if event.user_id is not None]
    views = sum(event.event in rules.page_events for event in events)
    conversions = sum(event.event in rules.conversion_events for event in events)
    lasted = events[-1].timestamp - events[0].timestamp
    engaged = lasted >= rules.engaged_seconds * 1_000_000 or views >= 2 or conversions >= 1
    return {
        "landing_page_url": landing.get("page_url"),
        "landing_page_path": landing.get("page_path"),
        "referrer": landing.get("page_referrer"),
        "exit_page_url": left.get("page_url"),
        "exit_page_path": left.get("page_path"),
        **{name: campaign.get(name) for name in utm},
        **{name: device.get(name) for name in machine},
        "anonymous_id": devices[0] if devices else None,
        "user_id": users[-1] if users else None,
        "page_views": views,
        "conversions": conversions,
        "is_engaged": engaged,
        "is_bounce": None if views == 0 else not engaged,
        **{name: own_fact(how, [one.get(column) for one in contexts]) for name, how, column in rules.session_columns},
    }


def first_with_any(contexts, names):
    """Return the first event's context that has one of these."""
    return next((one for one in contexts if any(one.get(name) is not None for name in names)), {})


def own_fact(how, texts):
    """Return what the user asked for: the first or the last text, or something of the numbers among them."""
    sent = [text for text in texts if text is not None]
    if how in ("first", "last"):
        return None if not sent else sent[0] if how == "first" else sent[-1]
    numbers = [one for one in map(number, sent) if one is not None]
    with localcontext(prec=60):
        return {"sum": sum, "min": min, "max": max}[how](numbers) if numbers else None


def number(text):
    """Return the number that a text is, with nine decimals: digits, perhaps a sign before, perhaps decimals behind a point."""
    if not re.fullmatch("[+-]?[0-9]{1,18}([.][0-9]{1,20})?", text):
        return None
    with localcontext(prec=60):
        return Decimal(text).quantize(Decimal("0.000000001"), rounding=ROUND_HALF_UP)


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
