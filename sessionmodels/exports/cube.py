"""Cube: a data model in YAML, one cube for each relation that holds the rows of its grain."""

from keyword import iskeyword
from typing import Any, Final

from sqlalchemy import TIMESTAMP, cast, column, table
from sqlalchemy.sql.elements import quoted_name

from sessionmodels.display.frame import Kind
from sessionmodels.exports.as_yaml import as_yaml
from sessionmodels.exports.spelling import column_of, row_value, table_of
from sessionmodels.semantics.columns import DescribedColumn
from sessionmodels.semantics.describe import DescribedRelation, Description
from sessionmodels.semantics.measures import Figure, Ratio
from sessionmodels.warehouses.render import plain_text_of

HERE: Final = "{CUBE}"
TYPES: Final[dict[Kind, str]] = {
    **dict.fromkeys(("whole", "number"), "number"),
    **dict.fromkeys(("date", "time"), "time"),
    "text": "string",
    "boolean": "boolean",
}


def write(described: Description) -> dict[str, str]:
    """Return a file for each cube."""
    return {f"{one.name}.yml": as_yaml({"cubes": [_cube(one, described)]}) for one in described.homes}


def _cube(relation: DescribedRelation, described: Description) -> dict[str, Any]:
    joins = [_join(name, one, described) for name, one in relation.joins.items()]
    return {
        "name": relation.name,
        "sql_table": table_of(described, relation),
        "description": _plain(relation.row),
        **({"joins": joins} if joins else {}),
        "dimensions": [_dimension(one, described) for one in relation.columns],
        "measures": [_measure(one, relation, described) for one in relation.figures],
    }


def _join(name: str, own: DescribedColumn, described: Description) -> dict[str, Any]:
    theirs = column_of(described[name].key.name, described.dialect, f"{{{name}}}")
    equal = f"{column_of(own.name, described.dialect, HERE)} = {theirs}"
    return {"name": name, "relationship": "many_to_one", "sql": equal}


def _dimension(one: DescribedColumn, described: Description) -> dict[str, Any]:
    sql = column_of(one.name, described.dialect, HERE)
    if one.kind == "date":  # a dimension of time is a moment
        found = table(quoted_name(HERE, quote=False), column(one.name)).c[one.name]
        sql = plain_text_of(cast(found, TIMESTAMP()), described.dialect)
    return {
        "name": _member(one.name),
        "sql": sql,
        "type": TYPES[one.kind],
        "description": _plain(one.says),
        **({"primary_key": True, "public": True} if one.is_key else {}),
        **({"meta": {"unit": one.unit}} if one.unit else {}),
    }


def _measure(figure: Figure, relation: DescribedRelation, described: Description) -> dict[str, Any]:
    found = {"name": figure.name, "description": _plain(figure.says)}
    more = {"meta": {"unit": figure.unit}} if figure.unit else {}
    if isinstance(figure, Ratio):
        sql = f"1.0 * {_figure(figure.numerator)} / NULLIF({_figure(figure.denominator)}, 0)"
        return {**found, "type": "number", "sql": sql, **more}
    sql = row_value(figure, relation, described.dialect, HERE)
    return {**found, "type": figure.aggregate, "sql": sql, **more}


def _plain(text: str) -> str:
    """Return a description in which nothing is a reference: Cube looks for references everywhere."""
    return text.replace("{", "\\{").replace("}", "\\}")


def _figure(name: str) -> str:
    return f"{{CUBE.{name}}}"  # `{sessions}` could be the cube of that name


def _member(name: str) -> str:
    """Return the name of a member: one that is no word of Python, which Cube reads expressions as."""
    return f"{name}_" if iskeyword(name) else name
