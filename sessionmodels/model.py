"""A model is a function from tables to a select.

Parameters before the `*` are the tables it reads, those after it are settings. File, function and relation share one name.
"""

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

from sqlalchemy import Select

Kind = Literal["table", "view", "materialized_view"]


def in_words(kind: Kind) -> str:
    """Return what SQL calls it, in lower case."""
    return kind.replace("_", " ")


Grain = Literal["alias", "event", "session", "visitor"]

Lookback = Literal["nothing", "last_event", "last_session", "everything"]
"""Which rows before a slice its rows depend on, in this order: none; the visitor's last event and number of sessions; the last
session, whose own row changes with the session after it; or all rows of the visitor."""

Carried = Literal["identities", "events", "sessions"]
"""What an incremental build reads in the previous results: an id's visitor, the events, the sessions."""

AnySelect: TypeAlias = Select[*tuple[Any, ...]]
Described = Callable[..., Mapping[str, str]]
ClosedLists = Callable[..., Mapping[str, tuple[str, ...]]]

POSITIONAL: Final = inspect.Parameter.POSITIONAL_OR_KEYWORD
KEYWORD: Final = inspect.Parameter.KEYWORD_ONLY
NONE: Final[Mapping[str, Any]] = MappingProxyType({})


def nothing_more() -> Mapping[str, Any]:
    """Describe no columns beyond those in the docstring, and close no list of values."""
    return {}


@dataclass(frozen=True)
class Model:
    """One relation's definition, not yet bound to a schema, an engine or a build."""

    select: Callable[..., AnySelect]
    grain: Grain
    """What one row describes. A relation of events has `dbt_visitor_id` and a time; a relation of sessions has `session_id`."""

    kind: Kind
    """Its default materialization."""

    entity_column: str
    """The column that identifies the row's entity, used in lookups and joins."""

    time_column: str | None
    """The column with the row's time, if a row has one."""

    key: tuple[str, ...]
    """The key, never null. It is unique, except in relations of events if duplicates are kept."""

    not_null: tuple[str, ...]
    """The other columns that are never null."""

    lookback: Lookback
    """Which rows before its slice a row depends on in an incremental build."""

    carries: Carried | None
    """What the next incremental build reads in it. A relation with such a value must be a table."""

    described: Described
    """Returns the descriptions of columns that depend on settings. Its parameters name those settings."""

    units: Mapping[str, str]
    """By column of numbers, the unit that they count. Views of a column have it, too."""

    refers: Mapping[str, Grain]
    """By column, the grain whose key it holds under another name. A column with the name of a key needs no entry."""

    closed: ClosedLists
    """Returns by column the only values that it can have beside null. Its parameters name the settings that decide."""

    @property
    def name(self) -> str:
        """The relation's name, without the prefix."""
        return self.select.__name__

    @property
    def reads(self) -> tuple[str, ...]:
        """The names of the relations that it reads."""
        return parameters(self.select, POSITIONAL)

    @property
    def sets(self) -> tuple[str, ...]:
        """The names of the settings that it depends on."""
        return parameters(self.select, KEYWORD)

    @property
    def row(self) -> str:
        """What one row describes: the first line of the function's docstring."""
        return (inspect.getdoc(self.select) or "").partition("\n")[0]

    def columns(self, settings: object) -> dict[str, str]:
        """Return each column's description: from the docstring, or as the settings define it."""
        return documented_columns(self.select) | self.described_by(settings)

    def described_by(self, settings: object) -> dict[str, str]:
        """Return the descriptions of the columns that depend on settings."""
        return dict(_under(self.described, settings))

    def closed_by(self, settings: object) -> dict[str, tuple[str, ...]]:
        """Return by column the only values that it can have beside null."""
        return dict(_under(self.closed, settings))

    def has_unique_key(self, *, deduplicate: bool) -> bool:
        """Whether no two rows have the same key."""
        return deduplicate or self.grain != "event"

    def __call__(self, *tables: Any, **settings: Any) -> AnySelect:
        """Return the select over these tables, under these settings."""
        return self.select(*tables, **settings)


def _under(function: Callable[..., Mapping[str, Any]], settings: object) -> Mapping[str, Any]:
    """Return what a function says under the settings that its parameters name."""
    return function(**{name: getattr(settings, name) for name in parameters(function, KEYWORD)})


def parameters(function: Callable[..., Any], kind: inspect._ParameterKind) -> tuple[str, ...]:
    """Return the names of a function's parameters of one kind."""
    return tuple(one.name for one in inspect.signature(function).parameters.values() if one.kind is kind)


def documented_columns(function: Callable[..., Any]) -> dict[str, str]:
    """Return the descriptions of the columns of a function's select, from its docstring."""
    columns = (inspect.getdoc(function) or "").partition("Columns:")[2].partition("\n\n")[0]
    return dict(re.findall(r"^    (\w+): (.*)$", columns, re.MULTILINE))


def model(  # noqa: PLR0913 - all that other code must know of a model
    grain: Grain,
    *,
    key: tuple[str, ...],
    not_null: tuple[str, ...],
    kind: Kind = "table",
    entity_column: str = "dbt_visitor_id",
    time_column: str | None = None,
    lookback: Lookback = "nothing",
    carries: Carried | None = None,
    described: Described = nothing_more,
    units: Mapping[str, str] = NONE,
    refers: Mapping[str, Grain] = NONE,
    closed: ClosedLists = nothing_more,
) -> Callable[[Callable[..., AnySelect]], Model]:
    """Turn the decorated function into the model of its name."""
    declared = grain, kind, entity_column, time_column, key, not_null, lookback, carries, described, units, refers, closed
    return lambda select: Model(select, *declared)
