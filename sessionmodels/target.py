"""What stands in the target already."""

import warnings
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, Inspector, Table, inspect
from sqlalchemy.exc import SAWarning

from sessionmodels.errors import SettingsError, TargetError
from sessionmodels.graph import STAGED, Relation
from sessionmodels.source.parts import Source
from sessionmodels.warehouses.warehouse import Existing, Warehouse


def look(connection: Connection, relations: Iterable[Relation], warehouse: Warehouse) -> dict[str, Existing]:
    """Return what stands under each relation's name; a relation that is not there is missing.

    Raises:
        TargetError: what stands there is neither a table nor a view.
    """
    inspector = inspect(connection)
    found: dict[str, Existing] = {}
    for relation in relations:
        name, schema = place(relation.table, inspector)
        if not inspector.has_table(name, schema):
            continue
        if _is_among(name, inspector.get_table_names(schema)):
            found[relation.name] = Existing("table", _columns(inspector, name, schema))
        elif _is_among(name, inspector.get_view_names(schema)):
            right = relation.kind == "view" and warehouse.view_is_up_to_date(connection, relation)
            found[relation.name] = Existing("view", _columns(inspector, name, schema), up_to_date=right)
        else:
            msg = f"{relation.table.fullname} is there, but neither a table nor a view; drop it, or set another table_prefix"
            raise TargetError(msg)
    return found


def _is_among(name: str, names: Iterable[str]) -> bool:
    """Whether a name that the database knows is one of these, which it may spell in another case."""
    return name.lower() in {one.lower() for one in names}


def place(table: Table, inspector: Inspector) -> tuple[str, str | None]:
    """Return a table's name and schema; the connection's own where none is set, and not others on its search path."""
    return table.name, table.schema or inspector.default_schema_name


def refuse_overwriting(connection: Connection, source: Source, relations: Iterable[Relation]) -> None:
    """Refuse to write a result where the source is.

    Raises:
        SettingsError: one has the other's name.
    """
    if not isinstance(source.table, Table):
        return
    inspector = inspect(connection)
    raw_name, raw_schema = place(source.table, inspector)
    if raw_name.lower() == STAGED:
        msg = f"source_table {raw_name!r} is the name under which a build stages the events; make a view of another name on it"
        raise SettingsError(msg)
    for relation in relations:
        name, schema = place(relation.table, inspector)
        if (name.lower(), schema) == (raw_name.lower(), raw_schema):
            msg = f"source_table {raw_name!r} is also the name of a result; set another table_prefix or target_schema"
            raise SettingsError(msg)


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
