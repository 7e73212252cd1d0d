"""The date and the hour of an instant in a time zone."""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Date, and_, case, cast, extract, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from sessionmodels.sql.instant import EARLIEST, LATEST, ZonedInstant, instant
from sessionmodels.sql.to_utc import utc

UTC: Final = "UTC"
A_DAY: Final = timedelta(days=1)


class date_in_zone(FunctionElement[Any]):  # noqa: N801 - a word of SQL, read as a function
    """The date of an instant of a result in a zone of the IANA database, with the zone's offset at that instant.

    Why the spellings differ: `AT TIME ZONE` converts an instant with a zone to local time, and a time without one to an instant,
    so a time in UTC is converted twice. BigQuery and Snowflake, and Redshift, which stores UTC without a zone, have functions of
    their own. Snowflake's date of a time with zone would be that of its stored offset, so the zone is taken off first. In UTC, a
    time has its own date; but not on BigQuery, where a project can have another default zone.
    """

    name = "date_in_zone"
    type = Date()
    inherit_cache = False

    def __init__(self, moment: ColumnElement[Any], zone: str) -> None:
        """Accept an instant and the zone's name."""
        super().__init__(moment, literal(zone))
        self.in_utc = cast(utc(moment), Date) if zone == UTC else None


class hour_in_zone(FunctionElement[int]):  # noqa: N801 - a word of SQL, read as a function
    """The hour of the day, from 0, that clocks in a zone of the IANA database show. The spellings differ as those of the date."""

    name = "hour_in_zone"
    type = BigInteger()
    inherit_cache = False

    def __init__(self, moment: ColumnElement[Any], zone: str) -> None:
        """Accept an instant and the zone's name."""
        super().__init__(moment, literal(zone))
        self.in_utc = cast(extract("hour", utc(moment)), BigInteger) if zone == UTC else None


def _at_time_zone(element: FunctionElement[Any], compiler: Any, **kw: Any) -> str:
    moment, zone = element.clauses
    written = compiler.process(moment, **kw)
    zoned = written if isinstance(moment.type, ZonedInstant) else f"({written} AT TIME ZONE 'UTC')"
    return f"({zoned} AT TIME ZONE {compiler.process(zone, **kw)})"


def _from_utc(element: FunctionElement[Any], compiler: Any, **kw: Any) -> str:
    moment, zone = element.clauses
    return f"CONVERT_TIMEZONE('UTC', {compiler.process(zone, **kw)}, {compiler.process(utc(moment), **kw)})"


def _convert_timezone(element: FunctionElement[Any], compiler: Any, **kw: Any) -> str:
    moment, zone = element.clauses
    return f"CONVERT_TIMEZONE('UTC', {compiler.process(zone, **kw)}, {compiler.process(moment, **kw)})"


LOCAL_TIME: Final = {
    "duckdb": _at_time_zone,
    "postgresql": _at_time_zone,
    "snowflake": _from_utc,
    "redshift": _convert_timezone,
}
"""By dialect, the time without zone that clocks show. BigQuery has none, but reads both parts of it from an instant."""


@compiles(date_in_zone, *LOCAL_TIME)
def _date(element: date_in_zone, compiler: Any, **kw: Any) -> str:
    if element.in_utc is not None:
        return compiler.process(element.in_utc, **kw)
    return f"CAST({LOCAL_TIME[compiler.dialect.name](element, compiler, **kw)} AS DATE)"


@compiles(hour_in_zone, *LOCAL_TIME)
def _hour(element: hour_in_zone, compiler: Any, **kw: Any) -> str:
    if element.in_utc is not None:
        return compiler.process(element.in_utc, **kw)
    return f"CAST(EXTRACT(HOUR FROM {LOCAL_TIME[compiler.dialect.name](element, compiler, **kw)}) AS BIGINT)"


@compiles(date_in_zone, "bigquery")
def _bigquery_date(element: date_in_zone, compiler: Any, **kw: Any) -> str:
    moment, zone = element.clauses
    return f"DATE({compiler.process(moment, **kw)}, {compiler.process(zone, **kw)})"


@compiles(hour_in_zone, "bigquery")
def _bigquery_hour(element: hour_in_zone, compiler: Any, **kw: Any) -> str:
    moment, zone = element.clauses
    return f"EXTRACT(HOUR FROM {compiler.process(moment, **kw)} AT TIME ZONE {compiler.process(zone, **kw)})"


def local_date(moment: ColumnElement[Any], zone: str) -> ColumnElement[Any]:
    """Return the date of an instant in a zone. Within the first and the last day of the years 1 to 9999 it is that of UTC.

    The zone's own date may lie outside those years there. BigQuery would fail, and Python cannot represent it.
    """
    return _within_years(moment, zone, date_in_zone)


def _within_years(moment: ColumnElement[Any], zone: str, part: Any) -> ColumnElement[Any]:
    of_utc = part(moment, UTC)
    if zone == UTC:
        return of_utc
    is_inside = and_(moment >= instant(EARLIEST + A_DAY, moment), moment <= instant(LATEST - A_DAY, moment))
    return case((is_inside, part(moment, zone)), else_=of_utc)


def local_hour(moment: ColumnElement[Any], zone: str) -> ColumnElement[int]:
    """Return the hour of an instant in a zone, from 0 to 23. Within the first and the last day of all years it is that of UTC."""
    return _within_years(moment, zone, hour_in_zone)
