"""Where a session starts, in plain Python: the reason of each event that starts one, and the date of an instant in a zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = 60_000_000
DAY = 24 * 60 * MINUTE
FIRST_DAY_ENDS = -62_135_596_800_000_000 + DAY
LAST_DAY_BEGINS = 253_402_300_800_000_000 - DAY
"""Within the first and the last day of the years 1 to 9999 a date is that of UTC: the one beside it may be in no year at all."""

CAMPAIGN = "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"


def date_of(microseconds, zone):
    """Return the date as text."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    if FIRST_DAY_ENDS <= microseconds < LAST_DAY_BEGINS:
        moment = moment.astimezone(ZoneInfo(zone))
    return moment.date().isoformat()


def start_reasons(events, rules):
    """Return for each event of a visitor, in order, why it starts a session; none if it does not."""
    reasons, before, carried, start, spans = [], None, None, None, 0
    for event in events:
        reason = "first" if before is None else reason_of(before, event, carried, rules)
        if reason is not None:
            start, spans = event.timestamp, 0
        elif rules.max_session_minutes is not None:
            spans_now = (event.timestamp - start) // (rules.max_session_minutes * MINUTE)
            reason = "too_long" if spans_now > spans else None
            spans = spans_now
        reasons.append(reason)
        carried = campaign_of(event) or carried
        before = event
    return reasons


def reason_of(before, event, carried, rules):
    gap = event.timestamp - before.timestamp
    sdk, sdk_before = (dict(one.context).get("sdk_session_id") if rules.sdk_sessions else None for one in (event, before))
    both = sdk is not None and sdk_before is not None
    same = both and (event.anonymous_id, sdk) == (before.anonymous_id, sdk_before)
    if both and not same:
        return "sdk"
    if idle(gap, rules) and not same:
        return "idle"
    if event.event is not None and event.event in rules.start_events:
        return "start_event"
    if rules.cut_on_campaign and campaign_of(event) not in (None, carried):
        return "campaign"
    if rules.cut_at_midnight and date_of(event.timestamp, rules.time_zone) != date_of(before.timestamp, rules.time_zone):
        return "midnight"
    return None


def idle(gap, rules):
    """Whether a pause of so many microseconds is too long for a session."""
    if rules.dbt:
        return gap // MINUTE > rules.idle_minutes
    return gap > rules.idle_minutes * MINUTE


def campaign_of(event):
    """Return the five columns together; none if the event carries none of them."""
    columns = tuple(dict(event.context).get(name) for name in CAMPAIGN)
    return None if columns == (None,) * len(CAMPAIGN) else columns
