"""A statement as text for a dialect, without connecting."""

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

# The formatter takes a backslash for an escape and a `--` for a comment, also inside a string, so it never sees one.
_plain = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*\"""")
_backslashed = re.compile(r"""'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`\\]|\\.)*`""", re.DOTALL)


STAND_IN = "Ü"
"""A letter that no name has outside of quotes, as often as what it stands for is long, so that columns stay aligned."""


def texts_of(step: Step, dialect: Dialect, settings: Settings) -> str:
    """Return a step's statements, a line's end after each; where files have a password or a token in their URL, it is masked."""
    text = "\n".join(f"{text_of(statement, dialect)};" for statement in step.statements)
    for file in settings.files:
        text = text.replace(_rendered(file, dialect), _rendered(whole(file), dialect))
    return text


def text_of(statement: Any, dialect: Dialect) -> str:
    """Return a statement as text that can be pasted into the warehouse's own console."""
    import sqlparse  # noqa: PLC0415 - only for showing

    text = literal_text(statement, dialect)
    if doubles_percent(dialect):
        text = text.replace("%%", "%")  # doubled for the driver, which is not here to halve it
    quoted = quoted_in(dialect)
    literals = iter(quoted.findall(text))
    bare = quoted.sub(lambda found: STAND_IN * len(found.group()), text)
    if " FROM" not in bare.replace("\n", " "):
        return text.strip()  # not a query: it would be torn apart, not laid out
    shown = sqlparse.format(bare, reindent=True, indent_columns=True, indent_width=2)
    shown = shown.strip().replace("CREATE\nTEMPORARY", "CREATE TEMPORARY")
    return re.sub(f"{STAND_IN}+", lambda _: next(literals), shown)


def doubles_percent(dialect: Dialect) -> bool:
    """Whether a percent sign is doubled in the text that a driver gets, which halves it."""
    return _rendered("%", dialect) == "'%%'"


def quoted_in(dialect: Dialect) -> re.Pattern[str]:
    """Return what finds the strings and the quoted names in a dialect's text."""
    return _backslashed if _rendered("\\", dialect) == r"'\\'" else _plain


def dialect_of(warehouse: Warehouse) -> Dialect:
    """Return SQLAlchemy's dialect for the warehouse.

    Raises:
        SettingsError: the package that brings it is not installed.
    """
    try:
        dialect = registry.load(warehouse.dialect)()
    except (NoSuchModuleError, ImportError):
        raise missing_dialect(warehouse) from None
    warehouse.driver.patch_dialect(dialect)
    return dialect


def _rendered(value: str, dialect: Dialect) -> str:
    return literal_text(literal(value), dialect)
