"""Whether an identity graph says something else than at the last build, and whether it can be used."""

from typing import Final

from sqlalchemy import Connection

from sessionmodels.connection.transaction import named
from sessionmodels.incremental.by_event import graph_changes
from sessionmodels.model import Carried
from sessionmodels.warehouses.warehouse import Job

CARRIED: Final[tuple[Carried, ...]] = "events", "identities"


def refuse_ambiguous_aliases(connection: Connection, job: Job) -> None:
    """Refuse an identity graph that gives an alias two visitors, if one is read.

    Raises:
        SourceError: it does.
    """
    stream = job.graph.stream
    is_empty = stream.forgotten is not None and not stream.forgotten.entries  # the list of a first `forget` is yet to be created
    graph = (stream.with_list(None) if is_empty else stream).identity_graph
    if graph and any(graph.table in relation.reads for relation in job.chosen):
        with named("the identity graph", "look for aliases with two visitors", job.warehouse):
            graph.refuse_contradictions(connection)


def graph_has_changed(connection: Connection, job: Job) -> bool:
    """Whether an event or an alias has another visitor by the graph than in the last build's results."""
    events, mapping = (job.graph.carrying(what).table for what in CARRIED)
    with named("the identity graph", "compare it with the results", job.warehouse):
        return any(connection.execute(query).first() for query in graph_changes(job.graph.identity, events, mapping))
