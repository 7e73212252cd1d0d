"""The Snowflake emulator `fakesnow`, run by the Python of an environment of its own: `snowflake_server.py PORT`.

Two things are corrected that the connector 5 needs: fields in the answer to a login, and nulls in columns of times.
Nothing in a string is a session variable: we have none.

And comments are kept as Snowflake keeps them: those of views, too; a clone has its source's, and a replacement has none.
"""

import re
import sys
from string import Template
from typing import Any

import fakesnow.arrow  # pyright: ignore[reportMissingImports]
import fakesnow.cursor  # pyright: ignore[reportMissingImports]
import fakesnow.info_schema  # pyright: ignore[reportMissingImports]
import fakesnow.server  # pyright: ignore[reportMissingImports]
import fakesnow.transforms  # pyright: ignore[reportMissingImports]
import fakesnow.variables  # pyright: ignore[reportMissingImports]
import parsed_once  # noqa: F401 - it is in force by being imported
import pyarrow as pa
import uvicorn  # pyright: ignore[reportMissingImports]
from sqlglot import exp

LOGIN = {
    "validityInSeconds": 3600,
    "masterValidityInSeconds": 14400,
    "sessionId": 1,
    "displayUserName": "fake",
    "firstLogin": False,
}
SESSION = {"warehouseName": None, "roleName": "ACCOUNTADMIN"}
ANSWER = {"success": True, "message": None, "code": None}


class Answer(fakesnow.server.JSONResponse):
    """An answer with every field that the connector looks for."""

    def __init__(self, content: Any = None, *args: Any, **kw: Any) -> None:
        if isinstance(content, dict):
            content = {**ANSWER, **content}
            data = content.get("data")
            if isinstance(data, dict) and "token" in data and "sessionInfo" in data:
                whole = {"masterToken": data["token"], **LOGIN, **data}
                content["data"] = {**whole, "sessionInfo": {**SESSION, **data["sessionInfo"]}}
        super().__init__(content, *args, **kw)


class NullableFields:
    """`pyarrow`, but for the fields of a time, which may be null with it."""

    def __getattr__(self, name: str) -> Any:
        """Whatever it does not correct."""
        return getattr(pa, name)

    def field(self, *args: Any, **kw: Any) -> Any:
        return pa.field(*args, **{**kw, "nullable": True})


as_struct = fakesnow.arrow.timestamp_to_sf_struct


def as_nullable_struct(times: Any) -> Any:
    """Return the times as the connector reads them, a null as a null."""
    whole = times.combine_chunks() if isinstance(times, pa.ChunkedArray) else times
    struct = as_struct(whole)
    parts = [struct.field(place) for place in range(struct.type.num_fields)]
    return pa.StructArray.from_arrays(parts, fields=list(struct.type), mask=whole.is_null())


ASKS_NO_TABLE = re.compile(r"SELECT ('[^']*'|\d+) as '", re.IGNORECASE)
describe = fakesnow.cursor.FakeSnowflakeCursor._describe_last_sql
described: dict[str, Any] = {}


def describe_once(cursor: Any) -> Any:
    """Describe the answer to what was just run, in which DuckDB knows the columns: no statement is planned a second time.

    The answer to what changes something is a constant of few kinds, which DuckDB does not always describe.
    """
    if cursor._last_params or not ASKS_NO_TABLE.match(cursor._last_sql):
        return [(name, str(kind), "YES", None, None, None) for name, kind, *_ in cursor._duck_conn.description]
    if cursor._last_sql not in described:
        described[cursor._last_sql] = describe(cursor)
    return described[cursor._last_sql]


COMMENTS = "_fs_global._fs_information_schema._fs_tables_ext"
TABLES = fakesnow.info_schema.SQL_CREATE_INFORMATION_SCHEMA_TABLES_VIEW.template
BOTH = """from (
    select database_name, schema_name, table_name, estimated_size, 'BASE TABLE' as kind from duckdb_tables
    union all select database_name, schema_name, view_name, null, 'VIEW' from duckdb_views where not internal
) tables"""

extract_comment = fakesnow.transforms.extract_comment_on_table
create_clone = fakesnow.transforms.create_clone


def comment_or_none(expression: Any) -> Any:
    """Let what is made without a comment have none, whatever stood there before."""
    found = extract_comment(expression)
    if isinstance(found, exp.Create) and found.args.get("kind") in {"TABLE", "VIEW"} and not found.args.get("exists"):
        table, comment = found.args.get("table_comment") or (found.find(exp.Table), None)
        found.args["table_comment"] = (table, comment or "")
    return found


def clone_with_comment(expression: Any) -> Any:
    """Let a clone replace what stands there, where it says so, and have its source's comment."""
    clone = expression.find(exp.Clone) if isinstance(expression, exp.Create) else None
    if clone is None:
        return expression
    made = create_clone(expression)
    made.set("replace", expression.args.get("replace"))
    made.args["table_comment"] = (expression.find(exp.Table), clone.find(exp.Table))
    return made


def record_comment(catalog: str, schema: str, table: str, comment: Any) -> str:
    """Return what records a comment: a text, or that of another table."""
    kept = "'" + str(comment).replace("'", "''") + "'"
    if isinstance(comment, exp.Table):
        source = comment.catalog or catalog, comment.db or schema, comment.name
        where = "(ext_table_catalog, ext_table_schema, ext_table_name)"
        kept = f"coalesce((select comment from {COMMENTS} where {where} = {source}), '')"
    return (
        f"insert into {COMMENTS} values ('{catalog}', '{schema}', '{table}', {kept})"
        " on conflict (ext_table_catalog, ext_table_schema, ext_table_name) do update set comment = excluded.comment"
    )


fakesnow.info_schema.SQL_CREATE_INFORMATION_SCHEMA_TABLES_VIEW = Template(
    TABLES.replace("from duckdb_tables tables", BOTH).replace("'BASE TABLE' AS", "tables.kind AS")
)
fakesnow.info_schema.insert_table_comment_sql = record_comment
fakesnow.transforms.extract_comment_on_table = comment_or_none
fakesnow.transforms.create_clone = clone_with_comment
fakesnow.server.JSONResponse = Answer
fakesnow.variables.Variables.inline_variables = lambda _self, sql: sql
fakesnow.arrow.pa = NullableFields()
fakesnow.arrow.timestamp_to_sf_struct = as_nullable_struct
fakesnow.cursor.FakeSnowflakeCursor._describe_last_sql = describe_once
fakesnow.server.shared_fs.duck_conn.execute("SET GLOBAL threads = 1")

if __name__ == "__main__":
    uvicorn.run(fakesnow.server.app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
