"""PostgreSQL: tables are refilled in place, so that every view on them lives on."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from sqlalchemy import TIMESTAMP, Connection, CreateView, cast, delete, func, insert, literal, select
from sqlalchemy.dialects.postgresql import REGCLASS, dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import Table

from sessionmodels.errors import TargetError
from sessionmodels.graph import Relation
from sessionmodels.warehouses.anew import create, drop, replace_view
from sessionmodels.warehouses.ddl import AddColumn, Analyze, DropColumn
from sessionmodels.warehouses.warehouse import Existing, Step, Warehouse, rudderstack

COMPARED = "sessionmodels_compared"


def refill(chosen: Sequence[Relation], existing: Mapping[str, Existing], every: Sequence[Relation]) -> Iterator[Step]:
    """Delete the old rows and insert the new ones, all in one transaction.

    A swap by renaming would leave other people's views on the old table. `TRUNCATE` would lock readers out, and show an
    empty table to those whose snapshot is older. Deleting does neither: the old rows stay until nobody sees them.
    """
    remade = _remade(chosen, existing, every)
    for relation in reversed(every):
        if relation.name in remade:
            yield drop(relation, existing[relation.name])
    for relation in every:
        found = existing.get(relation.name)
        if relation not in chosen and relation.name not in remade:
            continue
        if found is None or relation.name in remade:
            yield create(relation)
        elif relation.kind == "table":
            yield from _refill(relation, found)
        elif not found.up_to_date:
            yield replace_view(relation)
        if relation.kind == "table":
            yield Step(relation.name, "update the planner's statistics", Analyze(relation.table))


def _remade(chosen: Sequence[Relation], existing: Mapping[str, Existing], every: Sequence[Relation]) -> set[str]:
    """Return what must be dropped first: what changes its kind, views whose columns change, and our views on either."""
    remade: set[str] = set()
    leaving: dict[Table, set[str]] = {}
    for relation in every:
        found = existing.get(relation.name)
        if found is None:
            continue
        if _must_go(relation, found, leaving, wanted=relation in chosen):
            remade.add(relation.name)
        if relation in chosen or relation.name in remade:
            leaving[relation.table] = set(found.columns if relation.name in remade else _surplus(relation, found))
    return remade


def _must_go(relation: Relation, found: Existing, leaving: Mapping[Table, set[str]], *, wanted: bool) -> bool:
    if not wanted:  # not selected, but a view of ours that what is selected would pull the ground from under
        loses_ground = found.kind == "view" and any(leaving.get(table) for table in relation.reads)
        if loses_ground and relation.kind == "table":
            msg = f"{relation.name} is a view on what would change, and is to be a table now; select it too, or everything"
            raise TargetError(msg)
        return loses_ground
    return found.kind != relation.kind or (found.kind == "view" and not _can_stay(relation, found, leaving))


def _can_stay(view: Relation, found: Existing, leaving: Mapping[Table, set[str]]) -> bool:
    """Whether a view can be kept or replaced: neither its own columns leave, nor any that it reads.

    What a view read that is not up to date is not known, so any column that leaves may have been among it.
    """
    if found.up_to_date:
        return not any(column.name in leaving.get(column.table, ()) for column in view.columns_read)
    return _fits(view, found) and not any(leaving.get(table) for table in view.reads)


def _fits(relation: Relation, found: Existing) -> bool:
    """Whether `CREATE OR REPLACE VIEW` will do: it can add columns behind, but neither drop nor retype one."""
    wanted = list(_columns(relation).items())
    return wanted[: len(found.columns)] == list(found.columns.items())


def _refill(relation: Relation, found: Existing) -> Iterator[Step]:
    table = relation.table
    for name in _surplus(relation, found):
        yield Step(relation.name, f"drop the column {name}", DropColumn(table, name))
    for name, kind in _columns(relation).items():
        if found.columns.get(name) != kind:
            yield Step(relation.name, f"add the column {name}", AddColumn(table, table.c[name]))
    yield Step(relation.name, "delete the old rows", delete(table))
    yield Step(relation.name, "insert the new rows", insert(table).from_select(list(table.c.keys()), relation.select))


def _surplus(relation: Relation, found: Existing) -> list[str]:
    """Return the columns that must leave: those no longer wanted, and those of another type."""
    if found.kind != "table" or relation.kind != "table":
        return []
    wanted = _columns(relation)
    return [name for name, kind in found.columns.items() if wanted.get(name) != kind]


def _columns(relation: Relation) -> dict[str, str]:
    return {column.name: column.type.compile(dialect=dialect()) for column in relation.table.c}


def view_is_up_to_date(connection: Connection, relation: Relation) -> bool:
    """Whether the view says what it should, in PostgreSQL's own words for both.

    Replacing a view locks out its readers, and waits for those that are there, so one that is right is left alone. To
    know, the same select is made a temporary view, inside a savepoint that is rolled back.
    """
    wanted = CreateView(relation.select, COMPARED, temporary=True)
    savepoint = connection.begin_nested()
    try:
        connection.execute(wanted)
        names = (connection.dialect.identifier_preparer.format_table(table) for table in (wanted.table, relation.table))
        one, other = (func.pg_get_viewdef(cast(literal(name), REGCLASS)) for name in names)
        return bool(connection.scalar(select(one == other)))
    except DBAPIError:
        return False  # what it reads is not there yet, or no longer has those columns
    finally:
        savepoint.rollback()


@contextmanager
def one_at_a_time(connection: Connection, schema: str | None, prefix: str) -> Iterator[None]:
    """Hold an advisory lock, which ends with the session that holds it, also when that is killed.

    It is taken before the build's transaction: a snapshot older than the lock would not see what the other build wrote, and a
    refill through it would leave the rows of both.
    """
    tables = func.concat("sessionmodels ", func.coalesce(literal(schema), func.current_schema()), " ", literal(prefix))
    lock = func.hashtextextended(tables, 0)
    with connection.begin():
        connection.execute(select(func.pg_advisory_lock(lock)))
    try:
        yield
    finally:
        try:
            with connection.begin():
                connection.execute(select(func.pg_advisory_unlock(lock)))
        except DBAPIError:
            connection.invalidate()  # and with the session its locks end


POSTGRESQL = Warehouse(
    dialect="postgresql",
    title="PostgreSQL",
    extra="postgresql",
    loaded=rudderstack(TIMESTAMP(timezone=True)),
    renew=refill,
    builds=True,
    # The default would let each statement see rows that arrived after the one before it.
    isolation_level="REPEATABLE READ",
    one_at_a_time=one_at_a_time,
    view_is_up_to_date=view_is_up_to_date,
)
