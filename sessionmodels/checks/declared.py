"""The checks that follow from what each model declares: its key is unique, and these columns are never null."""

from collections.abc import Iterable
from functools import partial

from sqlalchemy import CTE, BigInteger, ColumnElement, FromClause, and_, func, select

from sessionmodels.checks.check import Check, Scan, always, shown
from sessionmodels.model import AnySelect, Model
from sessionmodels.settings import Settings
from sessionmodels.sql.all_differ import all_differ


def unique(model: Model) -> Check:
    """Return the check that the model's key is unique."""
    proof = partial(_all_differ, model.key[0]) if len(model.key) == 1 else None
    scan = Scan(f"keys_of_{model.name}", partial(_keys, model), (model.name,), proof=proof)
    shows, says = (*model.key, "occurrences"), f"{_listed(model.key)} is unique."
    why_not = always if model.has_unique_key(deduplicate=False) else _duplicates_kept
    return Check(model.name, f"{'_'.join(model.key)}_unique", says, scan, _is_repeated, shown(shows), why_not=why_not)


def not_null(model: Model) -> tuple[Check, ...]:
    """Return the checks that these columns of the model are never null."""
    # A separate query: it counts only nulls, so engines that keep statistics of each column answer it from those.
    scan = Scan(f"rows_of_{model.name}", partial(_rows, model), (model.name,))

    def of(column: str) -> Check:
        shows = tuple(dict.fromkeys((*model.key, model.entity_column, column)))
        is_null, counts = partial(_is_null, column), partial(_number_of_nulls, column)
        return Check(model.name, f"{column}_not_null", f"`{column}` is never null.", scan, is_null, shown(shows), counts=counts)

    return tuple(of(column) for column in (*model.key, *model.not_null))


def _keys(model: Model, table: FromClause) -> CTE:
    key = [table.c[name] for name in model.key]
    number = func.count(type_=BigInteger)
    repeated = select(*key, number.label("occurrences")).where(and_(*(one.is_not(None) for one in key)))
    # Only repeated keys: to hand on millions of keys that occur once takes longer than to count them.
    return repeated.group_by(*key).having(number > 1).cte(f"keys_of_{model.name}")


def _all_differ(key: str, table: FromClause) -> AnySelect:
    return select(all_differ(table, table.c[key]).label("all_differ"))


def _is_repeated(rows: FromClause) -> ColumnElement[bool]:
    return rows.c.occurrences > 1


def _rows(model: Model, table: FromClause) -> CTE:
    names = dict.fromkeys((*model.key, model.entity_column, *model.not_null))
    return select(*(table.c[name] for name in names)).cte(f"rows_of_{model.name}")


def _is_null(column: str, rows: FromClause) -> ColumnElement[bool]:
    return rows.c[column].is_(None)


def _number_of_nulls(column: str, rows: FromClause) -> ColumnElement[int]:
    return func.count(type_=BigInteger) - func.count(rows.c[column], type_=BigInteger)


def _duplicates_kept(settings: Settings) -> str:
    return "" if settings.deduplicate else "duplicates are kept (deduplicate = False)"


def _listed(names: Iterable[str]) -> str:
    return " with ".join(f"`{name}`" for name in names)
