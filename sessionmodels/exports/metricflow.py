"""MetricFlow: semantic models and metrics, in the YAML of dbt 1.12, over models that show the source of `export dbt`."""

import re
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Dialect

from sessionmodels.errors import SettingsError
from sessionmodels.exports.as_yaml import as_yaml
from sessionmodels.exports.dbt import SOURCE
from sessionmodels.exports.spelling import row_value
from sessionmodels.semantics.columns import DescribedColumn
from sessionmodels.semantics.describe import DescribedRelation, Description
from sessionmodels.semantics.measures import Figure, Ratio

PREFIX: Final = "sessionmodels_"
"""What the names of the models start with: names of models are unique within a project."""

GRANULARITY: Final = "day"
"""The finest that most projects have a time spine of; a finer one makes dbt warn."""

NAME: Final = re.compile(r"[a-z]((?!__)[a-z0-9_])*[a-z0-9]")
"""The names that MetricFlow takes. It refuses the whole project for any other."""

SHOW: Final = "select * from {{{{ source('{}', '{}') }}}}\n"


def write(described: Description) -> dict[str, str]:
    """Return the file of the semantic models, and one model for each, which only shows the table.

    Raises:
        SettingsError: a column or a figure has a name that MetricFlow refuses.
    """
    measured = [one for one in described.homes if one.time_column]
    _refuse_names(one.name for relation in measured for one in (*relation.columns, *relation.figures))
    shown = {f"{PREFIX}{one.name}.sql": SHOW.format(SOURCE, one.name) for one in measured}
    models = [_model(one, described) for one in measured]
    return {"semantic_models.yml": as_yaml({"version": 2, "models": models}), **shown}


def _refuse_names(names: Iterable[str]) -> None:
    for name in names:
        if not NAME.fullmatch(name):
            msg = (
                f"MetricFlow refuses the name {name!r}: it takes lower-case letters, digits and single underscores;"
                " rename the counter or column in the settings, and build again"
            )
            raise SettingsError(msg)


def _model(relation: DescribedRelation, described: Description) -> dict[str, Any]:
    return {
        "name": f"{PREFIX}{relation.name}",
        "description": relation.row,
        "semantic_model": {"name": relation.name, "enabled": True},
        "agg_time_dimension": relation.time_column,
        "columns": [_column(one, relation) for one in relation.columns],
        "metrics": [_metric(one, relation, described.dialect) for one in relation.figures],
    }


def _column(column: DescribedColumn, relation: DescribedRelation) -> dict[str, Any]:
    found = {"name": column.name, "description": column.says}
    if column.is_key:
        return {**found, "entity": {"type": "primary"}}
    if column in relation.joins.values():  # it has the name of the other relation's key, by which both are one entity
        return {**found, "entity": {"type": "foreign"}}
    if column.is_time:
        return {**found, "granularity": GRANULARITY, "dimension": {"type": "time"}}
    return {**found, "dimension": {"type": "categorical"}}


def _metric(figure: Figure, relation: DescribedRelation, dialect: Dialect) -> dict[str, Any]:
    found = {"name": figure.name, "label": figure.name.replace("_", " ").capitalize(), "description": figure.says}
    if isinstance(figure, Ratio):
        return {**found, "type": "ratio", "numerator": figure.numerator, "denominator": figure.denominator}
    return {**found, "type": "simple", "agg": figure.aggregate, "expr": row_value(figure, relation, dialect)}
