"""The date of an instant where the clocks of a time zone are read."""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Date, and_, case, cast, literal
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


def _parts(element: date_in_zone) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    moment, zone = element.clauses
    return moment, zone


@compiles(date_in_zone, "duckdb")
@compiles(date_in_zone, "postgresql")
def _at_time_zone(element: date_in_zone, compiler: Any, **kw: Any) -> str:
    if element.in_utc is not None:
        return compiler.process(element.in_utc, **kw)
    moment, zone = _parts(element)
    written = compiler.process(moment, **kw)
    zoned = written if isinstance(moment.type, ZonedInstant) else f"({written} AT TIME ZONE 'UTC')"
    return f"CAST(({zoned} AT TIME ZONE {compiler.process(zone, **kw)}) AS DATE)"


@compiles(date_in_zone, "bigquery")
def _date(element: date_in_zone, compiler: Any, **kw: Any) -> str:
    moment, zone = _parts(element)
    return f"DATE({compiler.process(moment, **kw)}, {compiler.process(zone, **kw)})"


@compiles(date_in_zone, "snowflake")
def _from_utc(element: date_in_zone, compiler: Any, **kw: Any) -> str:
    if element.in_utc is not None:
        return compiler.process(element.in_utc, **kw)
    moment, zone = _parts(element)
    return f"CAST(CONVERT_TIMEZONE('UTC', {compiler.process(zone, **kw)}, {compiler.process(utc(moment), **kw)}) AS DATE)"


@compiles(date_in_zone, "redshift")
def _convert_timezone(element: date_in_zone, compiler: Any, **kw: Any) -> str:
    if element.in_utc is not None:
        return compiler.process(element.in_utc, **kw)
    moment, zone = _parts(element)
    return f"CAST(CONVERT_TIMEZONE('UTC', {compiler.process(zone, **kw)}, {compiler.process(moment, **kw)}) AS DATE)"


def local_date(moment: ColumnElement[Any], zone: str) -> ColumnElement[Any]:
    """Return the date of an instant in a zone. Within the first and the last day of the years 1 to 9999 it is that of UTC.

    The zone's own date may lie outside those years there. BigQuery would fail, and Python cannot represent it.
    """
    of_utc = date_in_zone(moment, UTC)
    if zone == UTC:
        return of_utc
    is_inside = and_(moment >= instant(EARLIEST + A_DAY, moment), moment <= instant(LATEST - A_DAY, moment))
    return case((is_inside, date_in_zone(moment, zone)), else_=of_utc)
