"""Reads the columns and comments of many tables and views at once, on dialects whose inspector can."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Inspector
from sqlalchemy.engine.reflection import ObjectKind, ObjectScope
from sqlalchemy.exc import SAWarning
from sqlalchemy.types import TypeEngine


@dataclass(frozen=True)
class Described:
    """A table or a view: each column with its type, as the dialect spells it, and the comment."""

    columns: dict[str, str]
    comment: str


def described(
    inspector: Inspector, schema: str | None, names: Sequence[str], spelt: Callable[[TypeEngine[Any]], str]
) -> Mapping[str, Described]:
    """Return the tables and views of these names that exist in a schema."""
    if not names:
        return {}
    which: Any = {"filter_names": names, "kind": ObjectKind.ANY, "scope": ObjectScope.ANY}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # an unknown type counts as a different type
        columns = inspector.get_multi_columns(schema, **which)
    comments = inspector.get_multi_table_comment(schema, **which)
    return {
        key[1]: Described({column["name"]: spelt(column["type"]) for column in found}, comments[key]["text"] or "")
        for key, found in columns.items()
        if key in comments
    }
