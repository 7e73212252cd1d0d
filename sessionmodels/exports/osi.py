"""Open Semantic Interchange (now Apache Ossie), version 0.1.1: datasets, relationships and metrics, as JSON."""

import json
from typing import Any, Final

from sqlalchemy import Dialect
from sqlalchemy.engine.default import DefaultDialect

from sessionmodels.display.files import MARK
from sessionmodels.exports.spelling import aggregate_of, column_of
from sessionmodels.semantics.columns import DescribedColumn
from sessionmodels.semantics.describe import DescribedRelation, Description
from sessionmodels.semantics.measures import Figure, Measure, Ratio

VERSION: Final = "0.1.1"
OWN_DIALECTS: Final = {"snowflake": "SNOWFLAKE"}
"""By SQLAlchemy's name, the dialects that the specification names beside that of the standard."""


def write(described: Description) -> dict[str, str]:
    """Return the one file."""
    model = {
        "name": "sessionmodels",
        "description": "Sessions from tracking events, built by sessionmodels.",
        "datasets": [_dataset(one, described) for one in described.homes],
        "relationships": [one for relation in described.homes for one in _relationships(relation, described)],
        "metrics": [_metric(one, relation, described) for relation in described.homes for one in relation.figures],
        "custom_extensions": [{"vendor_name": "COMMON", "data": json.dumps({"origin": MARK})}],
    }
    return {"sessionmodels.osi.json": json.dumps({"version": VERSION, "semantic_model": [model]}, indent=2) + "\n"}


def _dataset(relation: DescribedRelation, described: Description) -> dict[str, Any]:
    keys = [[one.name] for one in relation.columns if one.is_unique]
    return {
        "name": relation.name,
        "source": ".".join((*described.place, relation.table)),
        "primary_key": [relation.key.name],
        **({"unique_keys": keys} if keys else {}),
        "description": relation.row,
        "fields": [_field(one, described) for one in relation.columns],
    }


def _field(column: DescribedColumn, described: Description) -> dict[str, Any]:
    return {
        "name": column.name,
        "expression": _expression({one: column_of(column.name, dialect) for one, dialect in _dialects(described)}),
        "dimension": {"is_time": column.is_time},
        "description": f"{column.says} Unit: {column.unit}." if column.unit else column.says,
    }


def _relationships(relation: DescribedRelation, described: Description) -> list[dict[str, Any]]:
    return [
        {
            "name": f"{relation.name}_to_{name}",
            "from": relation.name,
            "to": name,
            "from_columns": [own.name],
            "to_columns": [described[name].key.name],
        }
        for name, own in relation.joins.items()
    ]


def _metric(figure: Figure, relation: DescribedRelation, described: Description) -> dict[str, Any]:
    expressions = {one: _sql(figure, relation, dialect) for one, dialect in _dialects(described)}
    return {"name": figure.name, "expression": _expression(expressions), "description": figure.says}


def _sql(figure: Figure, relation: DescribedRelation, dialect: Dialect) -> str:
    if isinstance(figure, Ratio):
        by_name = {one.name: one for one in relation.figures if isinstance(one, Measure)}
        parts = (aggregate_of(by_name[name], relation, dialect, relation.name) for name in (figure.numerator, figure.denominator))
        return "1.0 * {} / NULLIF({}, 0)".format(*parts)
    return aggregate_of(figure, relation, dialect, relation.name)


def _dialects(described: Description) -> list[tuple[str, Dialect]]:
    """Return the dialects in which an expression is written: that of the standard, and the warehouse's if it has a name."""
    own = OWN_DIALECTS.get(described.dialect.name)
    return [("ANSI_SQL", DefaultDialect()), *([(own, described.dialect)] if own else [])]


def _expression(by_dialect: dict[str, str]) -> dict[str, Any]:
    return {"dialects": [{"dialect": name, "expression": sql} for name, sql in by_dialect.items()]}
