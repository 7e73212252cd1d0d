"""PostgreSQL's indexes. None depends on the length of ids or on the number of rows of one visitor.

A B-tree refuses ids of more than 2,700 bytes. An SP-GiST index needs memory quadratic in an id's length. A hash index needs time
quadratic in the number of rows with the same value (300,000 rows of one visitor: 41 s, a B-tree: 0.3 s). So an id that is unique
in its relation has a hash index, which stores four bytes of each. Any other has a B-tree on its first characters, by which
incremental builds find the rows of a visitor. From PostgreSQL 14 on, it also has a Bloom filter for each range of blocks, which
serves a plain `WHERE dbt_visitor_id = '…'`.
"""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Column, Dialect, MetaData, Table

from sessionmodels.relations.graph import Relation
from sessionmodels.sql.text import FIRST_CHARACTERS
from sessionmodels.warehouses.statement import Name, Statement

LONGEST_NAME: Final = 63
BLOOM_FILTERS_FROM: Final = 14
"""The first version of PostgreSQL that has them."""


def indexes(relation: Relation, dialect: Dialect) -> Iterator[Statement]:
    """Yield the statements that create a relation's missing indexes."""
    version = getattr(dialect, "server_version_info", None) or (BLOOM_FILTERS_FROM,)  # unknown in a script
    for column in _ids(relation):
        # An earlier version may have created an SP-GiST index.
        yield Statement("DROP INDEX IF EXISTS {index}", index=_named(relation, column.name))
        if relation.model.key == (column.name,) and relation.model.grain != "event":  # duplicates of events may be kept
            yield _index(relation, f"{column.name}_hash", "USING hash ({column})", column=column)
            continue
        prefix = f"USING btree (LEFT({{column}}, {FIRST_CHARACTERS}))"
        yield _index(relation, f"{column.name}_beginning", prefix, column=column)
        if version >= (BLOOM_FILTERS_FROM,):
            # One index per column: a filter takes half a page, and all filters of a range must fit into one page.
            filtered = "USING brin ({column} text_bloom_ops) WITH (autosummarize = on)"
            yield _index(relation, f"{column.name}_bloom", filtered, column=column)
    if relation.time_column is not None:
        yield _index(relation, relation.time_column.name, "USING btree ({column})", column=relation.time_column)


def _ids(relation: Relation) -> list[Column[Any]]:
    """Return the columns by which rows are looked up and joined."""
    return [column for column in relation.table.c if column.name in {relation.entity_column.name, "session_id"}]


def _index(relation: Relation, suffix: str, kind: str, **parts: Any) -> Statement:
    name = Name(_named(relation, suffix).name)
    return Statement(f"CREATE INDEX IF NOT EXISTS {{name}} ON {{table}} {kind}", name=name, table=relation.table, **parts)


def _named(relation: Relation, suffix: str) -> Table:
    """Return an index by its name, which is unique within the relation even if it must be shortened."""
    name = f"{relation.table.name}_{suffix}"
    if len(name.encode()) > LONGEST_NAME:
        digest = sha256(name.encode()).hexdigest()[:8]
        name = f"{name.encode()[: LONGEST_NAME - 9].decode(errors='ignore')}_{digest}"
    return Table(name, MetaData(), schema=relation.table.schema)
