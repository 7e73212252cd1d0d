"""What a table or view reads, directly and indirectly, according to the database. A build must not replace any of it."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, text

Where = tuple[str, ...]
"""The location of a table or view: its database if that matters, its schema, its name."""

_READ: Final = """
WITH RECURSIVE read (oid) AS (
    SELECT CAST(pg_catalog.to_regclass(CAST(:name AS text)) AS oid)
    UNION
    SELECT more.oid FROM read CROSS JOIN LATERAL (
        SELECT depends.refobjid AS oid
        FROM pg_catalog.pg_rewrite AS rule JOIN pg_catalog.pg_depend AS depends
            ON depends.objid = rule.oid AND depends.classid = CAST('pg_catalog.pg_rewrite' AS regclass)
            AND depends.refclassid = CAST('pg_catalog.pg_class' AS regclass)
        WHERE rule.ev_class = read.oid
        UNION ALL
        SELECT inherits.inhrelid FROM pg_catalog.pg_inherits AS inherits WHERE inherits.inhparent = read.oid
    ) AS more
)"""
"""By object ids: what the rules of views depend on, and the partitions and children of tables."""

OF_POSTGRESQL: Final = text(f"""{_READ}
SELECT space.nspname, known.relname
FROM read JOIN pg_catalog.pg_class AS known ON known.oid = read.oid
    JOIN pg_catalog.pg_namespace AS space ON space.oid = known.relnamespace
""")  # noqa: S608 - constants
READERS_ON_POSTGRESQL: Final = text("""
SELECT DISTINCT space.nspname, known.relname
FROM pg_catalog.pg_depend AS depends
    JOIN pg_catalog.pg_rewrite AS rule
        ON rule.oid = depends.objid AND depends.classid = CAST('pg_catalog.pg_rewrite' AS regclass)
    JOIN pg_catalog.pg_class AS known ON known.oid = rule.ev_class
    JOIN pg_catalog.pg_namespace AS space ON space.oid = known.relnamespace
WHERE depends.refclassid = CAST('pg_catalog.pg_class' AS regclass)
    AND depends.refobjid = CAST(pg_catalog.to_regclass(CAST(:name AS text)) AS oid) AND known.oid <> depends.refobjid
""")
UNSEEN_ON_POSTGRESQL: Final = text(f"""{_READ}
SELECT called.proname || '()'
FROM read JOIN pg_catalog.pg_rewrite AS rule ON rule.ev_class = read.oid
    JOIN pg_catalog.pg_depend AS depends
        ON depends.objid = rule.oid AND depends.classid = CAST('pg_catalog.pg_rewrite' AS regclass)
    LEFT JOIN pg_catalog.pg_operator AS operator
        ON operator.oid = depends.refobjid AND depends.refclassid = CAST('pg_catalog.pg_operator' AS regclass)
    JOIN pg_catalog.pg_proc AS called ON called.oid = operator.oprcode
        OR called.oid = depends.refobjid AND depends.refclassid = CAST('pg_catalog.pg_proc' AS regclass)
UNION
SELECT CASE known.relkind WHEN 'f' THEN 'the foreign table ' || known.relname ELSE 'a function that runs a query from a text' END
FROM read JOIN pg_catalog.pg_class AS known ON known.oid = read.oid
WHERE known.relkind = 'f'
    OR known.relkind IN ('v', 'm') AND pg_catalog.strpos(pg_catalog.pg_get_viewdef(known.oid), '_to_xml') > 0
ORDER BY 1
""")  # noqa: S608 - constants
"""Foreign tables, `query_to_xml`, and functions besides PostgreSQL's own: the catalogue does not say what they read."""

OF_DUCKDB: Final = text(
    "SELECT lower(database_name), lower(schema_name), lower(table_name), NULL FROM duckdb_tables()"
    " UNION ALL SELECT lower(database_name), lower(schema_name), lower(view_name), sql FROM duckdb_views()"
)
MACROS: Final = text(
    "SELECT DISTINCT lower(function_name) FROM duckdb_functions() WHERE macro_definition IS NOT NULL AND NOT internal"
)
QUERYING: Final = frozenset({"query", "query_table", "json_execute_serialized_sql", "seq_scan", "arrow_scan", "pandas_scan"})
"""DuckDB's functions that read a table named by a text or given by an address."""

PARSED: Final = text("SELECT CAST(json_serialize_sql(CAST(:query AS VARCHAR)) AS VARCHAR)")

_NAME: Final = r'(?:"(?:[^"]|"")*"|[^\s".(]+)'
_HEAD: Final = re.compile(
    rf"CREATE (?:OR REPLACE )?(?:TEMP(?:ORARY)? )?VIEW {_NAME}(?:\.{_NAME})*\s*(?:\({_NAME}(?:, {_NAME})*\))? ?AS ", re.IGNORECASE
)
"""The text before the select in a view's definition as DuckDB stores it."""


def read_on_postgresql(connection: Connection, name: str) -> frozenset[Where]:
    """Return the schema and name of everything that a table or view reads. Its name must be quoted where necessary."""
    return frozenset((schema, table) for schema, table in connection.execute(OF_POSTGRESQL, {"name": name}))


def readers_on_postgresql(connection: Connection, name: str) -> frozenset[Where]:
    """Return the schema and name of every view that reads a table directly. Its name must be quoted where necessary."""
    return frozenset((schema, view) for schema, view in connection.execute(READERS_ON_POSTGRESQL, {"name": name}))


def unseen_on_postgresql(connection: Connection, name: str) -> tuple[str, ...]:
    """Return the functions and foreign tables that a table or view reads through, and that cannot be inspected."""
    return tuple(connection.execute(UNSEEN_ON_POSTGRESQL, {"name": name}).scalars())


def unseen_on_duckdb(connection: Connection, start: Where) -> tuple[str, ...]:
    """Return the macros and functions that a view calls, directly or indirectly, and that cannot be inspected."""
    read = read_on_duckdb(connection, start)
    queries = [sql.lower() for *where, sql in connection.execute(OF_DUCKDB) if sql and tuple(where) in read]
    names = sorted({*QUERYING, *connection.execute(MACROS).scalars()})
    return tuple(f"{name}()" for name in names if any(_calls(sql, name) for sql in queries))


def _calls(sql: str, name: str) -> bool:
    return re.search(rf"""(?<![\w"]){re.escape(name)}\s*\(|"{re.escape(name.replace('"', '""'))}"\s*\(""", sql) is not None


def read_on_duckdb(connection: Connection, start: Where) -> frozenset[Where]:
    """Return the database, schema and name of everything that is read, including the start, in lower case."""
    known: dict[Where, str | None] = {(a, b, c): sql for a, b, c, sql in connection.execute(OF_DUCKDB)}
    found, pending = {start}, [start]
    while pending:
        view = pending.pop()
        new = set(_read_by_view(connection, known, view)) - found if known.get(view) else set()
        found |= new
        pending += new
    return frozenset(found)


def _read_by_view(connection: Connection, known: dict[Where, str | None], view: Where) -> Iterator[Where]:
    sql = known[view] or ""
    parsed = json.loads(connection.scalar(PARSED, {"query": _HEAD.sub("", sql, count=1)}) or "{}")
    if parsed.get("error", True):  # not every query can be parsed: then every name in its text counts as read
        yield from (one for one in known if re.search(rf"\b{re.escape(one[-1])}\b", sql.lower()))
        return
    for database, schema, name in _tables_in(parsed):
        alike = [one for one in known if _is_meant(one, database, schema, name)]
        near = [one for one in alike if one[:2] == view[:2]]
        yield from near if near and not schema else alike


def _is_meant(one: Where, database: str, schema: str, name: str) -> bool:
    """Whether a query's name may refer to a table. A qualifier may be its schema or its database."""
    is_qualifier = schema in {"", one[1]} or (not database and schema == one[0])
    return one[2] == name and is_qualifier and database in {"", one[0]}


def _tables_in(node: Any) -> Iterator[tuple[str, str, str]]:
    if isinstance(node, dict):
        if node.get("type") == "BASE_TABLE":
            yield node["catalog_name"].lower(), node["schema_name"].lower(), node["table_name"].lower()
        node = list(node.values())
    if isinstance(node, list):
        for one in node:
            yield from _tables_in(one)
