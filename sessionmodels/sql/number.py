"""Text as an exact number, the same on every engine."""

from typing import Any, Final

from sqlalchemy import ColumnElement, Numeric
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

DECIMALS: Final = 9
"""The places after the point that a number has. It is the scale of BigQuery's `NUMERIC`."""

WIDEST, WIDE_DECIMALS = 18, 20
"""How many digits before and after the point are read. Together they fit a decimal of 38 digits, the most on every warehouse but
PostgreSQL, and a sum of a hundred thousand million such numbers fits `Number`."""

PATTERN: Final = f"[+-]?[0-9]{{1,{WIDEST}}}([.][0-9]{{1,{WIDE_DECIMALS}}})?"
"""What is read as a number: digits, a sign before them or none, and decimals after a point or none."""


class Number(Numeric):
    """The type of every stored number that is not a count. Sums of it are exact and depend on no order."""

    def __init__(self) -> None:
        """Set precision and scale."""
        super().__init__(38, DECIMALS)


@compiles(Number, "duckdb")
@compiles(Number, "postgresql")
@compiles(Number, "redshift")
@compiles(Number, "snowflake")
def _numeric(_type: Number, _compiler: Any, **_kw: Any) -> str:
    return f"NUMERIC(38, {DECIMALS})"


@compiles(Number, "bigquery")
def _without_parameters(_type: Number, _compiler: Any, **_kw: Any) -> str:
    return "NUMERIC"


class as_number(FunctionElement[Any]):  # noqa: N801 - a word of SQL, read as a function
    """The number that a text is, rounded to nine decimals, half away from zero; null if the text is not a number.

    Why the spellings differ: engines disagree on what a number is (spaces, exponents, hexadecimal digits, `NaN`), so a pattern
    decides first, and each spells it its own way. Where there is a cast that cannot fail, it is used, because an engine may cast
    a text before it checks the condition. On Redshift and Snowflake, `ROUND` is documented to round decimals this way; how a cast
    of text rounds is not documented.
    """

    name = "as_number"
    type = Number()
    inherit_cache = True

    def __init__(self, text: ColumnElement[Any]) -> None:
        """Accept a text."""
        super().__init__(text)


@compiles(as_number, "duckdb")
def _duckdb(element: as_number, compiler: Any, **kw: Any) -> str:
    text = compiler.process(element.clauses, **kw)
    return f"CASE WHEN REGEXP_FULL_MATCH({text}, '{PATTERN}') THEN TRY_CAST({text} AS NUMERIC(38, {DECIMALS})) END"


@compiles(as_number, "postgresql")
def _postgresql(element: as_number, compiler: Any, **kw: Any) -> str:
    text = compiler.process(element.clauses, **kw)
    return f"CASE WHEN {text} ~ '^{PATTERN}$' THEN CAST({text} AS NUMERIC(38, {DECIMALS})) END"


@compiles(as_number, "bigquery")
def _bigquery(element: as_number, compiler: Any, **kw: Any) -> str:
    text = compiler.process(element.clauses, **kw)
    return f"CASE WHEN REGEXP_CONTAINS({text}, '^{PATTERN}$') THEN SAFE_CAST({text} AS NUMERIC) END"


@compiles(as_number, "snowflake")
def _snowflake(element: as_number, compiler: Any, **kw: Any) -> str:
    text = compiler.process(element.clauses, **kw)
    wide = f"TRY_CAST({text} AS NUMERIC(38, {WIDE_DECIMALS}))"
    return f"CAST(CASE WHEN REGEXP_LIKE({text}, '{PATTERN}') THEN ROUND({wide}, {DECIMALS}) END AS NUMERIC(38, {DECIMALS}))"


@compiles(as_number, "redshift")
def _redshift(element: as_number, compiler: Any, **kw: Any) -> str:
    text = compiler.process(element.clauses, **kw)
    wide = f"CAST({text} AS NUMERIC(38, {WIDE_DECIMALS}))"
    return f"CAST(CASE WHEN {text} ~ '^{PATTERN}$' THEN ROUND({wide}, {DECIMALS}) END AS NUMERIC(38, {DECIMALS}))"
