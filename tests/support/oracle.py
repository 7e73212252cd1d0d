"""The truth, in plain Python: sessions from raw events, sharing no code with the SQL.

Times are whole microseconds since 1970 throughout. Follows the contract sentence by sentence, and is as slow as it likes.
"""

import re
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal, localcontext

from oracle_identity import visitor_of_each, visitors
from oracle_rows import CONTEXT, DBT, MINUTE, Raw, Rules, clean, code_points, ignored, junk_ids, nulls_last, of_each_source
from oracle_rules import date_of, start_reasons

__all__ = ["CONTEXT", "DBT", "MINUTE", "Raw", "Rules", "clean", "ignored", "junk_ids", "of_each_source", "sessionize"]

DEFAULT = Rules()


def minutes(microseconds, rules):
    return microseconds // MINUTE if rules.dbt else microseconds / MINUTE


def sessionize(raws, rules=DEFAULT):
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
    if rules.dbt:
        shown = [event.event for event in events[:place] if event.event is not None]
    else:
        shown = [event.event for event in events[place - 1 : place - 1 + rules.flow_depth]]
    return (shown + [None] * rules.flow_depth)[: rules.flow_depth]
