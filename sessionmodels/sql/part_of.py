"""Parts of texts: what is between separators, and whether a pattern is found."""

from typing import Any

from sqlalchemy import Boolean, ColumnElement, literal, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from sessionmodels.sql.text import LongText


class part_of(FunctionElement[str]):  # noqa: N801 - a word of SQL, read as a function
    """What is before the first separator, or, as part 2, between it and the next; empty or null if there is none.

    Why the spellings differ: BigQuery splits a text into an array, and so does DuckDB, where `split_part` is a macro for that. To
    plan macros within macros, as a URL's host needs them, took 200 of a query's 300 milliseconds.
    """

    name = "part_of"
    type = LongText()
    inherit_cache = False

    def __init__(self, text: ColumnElement[Any], separator: str, part: int) -> None:
        """Count parts from 1."""
        super().__init__(text, literal(separator), literal_column(str(part)))
        self.part = part


@compiles(part_of, "postgresql")
@compiles(part_of, "snowflake")
@compiles(part_of, "redshift")
def _split_part(element: part_of, compiler: Any, **kw: Any) -> str:
    return f"SPLIT_PART({compiler.process(element.clauses, **kw)})"


@compiles(part_of, "duckdb")
def _string_split(element: part_of, compiler: Any, **kw: Any) -> str:
    text, separator, part = (compiler.process(one, **kw) for one in element.clauses)
    return f"STRING_SPLIT({text}, {separator})[{part}]"


@compiles(part_of, "bigquery")
def _split(element: part_of, compiler: Any, **kw: Any) -> str:
    text, separator, _ = element.clauses
    return f"SPLIT({compiler.process(text, **kw)}, {compiler.process(separator, **kw)})[SAFE_OFFSET({element.part - 1})]"


class matches(FunctionElement[bool]):  # noqa: N801 - a word of SQL, read as a function
    """Whether a regular expression is found in a text. Only what all engines read alike belongs in one.

    Why the spellings differ: `~` matches the whole text on DuckDB, and so does Snowflake's `RLIKE`.
    """

    name = "matches"
    type = Boolean()
    inherit_cache = False

    def __init__(self, text: ColumnElement[Any], pattern: str) -> None:
        """Accept a text and the pattern."""
        super().__init__(text, literal(pattern))


@compiles(matches, "duckdb")
def _regexp_matches(element: matches, compiler: Any, **kw: Any) -> str:
    return f"REGEXP_MATCHES({compiler.process(element.clauses, **kw)})"


@compiles(matches, "postgresql")
def _tilde(element: matches, compiler: Any, **kw: Any) -> str:
    text, pattern = element.clauses
    return f"(({compiler.process(text, **kw)}) ~ {compiler.process(pattern, **kw)})"


@compiles(matches, "bigquery")
def _regexp_contains(element: matches, compiler: Any, **kw: Any) -> str:
    return f"REGEXP_CONTAINS({compiler.process(element.clauses, **kw)})"


@compiles(matches, "snowflake")
@compiles(matches, "redshift")
def _regexp_instr(element: matches, compiler: Any, **kw: Any) -> str:
    return f"(REGEXP_INSTR({compiler.process(element.clauses, **kw)}) > 0)"
