"""Renders statements as text for a dialect, without connecting."""

import re
from typing import Any

from sqlalchemy import Dialect, literal
from sqlalchemy.dialects import registry
from sqlalchemy.exc import NoSuchModuleError

from sessionmodels.errors.redaction import whole
from sessionmodels.settings import Settings
from sessionmodels.warehouses.drivers import missing_dialect
from sessionmodels.warehouses.statement import literal_text
from sessionmodels.warehouses.step import Step
from sessionmodels.warehouses.warehouse import Warehouse

# The formatter misreads backslashes and `--` in strings as escapes and comments, so strings are hidden from it.
_plain = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*\"""")
_backslashed = re.compile(r"""'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`\\]|\\.)*`""", re.DOTALL)


STAND_IN = "Ü"
"""A letter that no unquoted name contains. It is repeated to the length of the hidden text, so that columns stay aligned."""


def texts_of(step: Step, dialect: Dialect, settings: Settings) -> str:
    """Return a step's statements, one after the other, with passwords and tokens in the URLs of files masked."""
    text = "\n".join(f"{text_of(statement, dialect)};" for statement in step.statements)
    for file in settings.all_files:
        text = text.replace(_rendered(file, dialect), _rendered(whole(file), dialect))
    return text


def plain_text_of(statement: Any, dialect: Dialect) -> str:
    """Return a statement as text for the warehouse's own console, in few lines: laying it out well takes longer than a query."""
    text = literal_text(statement, dialect)
    return text.replace("%%", "%") if doubles_percent(dialect) else text  # doubled for the driver, which would halve it again


def text_of(statement: Any, dialect: Dialect) -> str:
    """Return a statement as text for the warehouse's own console."""
    return laid_out(plain_text_of(statement, dialect), dialect)


def laid_out(text: str, dialect: Dialect) -> str:
    """Return the text of a statement in lines that are easy to read."""
    import sqlparse  # noqa: PLC0415 - only for display
    from sqlparse.exceptions import SQLParseError  # noqa: PLC0415 - beside its only use

    quoted = quoted_in(dialect)
    literals = iter(quoted.findall(text))
    bare = quoted.sub(lambda found: STAND_IN * len(found.group()), text)
    if " FROM" not in bare.replace("\n", " "):
        return text.strip()  # the formatter lays out only queries well
    try:
        formatted = sqlparse.format(bare, reindent=True, indent_columns=True, indent_width=2)
    except SQLParseError:  # a view over several sources can have more tokens than the formatter takes
        return text.strip()
    formatted = formatted.strip().replace("CREATE\nTEMPORARY", "CREATE TEMPORARY")
    return re.sub(f"{STAND_IN}+", lambda _: next(literals), formatted)


def doubles_percent(dialect: Dialect) -> bool:
    """Whether percent signs are doubled in the text for the driver, which halves them."""
    return _rendered("%", dialect) == "'%%'"


def quoted_in(dialect: Dialect) -> re.Pattern[str]:
    """Return a pattern that finds strings and quoted names in a dialect's text."""
    return _backslashed if _rendered("\\", dialect) == r"'\\'" else _plain


def dialect_of(warehouse: Warehouse) -> Dialect:
    """Return SQLAlchemy's dialect for the warehouse.

    Raises:
        SettingsError: the package that contains it is not installed.
    """
    try:
        dialect = registry.load(warehouse.dialect)()
    except (NoSuchModuleError, ImportError):
        raise missing_dialect(warehouse) from None
    warehouse.driver.patch_dialect(dialect)
    return dialect


def _rendered(value: str, dialect: Dialect) -> str:
    return literal_text(literal(value), dialect)
