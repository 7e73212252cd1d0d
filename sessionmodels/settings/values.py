"""What a value may be: validators, each with a sentence that says what was found and what to write instead."""

import os
import re
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field

from sessionmodels.errors import did_you_mean
from sessionmodels.model import Kind
from sessionmodels.models import MODELS
from sessionmodels.models.session_track_facts import OWN_COLUMNS

MAX_IDLE_MINUTES: Final = 1_000_000
MAX_FLOW_DEPTH: Final = 100
MAX_OVERLAP_HOURS: Final = 24 * 366

COUNTERS: Final = {"cnt_viewed_product": ["view_product", "viewed_product"], "cnt_signup": ["signup"]}
COUNTERS_OF_DBT: Final = {"cnt_viewed_product": ["viewed_product"], "cnt_signup": ["signup"]}


def _prefix(value: str) -> str:
    if not re.fullmatch(r"([A-Za-z_][A-Za-z0-9_]{0,39})?", value):
        msg = "a prefix is at most 40 letters, digits and underscores and starts with no digit, such as 'dbt_'"
        raise ValueError(msg)
    return value


def _clean(value: str) -> str:
    if any(character == "\0" or "\ud800" <= character <= "\udfff" for character in value):
        msg = f"found {value!r}, which holds a character that no database keeps; leave it out"
        raise ValueError(msg)
    return value


def _tracks(value: Any) -> Any:
    """Return one file or pattern as text, several as a tuple."""
    listed = list(value) if isinstance(value, list | tuple) else [value]
    names = [os.fspath(one) if isinstance(one, str | os.PathLike) else None for one in listed]
    if value is None:
        return None
    if not names or not all(names):
        msg = f"found {value!r}; write a file or a pattern such as 'events/*.parquet', or a list of them"
        raise ValueError(msg)
    clean = tuple(_clean(name) for name in names if name)
    return clean if len(clean) > 1 else next(iter(clean))


def _no_truth(value: Any) -> Any:
    if isinstance(value, bool):
        msg = f"found {value}, where a whole number belongs, such as 30"
        raise ValueError(msg)  # noqa: TRY004 - the library reports a ValueError, not a TypeError
    return value


def _counters(value: dict[str, list[str]]) -> dict[str, list[str]]:
    taken: dict[str, str] = dict.fromkeys(OWN_COLUMNS, "a column that the table has anyway")
    for name, events in value.items():
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,62}", name):
            msg = f"{name!r} is no column name; write letters, digits and underscores, such as 'cnt_signup'"
            raise ValueError(msg)
        if name.lower() in taken:
            msg = f"{name!r} stands twice: it is {taken[name.lower()]}; give the counter another name"
            raise ValueError(msg)
        if not events:
            msg = f"{name!r} counts no event; list the event names that it counts, such as ['signup']"
            raise ValueError(msg)
        taken[name.lower()] = "a counter already (case does not tell columns apart)"
    return value


def _kinds(value: dict[str, Kind]) -> dict[str, Kind]:
    for name in value:
        if name not in MODELS:
            msg = f"there is no relation {name!r}; {did_you_mean(name, MODELS)}"
            raise ValueError(msg)
    return {name: value.get(name, model.kind) for name, model in MODELS.items()}


Value = Annotated[str, AfterValidator(_clean)]
Name = Annotated[Value, Field(min_length=1)]
Prefix = Annotated[str, AfterValidator(_prefix)]
Tracks = Annotated[str | tuple[str, ...] | None, BeforeValidator(_tracks)]
Whole = Annotated[int, BeforeValidator(_no_truth)]
EventCounters = Annotated[dict[str, list[Value]], AfterValidator(_counters)]
Kinds = Annotated[dict[str, Kind], AfterValidator(_kinds)]
