"""Validators. Each message says what was found and what to write instead."""

import os
import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from sessionmodels.errors import did_you_mean
from sessionmodels.errors.redaction import quiet, shown
from sessionmodels.model import Kind
from sessionmodels.models import MODELS
from sessionmodels.models.session_events import OWN_COLUMNS as OWN_EVENT_COLUMNS
from sessionmodels.models.sessions import OWN_COLUMNS
from sessionmodels.rules.event import MARKS
from sessionmodels.settings.share import percent_in

MAX_IDLE_MINUTES: Final = 1_000_000
MAX_FLOW_DEPTH: Final = 100
MAX_OVERLAP_HOURS: Final = 24 * 366

COUNTERS: Final = {"cnt_viewed_product": ["view_product", "viewed_product"], "cnt_signup": ["signup"]}
COUNTERS_OF_DBT: Final = {"cnt_viewed_product": ["viewed_product"], "cnt_signup": ["signup"]}


OWN: Final = "sessionmodels_"
"""The prefix of the package's own tables."""


def _prefix(value: str) -> str:
    if not re.fullmatch(r"([A-Za-z_][A-Za-z0-9_]{0,39})?", value):
        msg = (
            f"expected a prefix of at most 40 letters, digits and underscores that does not start with a digit, such as 'dbt_', "
            f"got {value!r}"
        )
        raise ValueError(msg)
    if value.lower().startswith(OWN):
        msg = f"{value!r} starts with {OWN!r}, as this package's own tables do; write another prefix, such as 'dbt_'"
        raise ValueError(msg)
    return value


def storable(value: str) -> str:
    """Return the text.

    Raises:
        ValueError: no database can store it.
    """
    if any(character == "\0" or "\ud800" <= character <= "\udfff" for character in value):
        msg = f"{value!r} contains a character that no database can store; remove it"
        raise ValueError(msg)
    return value


def _name(value: str) -> str:
    if not value:
        msg = "must not be empty; write a name, or remove the setting"
        raise ValueError(msg)
    control = next((character for character in value if unicodedata.category(character) in {"Cc", "Zl", "Zp"}), None)
    if control:
        msg = f"{value!r} contains the control character U+{ord(control):04X}; remove it from the name"
        raise ValueError(msg)
    if "://" in value:
        msg = f"{quiet(value)!r} looks like a URL, not a name; a connection is the setting url (--url)"
        raise ValueError(msg)
    return value


def _tracks(value: Any) -> Any:
    """Return one file or pattern as text, or several as a tuple."""
    listed = list(value) if isinstance(value, list | tuple) else [value]
    names = [os.fspath(one) if isinstance(one, str | os.PathLike) else None for one in listed]
    if value is None:
        return None
    if not names or not all(names):
        msg = f"expected a file or a pattern such as 'events/*.parquet', or a list of them, got {shown(value)}"
        raise ValueError(msg)
    clean = tuple(storable(name) for name in names if name)
    return clean if len(clean) > 1 else next(iter(clean))


def _no_bool(value: Any) -> Any:
    if isinstance(value, bool):
        msg = f"expected an integer, got {value}"
        raise ValueError(msg)  # noqa: TRY004 - the library reports a ValueError, not a TypeError
    return value


def refuse_no_column_name(name: str, example: str) -> None:
    """Refuse what cannot be the name of a column that a setting adds.

    Raises:
        ValueError: it has other characters than every warehouse takes, or too many.
    """
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,62}", name):
        msg = f"{quiet(name)!r} is not a column name; write letters, digits and underscores, such as {example!r}"
        raise ValueError(msg)


def _counters(value: dict[str, list[str]]) -> dict[str, list[str]]:
    taken: dict[str, str] = dict.fromkeys(OWN_COLUMNS, "one of the table's own columns")
    for name, events in value.items():
        refuse_no_column_name(name, "cnt_signup")
        if name.lower() in taken:
            msg = f"{name!r} is used twice: it is already {taken[name.lower()]}; give the counter another name"
            raise ValueError(msg)
        if not events:
            msg = f"{name!r} counts no event; list the event names that it counts, such as ['signup']"
            raise ValueError(msg)
        taken[name.lower()] = "a counter (column names ignore case)"
    return value


def _context(value: dict[str, Sequence[str]]) -> dict[str, list[str]]:
    taken = {*OWN_EVENT_COLUMNS, *MARKS}
    for name, columns in value.items():
        refuse_no_column_name(name, "page_url")
        if name.lower() in taken or re.fullmatch(r"event_\d+", name.lower()):
            msg = (
                f"{name!r} is used twice: a column of `session_events` has that name; give the column of the context another one"
            )
            raise ValueError(msg)
        if not columns:
            msg = f"{name!r} is read from no column; list the source's columns that it is read from, such as ['context_page_url']"
            raise ValueError(msg)
        taken.add(name.lower())
    return {name: list(columns) for name, columns in value.items()}


def _ignored_ids(value: list[str]) -> list[str]:
    if blanks := [one for one in value if not one.strip(" ")]:
        msg = f"{blanks[0]!r} is blank, and a blank id is none anyway; remove it"
        raise ValueError(msg)
    return list(dict.fromkeys(value))


def _relation_name(value: str) -> str:
    if value not in MODELS:
        msg = f"there is no relation {quiet(value)!r}; {did_you_mean(value, MODELS)}"
        raise ValueError(msg)
    return value


class Kinds(dict[str, Kind]):
    """The materialization of every relation."""

    chosen: frozenset[str] = frozenset()
    """Those that were set. The others are the models' defaults."""


def _kinds(value: dict[str, Kind]) -> Kinds:
    kinds = Kinds({name: value.get(name, model.kind) for name, model in MODELS.items()})
    kinds.chosen = frozenset(value) if not isinstance(value, Kinds) else value.chosen
    return kinds


def _share(value: Any) -> Any:
    """Return a share as a fraction, also if it is written in percent."""
    percent = percent_in(value) if isinstance(value, str) else None
    if isinstance(value, bool):
        msg = f"expected a share such as 0.5, got {value}"
        raise ValueError(msg)  # noqa: TRY004 - the library reports a ValueError, not a TypeError
    return value if percent is None else percent


Value = Annotated[str, AfterValidator(storable)]
Name = Annotated[str, AfterValidator(_name), AfterValidator(storable)]
Prefix = Annotated[str, AfterValidator(_prefix)]
Whole = Annotated[int, BeforeValidator(_no_bool)]
EventCounters = Annotated[dict[str, list[Value]], AfterValidator(_counters)]
IgnoredIds = Annotated[list[Value], AfterValidator(_ignored_ids)]
Context = Annotated[dict[str, list[Name]], AfterValidator(_context)]
ChosenKinds = Annotated[dict[Annotated[str, AfterValidator(_relation_name)], Kind], AfterValidator(_kinds)]
if TYPE_CHECKING:  # the setting accepts more types than it stores
    Secret = str | SecretStr
    Share = float | str
    Moment = str | datetime
    Tracks = str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None
else:
    Secret = SecretStr
    Share = Annotated[float, BeforeValidator(_share), Field(ge=0, le=1)]
    Moment = datetime
    Tracks = Annotated[str | tuple[str, ...] | None, BeforeValidator(_tracks), AfterValidator(quiet)]
