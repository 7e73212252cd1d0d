"""dbt: the relations as a source, with data tests and freshness."""

from collections.abc import Iterator
from typing import Any, Final

from sessionmodels.exports.as_yaml import as_yaml
from sessionmodels.relations.naming import own_name
from sessionmodels.semantics.columns import DescribedColumn
from sessionmodels.semantics.describe import DescribedRelation, Description
from sessionmodels.state.builds import NAME as BUILDS

SOURCE: Final = "sessionmodels"
"""The name of the source, as models refer to it."""

LATE: Final = {"warn_after": {"count": 24, "period": "hour"}, "error_after": {"count": 48, "period": "hour"}}
LOADED_AT: Final = "loaded_at"
BUILDS_SAY: Final = "One row per build of the relations: when it ran, and how it ended. Its freshness is that of all relations."


def write(described: Description) -> dict[str, str]:
    """Return the file with the source."""
    place = {"database": described.database} if described.database else {}
    source = {
        "name": SOURCE,
        "description": "Sessions from tracking events, built by sessionmodels.",
        **place,
        "schema": described.schema,
        "tables": [*(_table(one) for one in described.relations), *_builds(described)],
    }
    return {"sources.yml": as_yaml({"version": 2, "sources": [source]})}


def _table(relation: DescribedRelation) -> dict[str, Any]:
    # Views show the rows of a table, whose freshness is theirs; only events have a load time.
    is_loaded = relation.is_home and any(one.name == LOADED_AT for one in relation.columns)
    return {
        "name": relation.name,
        "identifier": relation.table,
        "description": relation.row,
        **(_freshness(LOADED_AT) if is_loaded else {}),
        "columns": [_column(one) for one in relation.columns],
    }


def _builds(described: Description) -> Iterator[dict[str, Any]]:
    if any(one.kind == "table" for one in described.relations):
        done = {"filter": "outcome = 'done'"}
        table = own_name(BUILDS, described.settings)
        yield {"name": "builds", "identifier": table, "description": BUILDS_SAY, **_freshness("finished_at", done)}


def _freshness(column: str, more: dict[str, str] | None = None) -> dict[str, Any]:
    return {"config": {"loaded_at_field": column, "freshness": {**LATE, **(more or {})}}}


def _column(column: DescribedColumn) -> dict[str, Any]:
    tests = [*_tests(column)]
    return {
        "name": column.name,
        "description": column.says,
        "data_type": column.sql_type,
        **({"config": {"meta": {"unit": column.unit}}} if column.unit else {}),
        **({"data_tests": tests} if tests else {}),
    }


def _tests(column: DescribedColumn) -> Iterator[Any]:
    if column.is_unique:
        yield "unique"
    if column.is_required:
        yield "not_null"
    if column.values:
        yield {"accepted_values": {"arguments": {"values": list(column.values)}}}
    if column.reference and column.reference.is_complete:
        to = f"source('{SOURCE}', '{column.reference.relation}')"
        yield {"relationships": {"arguments": {"to": to, "field": column.reference.column}}}
