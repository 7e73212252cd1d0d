"""What stands in the target already."""

import warnings
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, Inspector, inspect
from sqlalchemy.exc import SAWarning

from sessionmodels.errors import TargetError
from sessionmodels.graph import Relation
from sessionmodels.warehouses.warehouse import Existing, Warehouse


def look(connection: Connection, relations: Iterable[Relation], warehouse: Warehouse, schema: str | None) -> dict[str, Existing]:
    """Return what stands under each relation's name; a relation that is not there is missing."""
    inspector = inspect(connection)
    tables, views = set(inspector.get_table_names(schema)), set(inspector.get_view_names(schema))
    found: dict[str, Existing] = {}
    for relation in relations:
        name = relation.table.name
        if name in tables:
            found[relation.name] = Existing("table", _columns(inspector, name, schema))
        elif name in views:
            right = relation.kind == "view" and warehouse.view_is_up_to_date(connection, relation)
            found[relation.name] = Existing("view", _columns(inspector, name, schema), up_to_date=right)
    return found


def refuse_missing(chosen: Sequence[Relation], relations: Sequence[Relation], existing: dict[str, Existing]) -> None:
    """Refuse to build a part whose references are neither built with it nor there already.

    Raises:
        TargetError: one is missing.
    """
    by_table = {relation.table: relation for relation in relations if relation not in chosen}
    for relation in chosen:
        for table in relation.reads:
            read = by_table.get(table)
            if read is not None and read.name not in existing:
                msg = (
                    f"{relation.name} reads {read.table.name}, which is not built yet; select '+{relation.name}' to build it too"
                )
                raise TargetError(msg)


def _columns(inspector: Inspector, name: str, schema: str | None) -> dict[str, str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # a type that is none of ours counts as another type
        return {c["name"]: c["type"].compile(dialect=inspector.dialect) for c in inspector.get_columns(name, schema)}
