"""The warehouse's clock, by which leases expire. It is the only clock that all builds share."""

from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from sessionmodels.sql.instant import Instant


class seconds_from_now(FunctionElement[Any]):  # noqa: N801 - a word of SQL, read as a function
    """The moment that many seconds from now, in UTC. Only warehouses whose lock is a lease have a spelling."""

    name = "seconds_from_now"
    type = Instant()
    inherit_cache = False

    def __init__(self, seconds: int) -> None:
        """Store whole seconds."""
        super().__init__()
        self.seconds = int(seconds)


@compiles(seconds_from_now, "bigquery")
def _bigquery(element: seconds_from_now, _compiler: Any, **_kw: Any) -> str:
    return f"TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL {element.seconds} SECOND)"


@compiles(seconds_from_now, "snowflake")
def _snowflake(element: seconds_from_now, _compiler: Any, **_kw: Any) -> str:
    return f"CAST(DATEADD(SECOND, {element.seconds}, SYSDATE()) AS TIMESTAMP_NTZ(6))"
