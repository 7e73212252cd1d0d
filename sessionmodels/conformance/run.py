"""Runs the conformance events in a scratch schema of a warehouse, and compares every relation with the expected rows."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from sqlalchemy import Column, Engine, MetaData, Table, insert, select
from sqlalchemy.schema import CreateSchema, CreateTable, DropSchema, ExecutableDDLElement

from sessionmodels.conformance.stream import RULES, Rows, events, expected, graph, plain
from sessionmodels.connection.transaction import connected, named
from sessionmodels.execution.build import build_all
from sessionmodels.execution.missing_privileges import grants_to_create, refuse_lacking
from sessionmodels.relations.naming import target_name
from sessionmodels.rules.context import CONTEXT
from sessionmodels.settings import Settings, defaults
from sessionmodels.warehouses import warehouse_of
from sessionmodels.warehouses.warehouse import Warehouse

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Comparison:
    """One relation under some settings: the number of expected rows, and the missing and superfluous ones."""

    settings: str
    """What the settings are called: `exact` and `dbt` are the two compatibilities."""

    relation: str
    rows: int
    missing: tuple[str, ...]
    surplus: tuple[str, ...]

    @property
    def equal(self) -> bool:
        """Whether the warehouse gave exactly the expected rows."""
        return not self.missing and not self.surplus

    def to_dict(self) -> dict[str, Any]:
        """Return plain data with numbers of rows."""
        counted = {"missing": len(self.missing), "surplus": len(self.surplus), "equal": self.equal}
        return {"settings": self.settings, "relation": self.relation, "rows": self.rows, **counted}


def verify(engine: Engine, *, watch: Callable[[str], None] = lambda _: None) -> tuple[Comparison, ...]:
    """Return comparisons in both compatibilities, and under each identity and session rule.

    The scratch schema is dropped, even after an error.

    Args:
        engine: an engine for the warehouse to check. Its role must be allowed to create a schema.
        watch: called with each action.

    Raises:
        SessionmodelsError: as `build_all`, or the scratch schema could not be created.
    """
    warehouse = warehouse_of(engine.dialect.name)
    schema = f"sessionmodels_verify_{uuid4().hex[:12]}"
    with _scratch(engine, warehouse, schema):
        watch(f"{schema}: write the events")
        _write(engine, warehouse, schema)
        return tuple(comparison for name in RULES for comparison in _compare(engine, schema, name, watch))


@contextmanager
def _scratch(engine: Engine, warehouse: Warehouse, schema: str) -> Iterator[None]:
    def change(action: str, statement: ExecutableDDLElement) -> None:
        connection = connected(engine, warehouse.transactions.isolation_level)
        with connection as one, named("the scratch schema", action, warehouse), one.begin():
            one.execute(statement)

    with connected(engine, warehouse.transactions.isolation_level) as connection, connection.begin():
        catalogue = warehouse.catalogue(connection)
        refuse_lacking(catalogue, grants_to_create(catalogue, schema), "verify")
    change("create it", CreateSchema(schema))
    try:
        yield
    finally:
        change("drop it", DropSchema(schema, cascade=True))


def _write(engine: Engine, warehouse: Warehouse, schema: str) -> None:
    text = warehouse.loaded["event"]
    kinds = {**warehouse.loaded, **dict.fromkeys((name for names in CONTEXT.values() for name in names), text)}
    times = ("timestamp", *(name for name in warehouse.loaded if name in {"uuid_ts", "loaded_at"}))
    tables: dict[str, tuple[dict[str, Any], Rows]] = {"graph": ({"other_id": text, "main_id": text}, graph())}
    for source in ("tracks", "pages"):
        # A source that cannot hold such rows cannot pass them to a build.
        storable = (row for row in events(source) if _can_store(warehouse, row))
        rows = [{**row, **{one: _instant(row[one if one == "timestamp" else "uuid_ts"]) for one in times}} for row in storable]
        tables[source] = {name: kind for name, kind in kinds.items() if name in rows[0]}, rows
    for name, (columns, rows) in tables.items():
        _write_table(engine, warehouse, Table(name, MetaData(), *map(Column, columns, columns.values()), schema=schema), rows)


def _write_table(engine: Engine, warehouse: Warehouse, table: Table, rows: Rows) -> None:
    with (
        connected(engine, warehouse.transactions.isolation_level) as connection,
        named(table.name, "write the rows", warehouse),
        connection.begin(),
    ):
        connection.execute(CreateTable(table))
        connection.execute(insert(table).values(list(rows)))  # one statement: BigQuery would run one job per row


def _can_store(warehouse: Warehouse, row: Mapping[str, Any]) -> bool:
    longest = warehouse.tables.longest_text
    return longest is None or all(len(one.encode()) <= longest for one in row.values() if isinstance(one, str))


def _compare(engine: Engine, schema: str, rules: str, watch: Callable[[str], None]) -> Iterator[Comparison]:
    settings = defaults(source_schema=schema, target_schema=schema, **RULES[rules])
    build_all(engine, settings, watch=lambda _done, _total, step: watch(f"{rules}: {step.relation_name}: {step.action}"))
    for name, rows in expected(rules).items():
        wanted, found = _bag(rows), _bag(_read(engine, name, settings, list(rows[0])))
        missing, surplus = wanted - found, found - wanted
        yield Comparison(rules, name, len(rows), tuple(map(str, missing.elements())), tuple(map(str, surplus.elements())))


def _read(engine: Engine, name: str, settings: Settings, columns: list[str]) -> Rows:
    table = Table(target_name(name, settings), MetaData(), *map(Column, columns), schema=settings.target_schema)
    with connected(engine) as connection, named(name, "read its rows", warehouse_of(engine.dialect.name)):
        return [{key: _microseconds(value) for key, value in row.items()} for row in connection.execute(select(table)).mappings()]


def _bag(rows: Rows) -> Counter[tuple[Any, ...]]:
    return Counter(tuple(sorted(row.items())) for row in rows)


def _instant(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else EPOCH + timedelta(microseconds=microseconds)


def _microseconds(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    if not isinstance(value, datetime):
        return value.isoformat() if isinstance(value, date) else value
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return (aware - EPOCH) // timedelta(microseconds=1)
