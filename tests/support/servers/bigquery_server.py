"""The BigQuery emulator `bqemulator`, run by the Python of an environment of its own: `bigquery_server.py REST_PORT GRPC_PORT`.

The extensions that it would download are not loaded: nothing here has a place on earth.

What a statement declares beside columns and rows is kept as BigQuery keeps it: descriptions, also of views and those that are set
later, and layouts, since a table of another layout is not replaced. And a clone replaces what stands there, where it says so.
A `NUMERIC` has 38 digits, nine of them after the point; DuckDB's own, into which it is translated, has fewer.
"""

import json
import re
import sys
from typing import Any

import sqlglot
from bqemulator.catalog import ddl_sync  # pyright: ignore[reportMissingImports]
from bqemulator.catalog.models import Clustering, TimePartitioning  # pyright: ignore[reportMissingImports]
from bqemulator.cli import main  # pyright: ignore[reportMissingImports]
from bqemulator.domain.result import Ok  # pyright: ignore[reportMissingImports]
from bqemulator.jobs import ddl_result, executor, routine_ddl  # pyright: ignore[reportMissingImports]
from bqemulator.sql import catalog_schema, inner_query  # pyright: ignore[reportMissingImports]
from bqemulator.sql.translator import SQLTranslator  # pyright: ignore[reportMissingImports]
from bqemulator.storage.engine import DuckDBEngine  # pyright: ignore[reportMissingImports]
from bqemulator.versioning.ddl import VersioningDDLRouter  # pyright: ignore[reportMissingImports]
from parsed_once import Looking
from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from told_before import made_once

DECLARES = re.compile(r"^(CREATE|ALTER) ")
CLONES = re.compile(r"^CREATE (?P<replaces>OR REPLACE )?(?P<clone>TABLE \S+ CLONE \S+)(?P<options> OPTIONS\(.*\))?$", re.DOTALL)

translate = SQLTranslator.translate
sync_created_view = executor.sync_created_view
run_versioning_ddl = executor._maybe_run_versioning_ddl


def sync_declared(sql: str, project: str, ctx: Any) -> None:
    """Register a view, and what the catalogue of the emulator leaves out of any statement."""
    sync_created_view(sql, project, ctx)
    if not DECLARES.match(sql):
        return
    parsed = sqlglot.parse_one(sql, read="bigquery")
    table = parsed.find(exp.Table)
    if isinstance(parsed, exp.Create | exp.Alter) and table is not None:
        update(ctx, ddl_sync._split_target(table, project), declared(parsed))


def declared(parsed: Any) -> dict[str, Any]:
    """Return what a statement declares, by the names of the catalogue."""
    found: dict[str, Any] = {}
    parts = (parsed.args.get("properties"), *parsed.args.get("actions", ()))
    for one in (one for part in parts if part for one in part.walk()):
        if isinstance(one, exp.Property) and one.name == "description":
            found["description"] = one.args["value"].name
        elif isinstance(one, exp.PartitionedByProperty) and isinstance(one.this, exp.TimestampTrunc):
            unit = one.this.args["unit"].name
            found["time_partitioning"] = TimePartitioning(type=unit, field=one.this.this.name)
        elif isinstance(one, exp.ClusterProperty):
            found["clustering"] = Clustering(fields=tuple(column.name for column in one.expressions))
    return found


def update(ctx: Any, name: tuple[str, str, str], values: dict[str, Any]) -> None:
    """Write values into the catalogue's entry of a table or a view."""
    entry = ctx.catalog.get_table(*name)
    if entry is not None and values:
        ctx.catalog.update_table(entry.model_copy(update=values))


async def clone(project: str, sql: str, ctx: Any) -> Any:
    """Run a clone with all that it says; anything else as ever."""
    found = CLONES.match(sql)
    if found is None:
        return await run_versioning_ddl(project, sql, ctx)
    plain = f"CREATE {found['clone']}"
    parsed = VersioningDDLRouter(project).parse(plain)
    target = parsed.target_project, parsed.target_dataset, parsed.target_table
    source = ctx.catalog.get_table(parsed.source_project, parsed.source_dataset, parsed.source_table)
    if found["replaces"] and source is not None and ctx.catalog.get_table(*target) is not None:
        ctx.engine.execute(f"DROP TABLE {ddl_sync.quoted_table_ref(*target)}")
        ctx.catalog.delete_table(*target)
    answer = await run_versioning_ddl(project, plain, ctx)
    options = sqlglot.parse_one(f"CREATE TABLE t{found['options'] or ''} AS SELECT 1 AS one", read="bigquery")
    update(ctx, target, {"table_type": "TABLE"} | declared(options))
    return answer


def whole_numeric(self: Any, expression: Any) -> str:
    """Write a type for DuckDB."""
    is_bare = expression.this == exp.DataType.Type.DECIMAL and not expression.expressions
    return "DECIMAL(38, 9)" if is_bare else self.datatype_sql(expression)


def is_required(column: Any) -> bool:
    """Whether it is `NOT NULL`. The compiled parser refuses to hand out a constraint that is a list of options."""
    constraints = column.args.get("constraints") or ()
    return any(isinstance(one.args.get("kind"), exp.NotNullColumnConstraint) for one in constraints)


@made_once
def translated(statement: str, caller: Any) -> str:
    """Return a statement, which stands in a list with the columns of its tables, in DuckDB's words."""
    sql, columns = json.loads(statement)
    answer = translate(SQLTranslator(), sql, schema=columns, caller=caller)
    if not isinstance(answer, Ok):
        raise answer.error
    return answer.value


def translate_once(translator: Any, sql: str, *, schema: Any = None, caller: Any = None, **others: Any) -> Any:
    """Translate a statement; one that cannot be translated gets its answer as ever."""
    try:
        return Ok(translated(json.dumps([sql, schema]), caller))
    except Exception:  # noqa: BLE001 - whatever it is, the translator says it better
        return translate(translator, sql, schema=schema, caller=caller, **others)


SQLTranslator.translate = translate_once
inner_query.rewrite_for_row_access = lambda sql, **_others: sql  # nobody is kept from any row, so DuckDB may read views itself
executor.classify_statement_type = made_once(executor.classify_statement_type)
executor.rewrite_table_refs = made_once(executor.rewrite_table_refs)
DuckDB.Generator.TRANSFORMS[exp.DataType] = whole_numeric  # a compiled class takes no other method
ddl_result._has_not_null_constraint = is_required
executor.sync_created_view = sync_declared
executor._maybe_run_versioning_ddl = clone
for looks in (catalog_schema, ddl_result, ddl_sync, executor, routine_ddl):
    looks.sqlglot = Looking()
DuckDBEngine._load_spatial = lambda _self: None
DuckDBEngine._load_format_extensions = lambda _self: None

if __name__ == "__main__":
    rest, grpc = sys.argv[1:]
    main(["start", "--rest-port", rest, "--grpc-port", grpc, "--project", "proj"])
