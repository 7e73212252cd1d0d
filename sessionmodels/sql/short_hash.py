"""A short hash of a text: quicker to count than the text itself."""

from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class short_hash(FunctionElement[int]):  # noqa: N801 - a word of SQL, read as a function
    """A hash of 64 bits: equal texts have equal hashes, and two different texts hardly ever have the same.

    Each warehouse has a function of its own for it, so the values differ. Use it where only equality counts, and where a question
    that it answers wrongly, because two texts share a hash, is asked again of the texts.
    """

    name = "short_hash"
    type = BigInteger()
    inherit_cache = True


@compiles(short_hash, "duckdb")
@compiles(short_hash, "snowflake")
def _hash(element: short_hash, compiler: Any, **kw: Any) -> str:
    return f"HASH({compiler.process(element.clauses, **kw)})"


@compiles(short_hash, "postgresql")
def _extended(element: short_hash, compiler: Any, **kw: Any) -> str:
    return f"hashtextextended({compiler.process(element.clauses, **kw)}, 0)"


@compiles(short_hash, "bigquery")
def _farm_fingerprint(element: short_hash, compiler: Any, **kw: Any) -> str:
    return f"FARM_FINGERPRINT({compiler.process(element.clauses, **kw)})"


@compiles(short_hash, "redshift")
def _farm_fingerprint_64(element: short_hash, compiler: Any, **kw: Any) -> str:
    return f"FARMFINGERPRINT64({compiler.process(element.clauses, **kw)})"
