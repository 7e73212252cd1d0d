"""Raw rows, and which of them are events: which rows are rejected, which row of an id is kept, and what completes it."""

from collections import defaultdict
from dataclasses import dataclass, replace
from hashlib import sha256
from hmac import HMAC

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

    forgotten: frozenset[str] = frozenset()
    """Ids of forgotten people."""

    key: str | None = None
    """What ids are hashed with, if they are."""

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
    """Sort text by code point: Python does so already, said here for the reader. Some ids have 65,000 characters."""
    return text


def nulls_last(value, key=lambda value: value):
    return (1,) if value is None else (0, key(value))


def blank(text):
    return None if text is None or text.strip(" ") == "" else text


def clean(raws, rules):
    """Return usable events, and how many were rejected for which reason, and how many were duplicates."""
    reasons = "ignored_event", "no_event_id", "no_id", "id_too_long", "unreadable_time", "time_out_of_range", "no_time"
    left_out = dict.fromkeys(reasons, 0)
    usable = []
    for raw in raws:
        ids = {name: blank(getattr(raw, name)) for name in ("id", "anonymous_id", "user_id")}
        name = dict(rules.sources)[raw.source] or raw.event
        ids |= {part: None for part in ("anonymous_id", "user_id") if ids[part] in rules.ignored_ids}
        event = replace(raw, **ids, event=name, context=tuple(context_of(raw, rules).items()))
        if rules.forgotten & {event.anonymous_id, event.user_id}:
            continue
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
            hashed = {part: keyed(getattr(event, part), rules.key) for part in ("anonymous_id", "user_id")}
            usable.append(replace(event, **hashed))
    kept = one_of_each(usable, rules) if rules.deduplicate else usable
    return kept, left_out, len(usable) - len(kept)


def keyed(text, key):
    """Return the keyed hash of an id: the block and the id hashed, then the other block and that."""
    if text is None or key is None:
        return text
    for purpose in (b"inner", b"outer"):
        block = HMAC(key.encode(), b"sessionmodels " + purpose, sha256).hexdigest()
        text = sha256((block + text).encode()).hexdigest()
    return text


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
    """Count the events by the words for "nobody" that stand where an id belongs, in any case, with or without spaces."""
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
