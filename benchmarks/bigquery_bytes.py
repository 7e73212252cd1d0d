"""How many bytes a full build reads and writes on BigQuery, beside the dbt project, counted without running either there.

    python benchmarks/bigquery_bytes.py 100000

The model: a statement reads the columns that it names of each table that it scans, and writes the columns of its select. A number
or a time has 8 bytes, a text 2 more than its UTF-8, a null none, as BigQuery counts them. Rows and widths are those of the
relations that a build on DuckDB makes of the events of `benchmarks/build.py`. What this package scans is parsed from the SQL that
it compiles for BigQuery; what the dbt project scans is listed here, model by model, from its published SQL
(`rudderlabs/dbt-sessionization`).
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast

from build import events
from copies import database
from sqlalchemy import ClauseElement, Engine, FromClause, func, select
from sqlglot import exp, parse_one
from sqlglot.optimizer.pushdown_projections import pushdown_projections
from sqlglot.optimizer.qualify import qualify

from sessionmodels import Settings, build_all
from sessionmodels.offline.documented import documented_graph
from sessionmodels.source.junk import events_without_junk, junk_aliases
from sessionmodels.warehouses import warehouse_of
from sessionmodels.warehouses.render import dialect_of
from sessionmodels.warehouses.statement import literal_text
from sessionmodels.warehouses.warehouse import Job

Sizes = dict[tuple[str, str], int]
"""The bytes of each column of each table."""

Scan = tuple[str, Iterable[str]]
"""A table, and the columns that are read of it."""

SHADOW = "sessionmodels_shadow_00000000_dbt_"
CLEAN = "sessionmodels_tracks"
"""The working table of clean events."""

DBT: dict[str, tuple[Scan, ...]] = {
    "aliases_mapping": (("tracks", ("anonymous_id", "user_id", "timestamp")), ("tracks", ("user_id", "timestamp"))),
    "mapped_tracks": (
        ("tracks", ("id", "anonymous_id", "user_id", "timestamp", "event")),
        ("aliases_mapping", ("alias", "dbt_visitor_id")),
    ),
    "session_tracks": (("mapped_tracks", ("dbt_visitor_id", "timestamp", "idle_time_minutes")),),
    "track_facts": (
        ("mapped_tracks", ("anonymous_id", "timestamp", "event_id", "event", "dbt_visitor_id")),
        ("session_tracks", ("session_id", "dbt_visitor_id", "session_start_at", "next_session_start_at")),
    ),
    "session_track_facts": (
        ("session_tracks", ("session_id",)),
        ("track_facts", ("session_id", "timestamp", "event_id", "event")),
    ),
    "user_session_facts": (
        ("session_tracks", ("session_id", "dbt_visitor_id", "session_start_at")),
        ("session_track_facts", ("session_id",)),
    ),
    "tracks_flow": (
        ("track_facts", ("event_id", "session_id", "track_sequence_number", "event", "dbt_visitor_id", "timestamp")),
    ),
}
"""The tables that the dbt project writes, and what it scans for each. `session_duration` is a view there."""


def sizes(engine: Engine) -> Sizes:
    """Return the bytes of each column of the source, of the clean events, and of every relation."""
    found: Sizes = {}
    columns = "SELECT table_name, column_name, data_type = 'VARCHAR' FROM duckdb_columns() WHERE NOT internal"
    with engine.connect() as connection:
        for table, column, is_text in connection.exec_driver_sql(columns).all():
            width = f'sum(2 + strlen("{column}"))' if is_text else f'8 * count("{column}")'
            size = connection.exec_driver_sql(f'SELECT coalesce({width}, 0) FROM "{table}"').scalar_one()
            found[table.removeprefix("dbt_"), column] = int(size)
    found |= {(CLEAN, column): size for (table, column), size in found.items() if table == "session_events"}
    found[CLEAN, "duplicate_rank"] = found["tracks", "timestamp"]
    found["tracks", "loaded_at"] = found["tracks", "uuid_ts"]  # RudderStack's loader writes both on BigQuery
    return found


def compiled(settings: Settings) -> Iterator[Any]:
    """Yield the statements of a full build on BigQuery that read rows, with those that count them. No id is junk.

    Rows of whole tables are counted without reading any.
    """
    warehouse = warehouse_of("bigquery")
    graph, dialect = documented_graph(settings, "bigquery"), dialect_of(warehouse)
    plan = warehouse.strategy.full(Job(warehouse, dialect, graph, graph.relations))
    for statement in (statement for step in plan.steps for statement in step.statements):
        text = literal_text(cast("ClauseElement", statement), dialect)
        if text.startswith("CREATE TABLE"):
            yield parse_one(text, dialect="bigquery")
    counts = [junk_aliases(cast("FromClause", plan.aliases)), events_without_junk(plan.events)]
    if settings.deduplicate:
        counts.append(select(func.count()).select_from(cast("FromClause", plan.removed)))
    for one in counts:
        yield parse_one(literal_text(one, dialect), dialect="bigquery")


def table_name(name: str) -> str:
    """Return the name in `Sizes` of a table of a build."""
    bare = name.removeprefix(SHADOW)
    return CLEAN if bare == "tracks" and bare != name else bare.removeprefix("dbt_")


def scans(select: Any, schema: dict[str, Any]) -> list[Scan]:
    """Return the tables that a select scans, once for each reference to the CTE that reads them."""
    pruned = pushdown_projections(qualify(select, schema=schema, dialect="bigquery"))
    steps = {cte.alias: cte.this for cte in pruned.find_all(exp.CTE)}
    pruned.set("with_", None)
    return list(_scans_of(pruned, steps))


def _scans_of(query: Any, steps: dict[str, Any]) -> Iterator[Scan]:
    columns = list(query.find_all(exp.Column))
    for table in query.find_all(exp.Table):
        if table.name in steps:
            yield from _scans_of(steps[table.name], {name: one for name, one in steps.items() if name != table.name})
        else:
            yield table_name(table.name), {column.name for column in columns if column.table == table.alias_or_name}


def count(read: Iterable[list[Scan]], size: Callable[[str, str], int], *, once: bool) -> int:
    """Return the bytes that statements read: of each scan, or of each column `once` a statement."""
    total = 0
    for one in read:
        columns = [(table, column) for table, names in one for column in names]
        total += sum(size(*pair) for pair in (set(columns) if once else columns))
    return total


def main(events_wanted: int) -> None:
    """Print the bytes of both."""
    with database() as engine:
        events(engine, events_wanted, one_visitor=False)
        build_all(engine, Settings(compatibility="dbt"))
        size = sizes(engine)
    tables = {table for table, _ in size}
    columns = {table: {column: "STRING" for owner, column in size if owner == table} for table in tables}
    schema = columns | {SHADOW + table: columns[CLEAN if table == "tracks" else table] for table in tables}
    whole = {table: sum(of for (owner, _), of in size.items() if owner == table) for table in tables}
    print("| | read, each scan | read, each column once a statement | written | ÷ the dbt project's |")
    print("|---|---|---|---|---|")
    dbt = [list(scanned) for scanned in DBT.values()]
    dbt_bytes = [count(dbt, lambda *of: size[of], once=once) for once in (False, True)]
    dbt_written = sum(whole[table] for table in DBT)
    show("the dbt project", dbt_bytes, dbt_written, dbt_bytes, dbt_written)
    for name, settings in {
        'compatibility="dbt"': Settings(compatibility="dbt"),
        "deduplicate=False": Settings(deduplicate=False),
        "the default": Settings(),
    }.items():
        read, written = [], 0
        for statement in compiled(settings):
            select = statement.expression if isinstance(statement, exp.Create) else statement
            if isinstance(statement, exp.Create):
                target = table_name(next(statement.find_all(exp.Table)).name)
                written += sum(size[target, column] for column in select.named_selects)
            read.append(scans(select, schema))
        found = [count(read, lambda *of: size[of], once=once) for once in (False, True)]
        show(name, found, written, dbt_bytes, dbt_written)


def show(name: str, read: list[int], written: int, dbt_read: list[int], dbt_written: int) -> None:
    """Print a row."""
    ratios = " or ".join(f"{(one + written) / (other + dbt_written):.2f}" for one, other in zip(read, dbt_read, strict=True))
    print(f"| {name} | {read[0] / 1e6:,.1f} MB | {read[1] / 1e6:,.1f} MB | {written / 1e6:,.1f} MB | {ratios} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 100_000)
