"""What a reader of an answer must know beside its rows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import BigInteger, Connection, func, literal_column, select

from sessionmodels.analyses.within import Days
from sessionmodels.display.format import count
from sessionmodels.display.toml import setting_in_toml
from sessionmodels.errors import did_you_mean, nearest
from sessionmodels.model import AnySelect
from sessionmodels.relations.all_rows import all_rows
from sessionmodels.relations.graph import Graph
from sessionmodels.settings import Settings
from sessionmodels.sql.order import nulls_last

EVENTS: Final = "steps", "events", "first_event", "event", "start_at", "end_at"
"""What may be asked that is the name of an event, or several."""

SETTINGS: Final = "time_zone", "page_events", "conversion_events", "idle_minutes"
"""The settings that analyses or reports use, and that a build has used for its figures of sessions."""

MOST_NAMES: Final = literal_column("200", BigInteger)


def notes_on_settings(settings: Settings, others: Mapping[str, Any]) -> Iterator[str]:
    """Yield which of these settings the build did not have, although they were given."""
    for name in SETTINGS:
        if name in others and name in settings.model_fields_set:
            why = f"The relations were built with {setting_in_toml(name, others[name])}, so figures of sessions follow that"
            yield f"{why}, not the present setting; leave it out, or build them again with it."


def notes_on_conversions(settings: Settings, others: Mapping[str, Any], columns: Sequence[str]) -> Iterator[str]:
    """Yield why there are no conversions in an answer that counts them, if neither the build nor the settings name any."""
    if "conversion_rate" in columns and not settings.conversion_events and not others.get("conversion_events"):
        yield "Conversions are 0, because the setting conversion_events names no event. Set it and build again."


def conversions_in_doubt(settings: Settings, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """Return the events that an answer counts as conversions, if it found none: perhaps no event has such a name."""
    rate = columns.index("conversion_rate") if "conversion_rate" in columns else None
    if rate is None or any(row[rate] for row in rows):
        return {}
    return {"events": settings.conversion_events}


def notes_on_events(connection: Connection, graph: Graph, asked: Mapping[str, Any], *, names_all: bool = True) -> Iterator[str]:
    """Yield which names of events were asked for that no event has, with the one that is like it.

    Args:
        connection: a connection to the warehouse.
        graph: the relations.
        asked: what was asked for, by name.
        names_all: whether a note lists all names if none is like the missing one. A report, which others see, has none.
    """
    given = (asked.get(name) or () for name in EVENTS)
    names = dict.fromkeys(one for value in given for one in ([value] if isinstance(value, str) else value))
    if not names:
        return
    relation = graph["session_events"]
    events = all_rows(relation.model, relation.table, graph.settings, "all_session_events")
    found = set(connection.execute(select(events.c.event).where(events.c.event.in_(list(names))).distinct()).scalars())
    missing = [name for name in names if name not in found]
    if not missing:
        return
    counted = func.count(type_=BigInteger)
    common = select(events.c.event).where(events.c.event.is_not(None)).group_by(events.c.event)
    known = list(connection.execute(common.order_by(counted.desc(), *nulls_last(events.c.event)).limit(MOST_NAMES)).scalars())
    for name in missing:
        if known and not names_all and nearest(name, known) is None:
            yield f"No event is named {name!r}."
        else:
            yield f"No event is named {name!r}; {did_you_mean(name, known) if known else 'no event has a name'}"


def notes_on_range(connection: Connection, graph: Graph, days: Days, found: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield from when to when the events are, if every figure is 0 and all events are before the range of days, or after it."""
    if (days.since is None and days.until is None) or any(_has_figures(row) for row in found):
        return
    first, last = connection.execute(days_with_events(graph, days)).one()
    if first and ((days.since and days.since > last) or (days.until and days.until < first)):
        yield f"The events are from {first} to {last}, so none is in the range."


def days_with_events(graph: Graph, days: Days) -> AnySelect:
    """One row: the dates of the first event and of the last one; nulls if there is none."""
    relation = graph["session_events"]
    return days.of_ends(all_rows(relation.model, relation.table, graph.settings, "all_session_events").c.timestamp)


def _has_figures(row: Mapping[str, Any]) -> bool:
    """Whether a row has a number other than 0, beside that of a step."""
    return any(isinstance(value, int | float | Decimal) and value != 0 for name, value in row.items() if name != "step")


def notes_on_limit(limit: int | None, asked: Mapping[str, Any], *, is_cut: bool) -> tuple[str, ...]:
    """Return that the limit has cut something, and what."""
    if limit is None or not is_cut:
        return ()
    by = asked.get("by") or ()
    what = (
        f"{count(limit, 'value')} of {by if isinstance(by, str) else ', '.join(by)}" if "steps" in asked else count(limit, "row")
    )
    return (f"Limited to {what}; there are more.",)
