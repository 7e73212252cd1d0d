"""The statements of a build as one script, without connecting."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Dialect, Table

from sessionmodels.errors import SettingsError
from sessionmodels.incremental.increment import Increment
from sessionmodels.incremental.why_impossible import why_impossible
from sessionmodels.offline.documented import documented_graph
from sessionmodels.relations.graph import Graph
from sessionmodels.relations.selection import choose
from sessionmodels.settings import Settings
from sessionmodels.source.reload_window import Window
from sessionmodels.warehouses import warehouse_of
from sessionmodels.warehouses.render import dialect_of, texts_of
from sessionmodels.warehouses.statement import Schema, Statement
from sessionmodels.warehouses.step import Step
from sessionmodels.warehouses.warehouse import Job, Warehouse

LAST_LOADED: Final = datetime(2026, 1, 31, tzinfo=UTC)


FIRST_AFFECTED: Final = datetime(2026, 1, 29, tzinfo=UTC)
"""Moments that a build would know from the last build and from the affected visitors."""


def write_statements(
    settings: Settings, dialect_name: str, *, select: str | Sequence[str] | None = None, with_context: bool = False
) -> Iterator[str]:
    """Yield the assumptions, and each step of a first build under a comment that says what it does.

    Raises:
        SettingsError: the dialect is not one of the five, its package is missing, or the selection names no relation.
    """
    warehouse, names = warehouse_of(dialect_name), choose(select)
    graph, dialect = documented_graph(settings, dialect_name, with_context=with_context), dialect_of(warehouse)
    template = "CREATE SCHEMA IF NOT EXISTS {schema}"
    schema = (Statement(template, schema=Schema(settings.target_schema)),) if settings.target_schema else ()
    yield _assumptions(graph, warehouse, dialect)
    plan = warehouse.strategy.full(Job(warehouse, dialect, graph, graph.chosen(names), new_schema=schema))
    yield from _texts((*plan.steps, *plan.clean_up), dialect, settings)


def write_increment(settings: Settings, dialect_name: str, *, with_context: bool = False) -> Iterator[str]:
    """Yield the steps of an incremental build, assuming that the last build read everything loaded by `LAST_LOADED`.

    Raises:
        SettingsError: as `write_statements`; or no build with these settings can be incremental.
    """
    warehouse, dialect = warehouse_of(dialect_name), dialect_of(warehouse_of(dialect_name))
    graph = documented_graph(settings, dialect_name, continues=True, with_context=with_context)
    if impossible := why_impossible(graph, warehouse):
        msg = f"no build with these settings can be incremental: {impossible}"
        raise SettingsError(msg)
    yield f"-- An incremental build on {warehouse.title}, after one that read everything loaded by {LAST_LOADED:%Y-%m-%d}."
    job = Job(warehouse, dialect, graph, graph.relations)
    low = LAST_LOADED - timedelta(hours=settings.overlap_hours)
    increment = Increment(job, Window(dict.fromkeys(graph.stream.names, low), graph.stream.names))
    yield from _texts(increment.steps(FIRST_AFFECTED), dialect, settings)


def _texts(steps: Iterable[Step], dialect: Dialect, settings: Settings) -> Iterator[str]:
    for step in steps:
        yield f"-- {step.relation_name}: {step.action}\n{texts_of(step, dialect, settings)}"


def _assumptions(graph: Graph, warehouse: Warehouse, dialect: Dialect) -> str:
    lines = [f"A first build on {warehouse.title}, as one script: it assumes that the relations do not exist yet."]
    sources, settings = graph.stream.sources, graph.settings
    tables = [one.table for one in sources if not settings.of_source(one.name).files]
    if tables:
        lines.append("It assumes the source as RudderStack's loader creates it there:")
        lines += (f"  {table.name} ({_listed(table, dialect)})" for table in tables if isinstance(table, Table))
        if not all(one.context.keys() >= settings.context.keys() for one in sources):
            lines.append("A build also reads the columns of the context that a table has: --with-context assumes them, too.")
    return "\n".join(f"-- {' '.join(line.splitlines())}" for line in lines)


def _listed(table: Table, dialect: Dialect) -> str:
    return ", ".join(f"{column.name} {column.type.compile(dialect=dialect)}" for column in table.c)
