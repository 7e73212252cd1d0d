"""What a model is: a function from tables to a select.

Parameters before the `*` are what it reads, those after it are settings. File, function and relation share one name.
"""

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from sqlalchemy import Select

Kind = Literal["table", "view", "materialized_view"]


def in_words(kind: Kind) -> str:
    """Return what SQL calls it, in small letters."""
    return kind.replace("_", " ")


Grain = Literal["alias", "event", "session", "visitor"]

Lookback = Literal["nothing", "event", "session_count", "session", "everything"]
"""What a row depends on that lies before a moment, besides the sessions that an event of that moment may join: nothing, the
visitor's last event, the number of sessions, the last session, or everything that the visitor ever did."""

Carried = Literal["identities", "sessions", "session_ends"]
"""What an incremental build reads in the results of the build before: whose an id was, where each session began and ended."""

AnySelect: TypeAlias = Select[*tuple[Any, ...]]
Described = Callable[..., Mapping[str, str]]


def nothing_more() -> Mapping[str, str]:
    """Describe no column beyond those in the docstring."""
    return {}


@dataclass(frozen=True)
class Model:
    """One relation's meaning, unbound: it knows no schema, no engine and no run."""

    select: Callable[..., AnySelect]
    grain: Grain
    """What one row is of. A relation of events has `dbt_visitor_id` and a time, one of sessions `session_id`."""

    kind: Kind
    """How it is kept unless the settings say otherwise."""

    entity_column: str
    """The column that says whose row it is, by which people look rows up and join them."""

    time_column: str | None
    """The column that says when, where a row is of one time."""

    key: tuple[str, ...]
    """The columns that no two rows share, unless duplicates are kept; never null."""

    not_null: tuple[str, ...]
    """The other columns that are never null."""

    lookback: Lookback
    """What a row depends on before the slice that an incremental build hands to it."""

    carries: Carried | None
    """What the next incremental build reads in it, so that it must be a table."""

    described: Described
    """From settings, of which its parameters name some, the meaning of columns that depend on them."""

    @property
    def name(self) -> str:
        """The relation's name, without the prefix."""
        return self.select.__name__

    @property
    def reads(self) -> tuple[str, ...]:
        """Names of the relations it reads."""
        return _parameters(self.select, inspect.Parameter.POSITIONAL_OR_KEYWORD)

    @property
    def sets(self) -> tuple[str, ...]:
        """Names of the settings it takes."""
        return _parameters(self.select, inspect.Parameter.KEYWORD_ONLY)

    @property
    def row(self) -> str:
        """What one row is: the first line of the function's docstring."""
        return (inspect.getdoc(self.select) or "").partition("\n")[0]

    def columns(self, settings: object) -> dict[str, str]:
        """Return what each column means: in the docstring's words, or as the settings have it."""
        columns = (inspect.getdoc(self.select) or "").partition("Columns:")[2].partition("\n\n")[0]
        documented = dict(re.findall(r"^    (\w+): (.*)$", columns, re.MULTILINE))
        chosen = _parameters(self.described, inspect.Parameter.KEYWORD_ONLY)
        return documented | dict(self.described(**{name: getattr(settings, name) for name in chosen}))

    def __call__(self, *tables: Any, **settings: Any) -> AnySelect:
        """Return the select over these tables, under these settings."""
        return self.select(*tables, **settings)


def _parameters(function: Callable[..., Any], kind: inspect._ParameterKind) -> tuple[str, ...]:
    parameters = inspect.signature(function).parameters.values()
    return tuple(parameter.name for parameter in parameters if parameter.kind is kind)


def model(  # noqa: PLR0913 - all that others must know of a model, so that nobody needs its name
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
) -> Callable[[Callable[..., AnySelect]], Model]:
    """Declare the decorated function to be the relation of its name."""
    return lambda select: Model(select, grain, kind, entity_column, time_column, key, not_null, lookback, carries, described)
