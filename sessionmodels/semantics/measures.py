"""What people measure of the relations: each figure is declared once, and every format writes it in its own words."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias

from sqlalchemy import BigInteger, ColumnElement, case, literal_column

from sessionmodels.rules.session_columns import parse_session_column
from sessionmodels.semantics.description import Described
from sessionmodels.settings import Settings

Aggregate = Literal["count", "count_distinct", "sum", "min", "max"]
Columns: TypeAlias = Mapping[str, ColumnElement[Any]]
"""The columns of a relation by their names."""


@dataclass(frozen=True)
class Measure(Described):
    """An aggregate of one expression over the rows of a relation."""

    name: str
    relation: str
    description: str
    aggregate: Aggregate
    value: Callable[[Columns], ColumnElement[Any]]
    """What is aggregated, of one row."""

    unit: str | None = None


@dataclass(frozen=True)
class Ratio(Described):
    """One measure divided by another one of the same relation; null where that is 0."""

    name: str
    relation: str
    description: str
    numerator: str
    denominator: str
    is_share: bool = True
    """Whether it is a fraction from 0 to 1."""

    unit: str | None = None


Figure: TypeAlias = Measure | Ratio


def _of(name: str) -> Callable[[Columns], ColumnElement[Any]]:
    return lambda c: c[name]


def _rows_where(condition: Callable[[Columns], ColumnElement[bool]]) -> Callable[[Columns], ColumnElement[Any]]:
    one, none = literal_column("1", BigInteger), literal_column("0", BigInteger)
    return lambda c: case((condition(c), one), else_=none)


_SESSIONS: Final[tuple[Figure, ...]] = (
    Measure("sessions", "sessions", "how many sessions started.", "count", _of("session_id")),
    Measure("visitors", "sessions", "how many different visitors had a session.", "count_distinct", _of("dbt_visitor_id")),
    Measure("events", "sessions", "how many events the sessions have.", "sum", _of("num_pvs")),
    Measure("total_page_views", "sessions", "how many of the events are page views.", "sum", _of("page_views")),
    Measure("total_conversions", "sessions", "how many of the events are conversions.", "sum", _of("conversions")),
    Measure("total_minutes", "sessions", "how long the sessions lasted together.", "sum", _of("session_duration"), "minutes"),
    Measure("engaged_sessions", "sessions", "how many sessions were engaged.", "sum", _rows_where(lambda c: c["is_engaged"])),
    Measure("bounces", "sessions", "how many sessions bounced.", "sum", _rows_where(lambda c: c["is_bounce"])),
    Measure(
        "sessions_with_page_view",
        "sessions",
        "how many sessions have a page view, and so can bounce.",
        "sum",
        _rows_where(lambda c: c["page_views"] > 0),
    ),
    Measure(
        "converted_sessions",
        "sessions",
        "how many sessions have a conversion.",
        "sum",
        _rows_where(lambda c: c["conversions"] > 0),
    ),
    Ratio("engagement_rate", "sessions", "the share of the sessions that were engaged.", "engaged_sessions", "sessions"),
    Ratio(
        "bounce_rate",
        "sessions",
        "the share of the sessions with a page view that bounced.",
        "bounces",
        "sessions_with_page_view",
    ),
    Ratio("conversion_rate", "sessions", "the share of the sessions with a conversion.", "converted_sessions", "sessions"),
    Ratio(
        "average_minutes",
        "sessions",
        "how long a session lasted on average, from its first event to its last.",
        "total_minutes",
        "sessions",
        is_share=False,
        unit="minutes",
    ),
)
_OTHERS: Final[tuple[Figure, ...]] = (
    Measure("event_count", "session_events", "how many events happened.", "count", _of("event_id")),
    Measure(
        "active_visitors",
        "session_events",
        "how many different visitors had an event.",
        "count_distinct",
        _of("dbt_visitor_id"),
    ),
    Measure("all_visitors", "user_session_facts", "how many visitors there are.", "count", _of("dbt_visitor_id")),
    Measure(
        "sessions_of_visitors", "user_session_facts", "how many sessions the visitors had.", "sum", _of("number_of_sessions")
    ),
    Measure(
        "returning_visitors",
        "user_session_facts",
        "how many visitors had a second session.",
        "sum",
        _rows_where(lambda c: c["number_of_sessions"] > 1),
    ),
    Ratio(
        "sessions_per_visitor",
        "user_session_facts",
        "how many sessions a visitor had on average.",
        "sessions_of_visitors",
        "all_visitors",
        is_share=False,
    ),
    Measure("aliases", "aliases_mapping", "how many ids of devices and users there are.", "count", _of("alias")),
)
_TOTALS: Final[Mapping[str, tuple[str, str]]] = {
    "sum": ("total", "the sum of"),
    "min": ("smallest", "the smallest"),
    "max": ("largest", "the largest"),
}
"""By the function of a column of the user's own, the name and the words of its measure."""


def figures_of(settings: Settings) -> tuple[Figure, ...]:
    """Return all figures under these settings: those of every user, of the counters, and of the user's own columns of numbers."""
    return (*_SESSIONS, *_counters(settings), *_own(settings), *_OTHERS)


def named_apart(figures: Iterable[Figure], columns: Iterable[str]) -> tuple[Figure, ...]:
    """Return figures with names that no column and no other figure has: users name columns of their own."""
    taken, names, found = set(columns), dict[str, str](), list[Figure]()
    for figure in figures:
        name = figure.name
        while name in taken:
            name += "_figure"
        taken.add(name)
        names.setdefault(figure.name, name)
        if isinstance(figure, Ratio):
            parts = {"numerator": names[figure.numerator], "denominator": names[figure.denominator]}
            found.append(replace(figure, name=name, **parts))
        else:
            found.append(replace(figure, name=name))
    return tuple(found)


def _counters(settings: Settings) -> Iterator[Measure]:
    for name in settings.event_counters:
        yield Measure(f"total_{name}", "sessions", f"the sum of `{name}`.", "sum", _of(name))


def _own(settings: Settings) -> Iterator[Measure]:
    for name, word in settings.session_columns.items():
        found = parse_session_column(word)
        if found and found.is_number:
            prefix, words = _TOTALS[found.function]
            aggregate: Any = found.function
            yield Measure(f"{prefix}_{name}", "sessions", f"{words} `{name}`.", aggregate, _of(name))
