"""LookML: a view for each relation that holds the rows of its grain, and an explore for each that joins others."""

from typing import Any, Final

from sessionmodels.display.frame import Kind
from sessionmodels.exports.as_yaml import missing_extra, without_templates
from sessionmodels.exports.spelling import column_of, row_value, table_of
from sessionmodels.semantics.columns import DescribedColumn
from sessionmodels.semantics.describe import DescribedRelation, Description
from sessionmodels.semantics.measures import Figure, Ratio

HERE: Final = "${TABLE}"
LIBRARY: Final = "lkml"
TYPES: Final[dict[Kind, str]] = {
    **dict.fromkeys(("whole", "number"), "number"),
    "text": "string",
    "boolean": "yesno",
}
DAYS: Final = ("date", "day_of_week", "week", "month", "quarter", "year")
MOMENTS: Final = ("raw", "time", "hour_of_day", *DAYS)
ENDINGS: Final = ("_at", "_date")
"""What a name of a time ends in. Looker writes an ending of its own after the name of a group: `session_start_date`."""


def write(described: Description) -> dict[str, str]:
    """Return a file for each view, and one with the explores.

    Raises:
        SettingsError: the library that writes LookML is not installed.
    """
    explores = {
        "includes": ["*.view.lkml"],
        "explores": [_explore(one, described) for one in described.homes if one.figures],
    }
    views = {f"{one.name}.view.lkml": _dumped({"views": [_view(one, described)]}) for one in described.homes}
    return {**views, "sessionmodels.explore.lkml": _dumped(explores)}


def _dumped(plain: dict[str, Any]) -> str:
    try:
        import lkml  # noqa: PLC0415 - of an extra
    except ImportError:
        raise missing_extra(LIBRARY) from None
    return f"{lkml.dump(without_templates(plain))}\n"


def _view(relation: DescribedRelation, described: Description) -> dict[str, Any]:
    times = [one for one in relation.columns if one.is_time]
    groups = _names_of_groups(relation, times)
    return {
        "name": relation.name,
        "sql_table_name": table_of(described, relation),
        "dimensions": [_dimension(one, described) for one in relation.columns if not one.is_time],
        "dimension_groups": [_group(one, groups[one.name], described) for one in times],
        "measures": [_measure(one, relation, described) for one in relation.figures],
    }


def _names_of_groups(relation: DescribedRelation, times: list[DescribedColumn]) -> dict[str, str]:
    """Return by column the name of its group: without an ending that Looker would repeat, unless something else has that name."""
    taken = {*(one.name for one in relation.columns), *(one.name for one in relation.figures)}
    found: dict[str, str] = {}
    for one in times:
        ending = next((ending for ending in ENDINGS if one.name.endswith(ending)), "")
        short = one.name.removesuffix(ending)
        found[one.name] = short if short and short not in taken else one.name
        taken.add(short)
    return found


def _dimension(one: DescribedColumn, described: Description) -> dict[str, Any]:
    return {
        "name": one.name,
        **({"primary_key": "yes"} if one.is_key else {}),
        "type": TYPES[one.kind],
        "description": _described(one.says, one.unit),
        "sql": column_of(one.name, described.dialect, HERE),
    }


def _group(one: DescribedColumn, name: str, described: Description) -> dict[str, Any]:
    is_date = one.kind == "date"
    return {
        "name": name,
        "type": "time",
        "description": one.says,
        "timeframes": list(DAYS if is_date else MOMENTS),
        **({"datatype": "date", "convert_tz": "no"} if is_date else {}),
        "sql": column_of(one.name, described.dialect, HERE),
    }


def _measure(figure: Figure, relation: DescribedRelation, described: Description) -> dict[str, Any]:
    found = {"name": figure.name, "description": _described(figure.says, figure.unit)}
    if isinstance(figure, Ratio):
        sql = f"1.0 * ${{{figure.numerator}}} / NULLIF(${{{figure.denominator}}}, 0)"
        return {**found, "type": "number", "sql": sql, "value_format_name": "percent_1" if figure.is_share else "decimal_2"}
    if figure.aggregate == "count":  # of rows: Looker counts each key once, also after a join
        return {**found, "type": "count"}
    return {**found, "type": figure.aggregate, "sql": row_value(figure, relation, described.dialect, HERE)}


def _explore(relation: DescribedRelation, described: Description) -> dict[str, Any]:
    joins = [
        {
            "name": name,
            "type": "left_outer",
            "relationship": "many_to_one",
            "sql_on": f"${{{relation.name}.{own.name}}} = ${{{name}.{described[name].key.name}}}",
        }
        for name, own in relation.joins.items()
    ]
    return {"name": relation.name, "description": relation.row, **({"joins": joins} if joins else {})}


def _described(text: str, unit: str | None) -> str:
    return f"{text} Unit: {unit}." if unit else text
