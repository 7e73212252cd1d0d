"""Text: ids of any type as text, blank ids as null, and the same order of text on every engine."""

from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, ColumnElement, Text, and_, case, cast, func
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

LARGEST_EXACT = 2**53
"""Above this, a double cannot represent every integer."""

LONGEST_ID: Final = 65_535
"""The maximum length of an id in characters, the same on every warehouse: the width of Redshift's widest text."""

FIRST_CHARACTERS: Final = 200
"""How many characters of an id PostgreSQL's B-trees index. Nearly every id is shorter."""


class LongText(Text):
    """The type of every stored text, wide enough for the longest id. `TEXT` has a width of 256 on Redshift."""


@compiles(LongText, "duckdb")
@compiles(LongText, "snowflake")
def _long_varchar(_type: LongText, _compiler: Any, **_kw: Any) -> str:
    return "VARCHAR"


@compiles(LongText, "postgresql")
def _long_text(_type: LongText, _compiler: Any, **_kw: Any) -> str:
    return "TEXT"


@compiles(LongText, "bigquery")
def _long_string(_type: LongText, _compiler: Any, **_kw: Any) -> str:
    return "STRING"


@compiles(LongText, "redshift")
def _widest_varchar(_type: LongText, _compiler: Any, **_kw: Any) -> str:
    return "VARCHAR(65535)"


class as_text(FunctionElement[str]):  # noqa: N801 - a word of SQL, read as a function
    """Casts to text that is wide enough for the longest id.

    Why the spellings differ: a bare `VARCHAR` has a width of 256 on Redshift. BigQuery's text is `STRING`. On PostgreSQL, the
    source's columns may have different collations, and such columns could not be compared with each other.
    """

    name = "as_text"
    type = LongText()
    inherit_cache = True


@compiles(as_text, "duckdb")
@compiles(as_text, "snowflake")
def _varchar(element: as_text, compiler: Any, **kw: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **kw)} AS VARCHAR)"


@compiles(as_text, "postgresql")
def _collated(element: as_text, compiler: Any, **kw: Any) -> str:
    return f'CAST({compiler.process(element.clauses, **kw)} AS TEXT) COLLATE "default"'


@compiles(as_text, "bigquery")
def _string(element: as_text, compiler: Any, **kw: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **kw)} AS STRING)"


@compiles(as_text, "redshift")
def _wide(element: as_text, compiler: Any, **kw: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **kw)} AS VARCHAR(65535))"


class by_code_point(FunctionElement[str]):  # noqa: N801 - a word of SQL, read as a function
    """Text as a sort key in code point order. PostgreSQL sorts by collation; the others sort by code point anyway."""

    name = "by_code_point"
    type = LongText()
    inherit_cache = True


@compiles(by_code_point, "postgresql")
def _c_collation(element: by_code_point, compiler: Any, **kw: Any) -> str:
    return f'{compiler.process(element.clauses, **kw)} COLLATE "C"'


@compiles(by_code_point, "duckdb")
@compiles(by_code_point, "bigquery")
@compiles(by_code_point, "snowflake")
@compiles(by_code_point, "redshift")
def _as_it_is(element: by_code_point, compiler: Any, **kw: Any) -> str:
    return compiler.process(element.clauses, **kw)


def number_as_text(number: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a floating-point number as text, a whole one without its fraction: pandas turns 7 into 7.0 in a column with gaps."""
    is_whole = and_(func.floor(number) == number, func.abs(number) < LARGEST_EXACT)
    return case((is_whole, as_text(cast(number, BigInteger))), else_=as_text(number))


class blank_as_null(FunctionElement[str]):  # noqa: N801 - a word of SQL, read as a function
    """The text as it is, or null if it is empty or only spaces. On some engines `TRIM` removes other characters, too.

    Why DuckDB's spelling differs: it scans columns fast enough for the copies of `REPLACE` to be a tenth of a build. A text that
    does not sort before the first visible character is not blank, and needs none.
    """

    name = "blank_as_null"
    type = LongText()
    inherit_cache = True


@compiles(blank_as_null, "postgresql")
@compiles(blank_as_null, "bigquery")
@compiles(blank_as_null, "snowflake")
@compiles(blank_as_null, "redshift")
def _unless_only_spaces(element: blank_as_null, compiler: Any, **kw: Any) -> str:
    (text,) = element.clauses
    return compiler.process(case((func.replace(text, " ", "") != "", text)), **kw)


@compiles(blank_as_null, "duckdb")
def _unless_it_begins_like_a_blank(element: blank_as_null, compiler: Any, **kw: Any) -> str:
    (text,) = element.clauses
    return compiler.process(case((text >= "!", text), (func.replace(text, " ", "") != "", text)), **kw)


class is_too_long(FunctionElement[bool]):  # noqa: N801 - a word of SQL, read as a function
    """Whether an id is longer than the maximum; null if there is no id.

    Why DuckDB's spelling differs: it finds the number of characters by a walk over the text. The number of bytes, which is no
    smaller, is known.
    """

    name = "is_too_long"
    type = Boolean()
    inherit_cache = True


@compiles(is_too_long, "postgresql")
@compiles(is_too_long, "bigquery")
@compiles(is_too_long, "snowflake")
@compiles(is_too_long, "redshift")
def _by_characters(element: is_too_long, compiler: Any, **kw: Any) -> str:
    (text,) = element.clauses
    return compiler.process(func.length(text, type_=BigInteger) > LONGEST_ID, **kw)


@compiles(is_too_long, "duckdb")
def _by_bytes_first(element: is_too_long, compiler: Any, **kw: Any) -> str:
    (text,) = element.clauses
    longer = (length(text, type_=BigInteger) > LONGEST_ID for length in (func.strlen, func.length))
    return compiler.process(and_(*longer), **kw)


class is_same_id(FunctionElement[bool]):  # noqa: N801 - a word of SQL, read as a function
    """Whether two ids are equal, in a form that can use an index on one of them.

    Why the spellings differ: PostgreSQL's indexes hold only the first characters of an id, because a B-tree limits its entries.
    """

    name = "is_same_id"
    type = Boolean()
    inherit_cache = True


@compiles(is_same_id, "duckdb")
@compiles(is_same_id, "bigquery")
@compiles(is_same_id, "snowflake")
@compiles(is_same_id, "redshift")
def _equal(element: is_same_id, compiler: Any, **kw: Any) -> str:
    one, other = (compiler.process(side, **kw) for side in element.clauses)
    return f"{one} = {other}"


@compiles(is_same_id, "postgresql")
def _begins_and_is_equal(element: is_same_id, compiler: Any, **kw: Any) -> str:
    one, other = (compiler.process(side, **kw) for side in element.clauses)
    return f"LEFT({one}, {FIRST_CHARACTERS}) = LEFT({other}, {FIRST_CHARACTERS}) AND {one} = {other}"
