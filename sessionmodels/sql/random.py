"""A random number, a new one for each row."""

from typing import Any

from sqlalchemy import Double
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class random_draw(FunctionElement[float]):  # noqa: N801 - a word of SQL, read as a function
    """A random number from 0 to 1.

    Why the spellings differ: BigQuery calls it `RAND`, and Snowflake's `RANDOM` returns a 64-bit integer.
    """

    name = "random_draw"
    type = Double()
    inherit_cache = True


@compiles(random_draw, "duckdb")
@compiles(random_draw, "postgresql")
@compiles(random_draw, "redshift")
def _random(_element: random_draw, _compiler: Any, **_kw: Any) -> str:
    return "RANDOM()"


@compiles(random_draw, "bigquery")
def _rand(_element: random_draw, _compiler: Any, **_kw: Any) -> str:
    return "RAND()"


@compiles(random_draw, "snowflake")
def _uniform(_element: random_draw, _compiler: Any, **_kw: Any) -> str:
    return "UNIFORM(0::FLOAT, 1::FLOAT, RANDOM())"
