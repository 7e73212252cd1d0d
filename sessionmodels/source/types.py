"""DuckDB's names of column types as SQLAlchemy's types. Types that are not needed are unknown."""

from typing import Any, Final

from sqlalchemy.types import DATE, JSON, TIMESTAMP, BigInteger, Double, NullType, Numeric, Text, TypeEngine

from sessionmodels.source.nested import Struct

SIMPLE: Final[dict[str, TypeEngine[Any]]] = {
    "VARCHAR": Text(),
    "JSON": JSON(),
    "DATE": DATE(),
    **dict.fromkeys(("DOUBLE", "FLOAT"), Double()),
    **dict.fromkeys(("SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "USMALLINT", "UINTEGER", "UBIGINT"), BigInteger()),
}


def type_of(spelt: str) -> TypeEngine[Any]:
    """Return the SQLAlchemy type for DuckDB's name of a type."""
    if spelt.startswith("TIMESTAMP"):
        return TIMESTAMP(timezone=spelt.endswith("WITH TIME ZONE"))
    if spelt.startswith("DECIMAL"):
        return Numeric()
    if spelt.startswith("STRUCT(") and spelt.endswith(")"):
        from duckdb import sqltype  # noqa: PLC0415 - heavy

        return Struct({name: type_of(str(kind)) for name, kind in sqltype(spelt).children})
    return SIMPLE.get(spelt, NullType())
