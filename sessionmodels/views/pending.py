"""What a revision would have to do: the views that the settings ask for, against those that the revisions have made."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter

from alembic.operations import MigrateOperation

from sessionmodels.model import Kind
from sessionmodels.models import MODELS
from sessionmodels.views.definition import Definition
from sessionmodels.views.operations import (
    CreateSessionSchemaOp,
    CreateSessionViewOp,
    DropSessionViewOp,
    ReplaceSessionViewOp,
)
from sessionmodels.views.refresh import RefreshSessionViewOp
from sessionmodels.views.revisions import Written

Stands = Callable[[str], Kind | None]
"""What stands in the database under a relation's name."""


@dataclass(frozen=True)
class Owed:
    """The comparison. A view whose columns stay is replaced; else it is made anew, and with it each of ours that reads it."""

    wanted: Mapping[str, Definition]
    """Those of the relations that are kept as views, in the order of who reads whom."""

    made: Mapping[str, Written]
    stands: Stands
    schema_is_missing: bool = False
    stale: Collection[str] = ()
    """The materialized views whose rows are of other definitions than those that stand."""

    where_kind_is_view: bool = False
    """Whether what is created is left out, where the revision runs, if the settings there keep it as a table."""

    def operations(self) -> list[MigrateOperation]:
        """Return what is to be done, in order; nothing where nothing changed."""
        gone = self._gone()
        remade = {name for name in self._changed if not self.wanted[name].takes_the_place_of(self.made[name].definition)}
        dropped = self._with_readers(gone | remade, gone)
        order = TopologicalSorter({name: written.definition.reads for name, written in self.made.items()}).static_order()
        steps: list[MigrateOperation] = [self._drop(name, gone, remade) for name in reversed([*order]) if name in dropped]
        steps += [step for name in self.wanted if (step := self._step(name, dropped)) is not None]
        steps += self._refreshes(dropped)
        return [CreateSessionSchemaOp(), *steps] if steps and (self.schema_is_missing or not self.made) else steps

    def _drop(self, name: str, gone: Collection[str], remade: Collection[str]) -> DropSessionViewOp:
        if name in gone:
            why = f"{name} is kept as a table now" if name in MODELS else f"there is no {name} any more"
            return DropSessionViewOp(self.made[name], why=why)
        why = f"{name} has other columns now" if name in remade else f"{name} reads what goes, and comes back"
        return DropSessionViewOp(self.made[name], where_kind_is_view=self.where_kind_is_view, why=why)

    def _step(self, name: str, dropped: Collection[str]) -> MigrateOperation | None:
        before, conditional = self.made.get(name), self.where_kind_is_view
        if before is None:
            return CreateSessionViewOp(Written(self.wanted[name]), where_kind_is_view=conditional)
        now = Written(self.wanted[name]) if name in self._changed else before
        if name in dropped:
            return CreateSessionViewOp(now, before, where_kind_is_view=conditional)
        if now != before:
            return ReplaceSessionViewOp(now, before, where_kind_is_view=conditional)
        return (
            ReplaceSessionViewOp(before, before, where_kind_is_view=conditional, why=f"{name} is missing")
            if self._is_lost(name)
            else None
        )

    def _refreshes(self, dropped: Collection[str]) -> Iterator[RefreshSessionViewOp]:
        """Yield what computes the materialized views again that stay, while what they read becomes another or is already."""
        replaced = self._changed.difference(dropped)
        for name, one in self.wanted.items():
            if one.kind == "materialized_view" and name in self.made and name not in dropped:
                read = sorted(replaced & self._all_read(name))
                why = f"{name} reads {', '.join(read)}" if read else f"{name} was computed before what it reads was replaced"
                if read or name in self.stale:
                    yield RefreshSessionViewOp(name, where_kind_is_view=self.where_kind_is_view, why=why)

    def _all_read(self, name: str) -> set[str]:
        """Return the views that one reads, directly or through others."""
        direct = [one for one in self.wanted[name].reads if one in self.wanted]
        return {*direct, *(further for one in direct for further in self._all_read(one))}

    @cached_property
    def _changed(self) -> set[str]:
        return {name for name, one in self.wanted.items() if name in self.made and self.made[name].definition != one}

    def _gone(self) -> set[str]:
        """Return the views that are no more asked for. One that a build has replaced by its table is nobody's concern here."""
        return {
            name
            for name in self.made
            if name not in self.wanted and (name not in MODELS or self.stands(name) not in {"table", None})
        }

    def _with_readers(self, names: set[str], gone: Collection[str]) -> set[str]:
        """Return these, and whatever of ours reads one of them: PostgreSQL drops nothing that is read, DuckDB keeps old types."""
        found = set(names)
        concerned = [name for name in self.made if name in self.wanted or name in gone]
        while more := {name for name in concerned if name not in found and found & {*self.made[name].definition.reads}}:
            found |= more
        return found

    def waiting(self) -> dict[str, list[str]]:
        """Return the views that stand nowhere yet, each with the tables that it needs and that no build has made."""
        absent = (name for name in self.wanted if name in self.made and not self._is_there(name))
        return {name: sorted(missing) for name in absent if (missing := self._missing(name))}

    def _is_lost(self, name: str) -> bool:
        """Whether the view is not there, though it could be: whatever it reads is."""
        return not self._is_there(name) and not self._missing(name)

    def _is_there(self, name: str) -> bool:
        return self.stands(name) == self.wanted[name].kind

    def _missing(self, name: str) -> set[str]:
        """Return the tables that a view needs, directly or through others, and that are not there."""
        missing: set[str] = set()
        for read in self.wanted[name].reads:
            if read in self.wanted:
                missing |= self._missing(read)
            elif self.stands(read) is None:
                missing.add(read)
        return missing
