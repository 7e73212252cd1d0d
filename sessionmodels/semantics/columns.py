"""A column of a relation, as it is described to people and to other tools."""

from dataclasses import dataclass

from sessionmodels.display.frame import Kind
from sessionmodels.semantics.description import Described


@dataclass(frozen=True)
class Reference:
    """The key that a column holds of a row in another relation."""

    relation: str
    """The other relation, without the prefix."""

    column: str
    """Its key."""

    is_complete: bool
    """Whether every value is there. An id's visitor has no session if all of the visitor's events lead to other visitors."""

    by_name: bool
    """Whether the key has the same name here. A relation has at most one such column for each other relation."""


@dataclass(frozen=True)
class DescribedColumn(Described):
    """One column: what it holds, and what must hold of it."""

    name: str
    description: str
    kind: Kind
    """What its values are, in the words that most tools share."""
    sql_type: str
    """Its type in the warehouse."""

    is_key: bool
    """Whether it is the relation's key."""

    is_unique: bool
    is_required: bool
    """Whether it is never null."""

    unit: str | None
    """What its numbers count, if the model says so."""

    values: tuple[str, ...] | None
    """The only values that it can have beside null, if they are known."""

    reference: Reference | None

    @property
    def is_time(self) -> bool:
        """Whether it places a row in time."""
        return self.kind in {"date", "time"}
