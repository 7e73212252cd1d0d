"""The time zone of the connection's session."""

from typing import Any

from sqlalchemy import String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from sessionmodels.sql.text import LongText


class session_zone(FunctionElement[str]):  # noqa: N801 - a word of SQL, read as a function
    """The time zone in which the session reads and writes times without one: its name, or its offset at present.

    Why the spellings differ: BigQuery and Snowflake have no function that returns a parameter, but write the present time with
    the offset of their default zone.
    """

    name = "session_zone"
    type = LongText()
    inherit_cache = True


@compiles(session_zone, "duckdb")
@compiles(session_zone, "postgresql")
@compiles(session_zone, "redshift")
def _current_setting(_element: session_zone, _compiler: Any, **_kw: Any) -> str:
    return "CURRENT_SETTING('TimeZone')"


@compiles(session_zone, "bigquery")
def _format_timestamp(_element: session_zone, compiler: Any, **_kw: Any) -> str:
    return f"FORMAT_TIMESTAMP({compiler.render_literal_value('%z', String())}, CURRENT_TIMESTAMP())"


@compiles(session_zone, "snowflake")
def _to_char(_element: session_zone, _compiler: Any, **_kw: Any) -> str:
    return "TO_CHAR(CURRENT_TIMESTAMP(), 'TZHTZM')"
