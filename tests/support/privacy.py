"""The statements of hashed ids and of forgetting, written without a connection."""

from documented import whole_stream
from sqlalchemy import Executable, select

from sessionmodels import Settings
from sessionmodels.incremental.forgetting import Forgetting
from sessionmodels.relations.graph import Graph, bind
from sessionmodels.source.raw import raw_events
from sessionmodels.source.reload_window import Window
from sessionmodels.source.without_forgotten import Forgotten
from sessionmodels.state.forgotten_people import create, insert_devices, insert_hashes, list_table
from sessionmodels.warehouses import warehouse_of
from sessionmodels.warehouses.render import dialect_of
from sessionmodels.warehouses.warehouse import Job


def graph_with_list(dialect: str, *, hash_ids: bool = False) -> Graph:
    """Return the relations without the people on a list."""
    settings = Settings(hash_ids=hash_ids, context={"page_url": ["context_page_url"]})
    return bind(settings, whole_stream(settings, dialect).with_list(Forgotten(list_table(settings), hash_ids, 1)), continues=True)


def statements_of_privacy(dialect: str) -> dict[str, Executable]:
    """Return what reads the events, with ids hashed and not, and what lists people and finds their rows."""
    plain, hashed = (graph_with_list(dialect, hash_ids=hash_ids) for hash_ids in (False, True))
    forgotten, events = plain.stream.forgotten, plain["session_events"].table
    assert forgotten
    job = Job(warehouse_of(dialect), dialect_of(warehouse_of(dialect)), plain, plain.relations, forgets=True)
    steps = Forgetting(job, Window({}, plain.stream.names))
    return {
        "the raw rows, with whether they are forgotten people's": select(raw_events(plain.stream)),
        "the same with hashed ids": select(raw_events(hashed.stream)),
        "create the list": create(forgotten.table),
        "list users": insert_hashes(forgotten.table, ["<hash>"], "<check>"),
        "list devices": insert_devices(forgotten, events, ["<hash>"], "<check>"),
        **{step.action: statement for step in steps.read() for statement in step.statements},
    }
