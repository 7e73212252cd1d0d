"""Where an event, or a visitor, is found in every relation: the row's key, and whether there is such a row."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sessionmodels.explanation.reader import Reader
from sessionmodels.explanation.selects import keys_counted
from sessionmodels.explanation.steps import Step
from sessionmodels.model import Kind

Keys = Mapping[str, Sequence[str]]
"""By key column, the keys to look for."""


@dataclass(frozen=True)
class Place:
    """One relation, and one key in it."""

    relation: str
    """The relation's name in the warehouse."""

    kind: Kind | None
    """What it is there; None if it does not exist."""

    column: str
    key: str
    rows: int | None
    """How many rows have the key; None if the relation does not exist."""


def keys_of(event_id: str, events: Sequence[Step]) -> Keys:
    """Return the keys of an event in the relations: its own, its session's, its ids' and its visitor's."""
    ids = [one for event in events for one in (event.anonymous_id, event.user_id) if one is not None]
    return {
        "event_id": [event_id],
        "session_id": _once(event.session_id for event in events),
        "alias": _once(ids),
        "dbt_visitor_id": _once(event.dbt_visitor_id for event in events),
    }


def places(reader: Reader, keys: Keys) -> tuple[Place, ...]:
    """Return where these keys are, in every relation that has such a key."""
    wanted = [(relation, key) for relation in reader.graph.relations for key in keys.get(relation.model.key[0], ())]
    there = [(reader.all_of(one), one.model.key[0], key) for one, key in wanted if one.name in reader.found]
    counted = {row["place"]: row["rows"] for row in reader.rows(keys_counted(there), "every relation")} if there else {}
    numbers = iter(range(len(there)))
    return tuple(
        Place(
            one.table.name,
            reader.found.get(one.name),
            one.model.key[0],
            key,
            counted[next(numbers)] if one.name in reader.found else None,
        )
        for one, key in wanted
    )


def _once(names: Iterator[str] | Sequence[str]) -> list[str]:
    return list(dict.fromkeys(names))
