"""What a model is: a function from tables to a select.

Parameters before the `*` are what it reads, those after it are settings. File, function and relation share one name.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from sqlalchemy import Select

Kind = Literal["table", "view"]
AnySelect: TypeAlias = Select[*tuple[Any, ...]]


@dataclass(frozen=True)
class Model:
    """One relation's meaning, unbound: it knows no schema, no engine and no run."""

    select: Callable[..., AnySelect]
    kind: Kind
    """How it is kept unless the settings say otherwise."""

    @property
    def name(self) -> str:
        """The relation's name, without the prefix."""
        return self.select.__name__

    @property
    def reads(self) -> tuple[str, ...]:
        """Names of the relations it reads."""
        return self._parameters(inspect.Parameter.POSITIONAL_OR_KEYWORD)

    @property
    def sets(self) -> tuple[str, ...]:
        """Names of the settings it takes."""
        return self._parameters(inspect.Parameter.KEYWORD_ONLY)

    @property
    def row(self) -> str:
        """What one row is: the first line of the function's docstring."""
        return (inspect.getdoc(self.select) or "").partition("\n")[0]

    def __call__(self, *tables: Any, **settings: Any) -> AnySelect:
        """Return the select over these tables, under these settings."""
        return self.select(*tables, **settings)

    def _parameters(self, kind: inspect._ParameterKind) -> tuple[str, ...]:
        parameters = inspect.signature(self.select).parameters.values()
        return tuple(parameter.name for parameter in parameters if parameter.kind is kind)


def model(*, kind: Kind = "table") -> Callable[[Callable[..., AnySelect]], Model]:
    """Declare the decorated function to be the relation of its name."""
    return lambda select: Model(select, kind)
