"""Every query of an explanation, of an event whose id, visitor and device need quotes."""

import inspect
from datetime import UTC, datetime
from typing import Any

from documented import whole_stream
from sqlalchemy import select

from sessionmodels import Settings
from sessionmodels.explanation import selects
from sessionmodels.explanation.selects import Position
from sessionmodels.model import AnySelect
from sessionmodels.relations.all_rows import all_rows
from sessionmodels.relations.graph import Graph, Relation, bind
from sessionmodels.source.of_id import OneId, of_id, rows_of_id
from sessionmodels.source.reasons import ignored_ids

MOMENT = datetime(2026, 1, 5, 12, tzinfo=UTC)
ID = 'it\'s; 100% \\ "quoted"'


def explained_graph(settings: Settings, dialect: str) -> Graph:
    """Return the relations over the documented tables, each with every column that the streams know."""
    return bind(settings, whole_stream(settings, dialect))


def queries(graph: Graph) -> dict[str, AnySelect]:
    """Return each query by its name: every public function of `selects` that returns one, and those of the source."""

    def all_of(relation: Relation) -> Any:
        return all_rows(relation.model, relation.table, graph.settings, relation.name)

    given: dict[str, Any] = dict.fromkeys(("event_id", "visitor", "device", "session_id", "user"), ID)
    given |= {"events": all_of(graph.carrying("events")), "sessions": all_of(graph.carrying("sessions"))}
    given |= {"mapping": all_of(graph.carrying("identities")), "ids": [ID, "d"], "position": Position(2, 3)}
    given |= {"most": 5, "number": 7, "first": 1, "last": 2, "until": (MOMENT, ID)}
    given |= {"keys": [(all_of(one), one.model.key[0], ID) for one in graph.relations]}
    made = {}
    for name, function in vars(selects).items():
        if inspect.isfunction(function) and function.__module__ == selects.__name__ and not name.startswith("_"):
            names = inspect.signature(function).parameters
            if name not in {"limited", "columns_of"}:
                made[name] = function(**{one: given[one] for one in names})
    for one in (OneId(ID), OneId(ID, MOMENT, MOMENT)):
        made[f"rows_of_id{' near' * bool(one.since)}"] = rows_of_id(graph.stream, one, 20)
    made["ignored_ids"] = ignored_ids(of_id(graph.stream, OneId(ID)))
    if graph.stream.identity_graph:
        answers = graph.stream.identity_graph.answers
        made["answers"] = select(answers).where(answers.c.alias.in_([ID]))
    return made
