"""Materialized views on PostgreSQL: refreshing them, and the comment that says when they were computed and from what.

A materialized view does not follow the views that it reads: if one of them is replaced, it keeps the rows of the old one. So its
comment ends in a fingerprint of all views that it read, directly and indirectly, when it was computed. If their fingerprint has
changed since, it is stale.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, Dialect, Table, text

from sessionmodels.warehouses.catalogue import Computed
from sessionmodels.warehouses.search_path import safe_search_path
from sessionmodels.warehouses.statement import Statement

FINGERPRINT: Final = """(
    WITH RECURSIVE read_by_it (oid) AS (
      SELECT {view}
      UNION
      SELECT relation.oid
      FROM read_by_it
      JOIN pg_catalog.pg_rewrite AS rule ON rule.ev_class = read_by_it.oid
      JOIN pg_catalog.pg_depend AS depends ON depends.objid = rule.oid
        AND depends.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
        AND depends.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
      JOIN pg_catalog.pg_class AS relation ON relation.oid = depends.refobjid AND relation.relkind IN ('v', 'm')
    ), defined (sql) AS (SELECT pg_catalog.pg_get_viewdef(oid) COLLATE pg_catalog."C" FROM read_by_it)
    SELECT pg_catalog.substr(pg_catalog.encode(pg_catalog.sha256(
      pg_catalog.convert_to(pg_catalog.string_agg(sql, '' ORDER BY sql), 'UTF8')), 'hex'), 1, 16)
    FROM defined
  )"""
"""A hash of its select and of those of the views that it reads. On the safe search path, names in them are qualified."""

MARK: Final = """
DECLARE
  path pg_catalog.text := pg_catalog.current_setting('search_path');
  marked pg_catalog.regclass := {view};
  description pg_catalog.text := {row};
BEGIN
  PERFORM pg_catalog.set_config('search_path', '', true);
  description := pg_catalog.concat(
    description, ' [computed ', pg_catalog.to_char(pg_catalog.timezone('UTC', pg_catalog.now()), 'YYYY-MM-DD HH24:MI:SS'),
    ' UTC from definition ', {fingerprint}, ']');
  EXECUTE pg_catalog.concat('COMMENT ON MATERIALIZED VIEW ', marked, ' IS ', pg_catalog.quote_literal(description));
  PERFORM pg_catalog.set_config('search_path', path, true);
END
"""

COMPUTED: Final = """
SELECT view.relname, pg_catalog.obj_description(view.oid, 'pg_class'),
  {fingerprint}
FROM pg_catalog.pg_class AS view
JOIN pg_catalog.pg_namespace AS schema ON schema.oid = view.relnamespace
WHERE view.relkind = 'm' AND schema.nspname = :schema
"""

_mark = re.compile(r"\[computed (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC from definition ([0-9a-f]+)\]$")


def refresh(view: Table) -> Statement:
    """Return the statement that computes a materialized view again."""
    return Statement("REFRESH MATERIALIZED VIEW {view}", view=view)


def mark(view: Table, row: str, dialect: Dialect) -> Statement:
    """Return the statement that writes the comment: what a row describes, when it was computed, and from which definitions."""
    name = dialect.identifier_preparer.format_table(view)
    body = Statement(MARK, view=name, row=row, fingerprint=Statement(FINGERPRINT, view=Statement("marked")))
    return Statement("DO {body}", body=str(body.compile(dialect=dialect)))


def computed(connection: Connection, schema: str) -> Mapping[str, Computed]:
    """Return the materialized views of a schema by name."""
    query = COMPUTED.format(fingerprint=FINGERPRINT.format(view="view.oid"))
    with safe_search_path(connection):
        found = connection.execute(text(query.replace("::", r"\:\:")), {"schema": schema}).all()
    return {name: _computed_in(comment, fingerprint) for name, comment, fingerprint in found}


def _computed_in(comment: str | None, fingerprint: str) -> Computed:
    found = _mark.search(comment or "")
    if found is None:
        return Computed(None, is_stale=True)
    return Computed(datetime.fromisoformat(found[1]).replace(tzinfo=UTC), is_stale=found[2] != fingerprint)
