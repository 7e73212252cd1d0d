"""PostgreSQL's indexes: none whose size or making depends on how long an id is, or on how many rows are one visitor's.

A B-tree refuses ids of more than 2,700 bytes, an SP-GiST index takes memory by the square of an id's length, and a hash index
time by the square of the rows that have one value (300,000 of one visitor: 41 s, where a B-tree takes 0.3 s). So an id that is
unique in its relation has a hash index, which keeps four bytes of each. Any other has a B-tree on its first characters, by which
incremental builds find the rows of a visitor, and where PostgreSQL has them (from 14 on) a Bloom filter for each range of blocks,
which answers `WHERE dbt_visitor_id = '…'` as it stands.
"""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Column, Dialect, MetaData, Table

from sessionmodels.graph import Relation
from sessionmodels.sql.text import FIRST_CHARACTERS
from sessionmodels.warehouses.statement import Name, Statement

LONGEST_NAME: Final = 63
BLOOM_FILTERS_FROM: Final = 14
"""PostgreSQL's version."""


def indexes(relation: Relation, dialect: Dialect) -> Iterator[Statement]:
    """Yield the statements that make a relation's indexes, where they are not there."""
    version = getattr(dialect, "server_version_info", None) or (BLOOM_FILTERS_FROM,)  # of a script, none is known
    for column in _ids(relation):
        # An SP-GiST index, where an earlier version has made it.
        yield Statement("DROP INDEX IF EXISTS {index}", index=_named(relation, column.name))
        if relation.model.key == (column.name,) and relation.model.grain != "event":  # duplicates of events may be kept
            yield _index(relation, f"{column.name}_hash", "USING hash ({column})", column=column)
            continue
        beginning = f"USING btree (LEFT({{column}}, {FIRST_CHARACTERS}))"
        yield _index(relation, f"{column.name}_beginning", beginning, column=column)
        if version >= (BLOOM_FILTERS_FROM,):
            # One for each column: a filter takes half a page, and all of a range's must fit into one.
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
    """Return an index by its name, which no other index of the relation has, also where it must be cut off."""
    name = f"{relation.table.name}_{suffix}"
    if len(name.encode()) > LONGEST_NAME:
        digest = sha256(name.encode()).hexdigest()[:8]
        name = f"{name.encode()[: LONGEST_NAME - 9].decode(errors='ignore')}_{digest}"
    return Table(name, MetaData(), schema=relation.table.schema)
