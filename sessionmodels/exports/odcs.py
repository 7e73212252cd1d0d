"""A data contract, by the Open Data Contract Standard 3.1."""

from typing import Any, Final

from sessionmodels.display.frame import Kind
from sessionmodels.exports.as_yaml import as_yaml
from sessionmodels.semantics.columns import DescribedColumn
from sessionmodels.semantics.describe import DescribedRelation, Description

VERSION: Final = "v3.1.0"
"""The version of the standard: the first one with relationships between columns."""

TYPES: Final[dict[Kind, str]] = {
    "text": "string",
    "whole": "integer",
    "number": "number",
    "boolean": "boolean",
    "date": "date",
    "time": "timestamp",
}


def write(described: Description) -> dict[str, str]:
    """Return the one file."""
    contract = {
        "apiVersion": VERSION,
        "kind": "DataContract",
        "id": f"sessionmodels.{'.'.join(described.place)}.{described.settings.table_prefix}",
        "name": "sessions",
        "version": "1.0.0",
        "status": "active",
        "description": {
            "purpose": "Sessions from tracking events, built by sessionmodels.",
            "limitations": "Late events and logins change earlier rows.",
        },
        "schema": [_table(one) for one in described.relations],
    }
    return {"sessionmodels.odcs.yaml": as_yaml(contract)}


def _table(relation: DescribedRelation) -> dict[str, Any]:
    return {
        "name": relation.name,
        "physicalName": relation.table,
        "logicalType": "object",
        "physicalType": relation.kind.replace("_", " "),
        "description": relation.row,
        "dataGranularityDescription": f"One row per {relation.grain}.",
        "properties": [_column(one) for one in relation.columns],
    }


def _column(column: DescribedColumn) -> dict[str, Any]:
    reference = column.reference if column.reference and column.reference.is_complete else None
    return {
        "name": column.name,
        "logicalType": TYPES[column.kind],
        "physicalType": column.sql_type,
        "description": column.says,
        **({"primaryKey": True, "primaryKeyPosition": 1} if column.is_key else {}),
        "required": column.is_required,
        "unique": column.is_unique,
        **({"relationships": [{"to": f"{reference.relation}.{reference.column}"}]} if reference else {}),
        **({"quality": [_closed(column.values)]} if column.values else {}),
        **({"customProperties": [{"property": "unit", "value": column.unit}]} if column.unit else {}),
    }


def _closed(values: tuple[str, ...]) -> dict[str, Any]:
    return {"metric": "invalidValues", "arguments": {"validValues": list(values)}, "mustBe": 0}
