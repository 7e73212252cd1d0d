"""A draw by chance, a new one for each row."""

from typing import Any

from sqlalchemy import Double
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class chance(FunctionElement[float]):  # noqa: N801 - a word of SQL, read as a function
    """A number from 0 to 1.

    Why the spellings differ: BigQuery calls it `RAND`; Snowflake's `RANDOM` is a whole number of 64 bits.
    """

    name = "chance"
    type = Double()
    inherit_cache = True


@compiles(chance, "duckdb")
@compiles(chance, "postgresql")
@compiles(chance, "redshift")
def _random(_element: chance, _compiler: Any, **_kw: Any) -> str:
    return "RANDOM()"


@compiles(chance, "bigquery")
def _rand(_element: chance, _compiler: Any, **_kw: Any) -> str:
    return "RAND()"


@compiles(chance, "snowflake")
def _uniform(_element: chance, _compiler: Any, **_kw: Any) -> str:
    return "UNIFORM(0::FLOAT, 1::FLOAT, RANDOM())"
