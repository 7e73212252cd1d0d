"""The steps of a build by name, known without a warehouse: so that a test can be made of each."""

from collections.abc import Iterable

from sessionmodels import Settings
from sessionmodels.incremental.increment import Increment
from sessionmodels.offline.documented import documented_graph
from sessionmodels.offline.script import FIRST_AFFECTED, LAST_LOADED
from sessionmodels.source.reload_window import Window
from sessionmodels.warehouses import WAREHOUSES
from sessionmodels.warehouses.catalogue import Existing
from sessionmodels.warehouses.render import dialect_of
from sessionmodels.warehouses.statement import literal_text
from sessionmodels.warehouses.step import Step
from sessionmodels.warehouses.warehouse import Job


def name_of(step: Step) -> str:
    """Return what a step is called: its relation and its action."""
    return f"{step.relation_name}: {step.action}"


def names(steps: Iterable[Step]) -> list[str]:
    """Return what these steps are called, in their order; one that is taken twice, once."""
    return list(dict.fromkeys(map(name_of, steps)))


def steps_of_full_build(dialect: str, settings: Settings, before: Settings | None = None) -> list[str]:
    """Return the steps of a full build, the first one, or one that follows a build under other settings."""
    warehouse = WAREHOUSES[dialect]
    words, graph = dialect_of(warehouse), documented_graph(settings, dialect)
    existing = {}
    for relation in documented_graph(before, dialect).relations if before else ():
        columns = {column.name: column.type.compile(dialect=words) for column in relation.table.c}
        is_same = literal_text(relation.select, words) == literal_text(graph[relation.name].select, words)
        existing[relation.name] = Existing(relation.kind, columns, up_to_date=relation.kind == "view" and is_same)
    plan = warehouse.strategy.full(Job(warehouse, words, graph, graph.relations, existing))
    return names([*plan.steps, *plan.clean_up])


def steps_of_incremental_build(dialect: str, settings: Settings) -> list[str]:
    """Return the steps of an incremental build that finds something new. By then, its window is read."""
    warehouse = WAREHOUSES[dialect]
    graph = documented_graph(settings, dialect, continues=True)
    window = Window({"tracks": LAST_LOADED}, ("tracks",))
    increment = Increment(Job(warehouse, dialect_of(warehouse), graph, graph.relations), window, has_window=True)
    return names(increment.steps(FIRST_AFFECTED))
