"""An analysis is a function from relations to a select, as a model is. It answers a question, and stores nothing.

Parameters before the `*` are the relations it reads; those after it are what may be asked, with their defaults.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sessionmodels.model import KEYWORD, POSITIONAL, AnySelect, documented_columns, parameters


@dataclass(frozen=True)
class Analysis:
    """One question, not yet bound to tables."""

    select: Callable[..., AnySelect]

    @property
    def name(self) -> str:
        """Its name."""
        return self.select.__name__

    @property
    def question(self) -> str:
        """The question that it answers, in one sentence."""
        return (inspect.getdoc(self.select) or "").split("\n", 1)[0]

    @property
    def columns(self) -> Mapping[str, str]:
        """Each column of the answer, with its description."""
        return documented_columns(self.select)

    @property
    def reads(self) -> tuple[str, ...]:
        """The names of the relations that it reads."""
        return parameters(self.select, POSITIONAL)

    @property
    def asks(self) -> tuple[str, ...]:
        """The names of what may be asked."""
        return parameters(self.select, KEYWORD)

    @property
    def defaults(self) -> Mapping[str, Any]:
        """What it is asked by default, where it has a default."""
        found = inspect.signature(self.select).parameters
        return {name: found[name].default for name in self.asks if found[name].default is not inspect.Parameter.empty}

    def __call__(self, *tables: Any, **asked: Any) -> AnySelect:
        """Return the select over these tables."""
        return self.select(*tables, **asked)


def analysis(select: Callable[..., AnySelect]) -> Analysis:
    """Turn the decorated function into the analysis of its name."""
    return Analysis(select)
