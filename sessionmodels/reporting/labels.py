"""The words under which a report shows what cubes count by numbers."""

from collections.abc import Iterable, Sequence
from itertools import chain, count
from typing import Any, Final

from sessionmodels.display.format import short, span, value

OTHER, NONE, NO_NAME, END = "(other)", "(none)", "(no name)", "(end)"
WEEKDAYS: Final = "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"
LATER: Final = "later session", "first session"


def of_values(values: Sequence[Any]) -> list[str]:
    """Return the words of values, then those of the others and of null."""
    return made_distinct(map(shown, values), OTHER, NONE)


def of_events(names: Sequence[str]) -> list[str]:
    """Return the words of events by their names, then those of the others, of events without a name, and of the end."""
    return made_distinct(map(shown, names), OTHER, NO_NAME, END)


def made_distinct(words: Iterable[str], *ours: str) -> list[str]:
    """Return the words of data, then ours, all different: long values may be shortened to the same word, or equal one of ours.

    A repeated word gets a number, because a page's address names a value by its word.
    """
    found = list[str]()
    used = {*ours}
    for word in words:
        numbered = (f"{word} #{n}" for n in count(2))
        found.append(next(one for one in chain([word], numbered) if one not in used))
        used.add(found[-1])
    return [*found, *ours]


def shown(found: Any) -> str:
    """Return a value in one short line; an empty text as what it is."""
    return str(short(value(found))) or "''"


def of_lengths(bounds: Sequence[int]) -> list[str]:
    """Return the words of classes of time with these upper bounds in microseconds."""
    first = "0 s" if bounds[0] == 0 else f"≤ {span(bounds[0])}"
    return [first, *(f"≤ {span(one)}" for one in bounds[1:]), f"> {span(bounds[-1])}"]


def of_counts(bounds: Sequence[int]) -> list[str]:
    """Return the words of classes of whole numbers with these upper bounds."""
    lower = [0, *bounds]
    between = (str(top) if top == low + 1 else f"{low + 1}–{top}" for low, top in zip(lower, bounds, strict=False))  # noqa: RUF001
    return [*between, f"> {bounds[-1]}"]
