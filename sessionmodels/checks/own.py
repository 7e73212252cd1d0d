"""The user's own checks in the settings, as checks like any other, and the levels of all checks."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from sqlalchemy import CTE, ColumnElement, FromClause, and_, select

from sessionmodels.checks.check import Check, Scan, shown
from sessionmodels.errors import SettingsError, SourceError, did_you_mean
from sessionmodels.models import MODELS
from sessionmodels.relations.graph import Graph, Relation
from sessionmodels.settings.checks import ChosenCheck
from sessionmodels.settings.where import Where
from sessionmodels.source.where import bound, columns_of


def own_checks(graph: Graph, known: Iterable[str]) -> tuple[Check, ...]:
    """Return the checks in the settings that have conditions. Those without set the level of one that is `known`.

    Raises:
        SettingsError: a column does not exist, or is compared with what it cannot be; or a name is taken, or unknown.
    """
    own = [one for one in graph.settings.chosen_checks if one.where]
    names = frozenset(known)
    for one in graph.settings.chosen_checks:
        _refuse_name(one, names)
    for one in own:
        _refuse_columns(one, graph[one.relation].table)
    return tuple(check for name in MODELS for check in _of_relation(graph[name], [one for one in own if one.relation == name]))


def _of_relation(relation: Relation, own: list[ChosenCheck]) -> Iterator[Check]:
    """Yield the checks of one relation, which read its rows once."""
    shows = {one: tuple(dict.fromkeys((*relation.model.key, *_columns(relation.table, one.where)))) for one in own}
    columns = tuple(dict.fromkeys(name for names in shows.values() for name in names))
    name = f"own_checks_of_{relation.name}"
    scan = Scan(name, partial(_rows, name, columns), (relation.name,))
    for one in own:
        says = f"No row has {one.where.in_words}."
        yield Check(relation.name, one.rule, says, scan, partial(_satisfy, one.where), shown(shows[one]), is_own=True)


def _rows(name: str, columns: tuple[str, ...], table: FromClause) -> CTE:
    return select(*(table.c[column] for column in columns)).cte(name)


def _columns(table: FromClause, where: Where) -> tuple[str, ...]:
    """Return the columns that are compared, by their names in the relation."""
    return tuple(_column(table, name).name for name in columns_of(where))


def _satisfy(where: Where, rows: FromClause) -> ColumnElement[bool]:
    return and_(*bound(where, lambda name: _column(rows, name)))


def _column(rows: FromClause, name: str) -> Any:
    """Return a column by its name, whose case does not count, as in SQL."""
    return next(one for one in rows.c if one.name.lower() == name.lower())


def _refuse_name(one: ChosenCheck, known: frozenset[str]) -> None:
    if one.where and one.name in known:
        msg = f"checks: {one.name!r} is already a check; give your own another name, or remove where to set only its level"
        raise SettingsError(msg)
    if not one.where and one.name not in known:
        msg = f"checks: {one.name!r} has no where, and there is no such check; {did_you_mean(one.name, known)}"
        raise SettingsError(msg)


def _refuse_columns(one: ChosenCheck, table: FromClause) -> None:
    """Refuse a column that the relation does not have, or that cannot be compared with the value."""
    known = {column.name.lower(): column.name for column in table.c}
    for name in columns_of(one.where):
        if name.lower() not in known:
            hint = did_you_mean(name, known.values())
            msg = f"checks: {one.name}: {one.relation} has no column {name!r}; {hint}"
            raise SettingsError(msg)
    try:
        _satisfy(one.where, table)
    except SourceError as error:
        wrong = str(error).removeprefix("where: ")
    else:
        return
    msg = f"checks: {one.name}: {wrong}"
    raise SettingsError(msg)
