"""Renewal by making everything anew: for warehouses where a dropped table takes nothing with it."""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import CreateView
from sqlalchemy.schema import DropTable, DropView

from sessionmodels.graph import Relation
from sessionmodels.warehouses.warehouse import Existing, Step


def make_anew(relations: Sequence[Relation], existing: Mapping[str, Existing], _all: Sequence[Relation]) -> Iterator[Step]:
    """Drop each relation and create it again, in one transaction where the warehouse rolls DDL back."""
    for relation in relations:
        if found := existing.get(relation.name):
            yield drop(relation, found)
        yield create(relation)


def create(relation: Relation) -> Step:
    """Return the relation's own `CREATE TABLE AS` or `CREATE VIEW`."""
    return Step(relation.name, f"create the {relation.kind}", relation.ddl)


def drop(relation: Relation, found: Existing) -> Step:
    """Return the statement that drops what stands there, whichever kind it is."""
    gone = DropView(relation.table) if found.kind == "view" else DropTable(relation.table)
    return Step(relation.name, f"drop the old {found.kind}", gone)


def replace_view(relation: Relation) -> Step:
    """Return the statement that gives a view another select and leaves those that read it alone."""
    again = CreateView(relation.select, relation.table.name, schema=relation.table.schema, or_replace=True)
    return Step(relation.name, "replace the view", again)
