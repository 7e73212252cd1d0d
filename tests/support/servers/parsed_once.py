"""An emulator parses each statement a dozen times, to look at it from all sides. It is parsed once, and copies are handed out.

Trees are many small objects, so garbage is looked for less often, too.
"""

import gc
from functools import lru_cache
from typing import Any

import sqlglot
from sqlglot.dialects.dialect import Dialect
from sqlglot.expressions import Expr

parse, parse_into = Dialect.parse, Dialect.parse_into


@lru_cache(maxsize=256)
def trees(dialect: type[Dialect], into: Any, sql: str, options: tuple[tuple[str, Any], ...]) -> list[Any]:
    """Return what a statement is parsed into, to be looked at only."""
    given = Dialect.get_or_raise(dialect)
    return parse(given, sql, **dict(options)) if into is None else parse_into(given, into, sql, **dict(options))


def copies(dialect: Dialect, into: Any, sql: str, options: dict[str, Any]) -> list[Any]:
    """Return what a statement is parsed into, to be changed."""
    if dialect.settings:
        return parse(dialect, sql, **options) if into is None else parse_into(dialect, into, sql, **options)
    return [tree and copied(tree) for tree in trees(type(dialect), into, sql, tuple(options.items()))]


def copied(tree: Any) -> Any:
    """Copy a tree, in less time than its own deep copy takes: what hangs on its nodes is flat."""
    root = type(tree)()
    left = [(tree, root)]

    def with_place_for(value: Any) -> Any:
        if not isinstance(value, Expr):
            return value
        left.append((value, type(value)()))
        return left[-1][1]

    while left:
        node, copy = left.pop()
        copy.comments = node.comments and list(node.comments)
        copy._type = node._type and copied(node._type)
        copy._meta = node._meta and dict(node._meta)
        for name, value in node.args.items():
            if type(value) is list:
                copy.set(name, [with_place_for(one) for one in value])
            else:
                copy.set(name, with_place_for(value))
    return root


class Looking:
    """`sqlglot` for a module that looks at trees and changes none: it needs no copies."""

    def __getattr__(self, name: str) -> Any:
        """Whatever else there is."""
        return getattr(sqlglot, name)

    def parse_one(self, sql: str, read: str) -> Any:
        found = trees(type(Dialect.get_or_raise(read)), None, sql, ())
        return found[0] if len(found) == 1 and found[0] is not None else sqlglot.parse_one(sql, read=read)


Dialect.parse = lambda self, sql, **opts: copies(self, None, sql, opts)
Dialect.parse_into = lambda self, expression_type, sql, **opts: copies(self, expression_type, sql, opts)
gc.freeze()
gc.set_threshold(100_000, 50, 100)
