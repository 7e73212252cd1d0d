"""What there is to know about a warehouse."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Executable, Text
from sqlalchemy.types import TypeEngine

from sessionmodels.graph import Relation
from sessionmodels.model import Kind


@dataclass(frozen=True)
class Existing:
    """What stands in the target under a relation's name."""

    kind: Kind
    columns: Mapping[str, str]
    """Each column's name with its type, in the words of the dialect."""

    up_to_date: bool = False
    """Whether it is a view that already says what it should."""


@dataclass(frozen=True)
class Step:
    """One statement of a build, and what it is for."""

    relation: str
    does: str
    statement: Executable


Renewal = Callable[[Sequence[Relation], Mapping[str, Existing], Sequence[Relation]], Iterable[Step]]
"""From the relations wanted, in order, what stands there now, and all relations: the statements that renew the wanted ones."""


def never_up_to_date(_connection: Connection, _relation: Relation) -> bool:
    """Answer for warehouses on which it costs nobody anything to make a view again."""
    return False


def free_for_all(_connection: Connection, _schema: str | None, _prefix: str) -> AbstractContextManager[None]:
    """Answer for warehouses on which one of two builds at once fails by itself, having changed nothing."""
    return nullcontext()


@dataclass(frozen=True)
class Warehouse:
    """A warehouse's facts."""

    dialect: str
    """SQLAlchemy's name for it."""

    title: str
    extra: str
    """What `pip install 'sessionmodels[…]'` brings its driver."""

    loaded: Mapping[str, TypeEngine[Any]]
    """The columns of the `tracks` table as RudderStack's loader makes it there, for SQL written without a connection."""

    renew: Renewal
    builds: bool = False
    """Whether `build_all` runs there; `sql` writes the statements for all."""

    is_empty_file: Callable[[Connection], bool] | None = None
    """Where a URL names a file that is made where it is missing: whether nothing has come into it."""

    isolation_level: str = "READ COMMITTED"
    """What one snapshot for the whole build takes there. It is always set: an engine may be one that commits each statement."""

    one_at_a_time: Callable[[Connection, str | None, str], AbstractContextManager[None]] = free_for_all
    """Holds a build back while another one runs that writes the same tables: those of a schema (or the default) and a prefix."""

    view_is_up_to_date: Callable[[Connection, Relation], bool] = never_up_to_date

    @property
    def is_a_file(self) -> bool:
        """Whether a URL names a file."""
        return self.is_empty_file is not None


def rudderstack(instant: TypeEngine[Any], *more_load_times: str) -> dict[str, TypeEngine[Any]]:
    """Return the columns of a `tracks` table as RudderStack's loader makes it, with its type of a time there."""
    texts = dict.fromkeys(("id", "anonymous_id", "user_id", "event"), Text())
    return {**texts, **dict.fromkeys(("timestamp", "uuid_ts", *more_load_times), instant)}
