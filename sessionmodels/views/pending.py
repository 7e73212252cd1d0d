"""What a revision must do: compares the views in the settings with those that the revisions have created."""

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

ExistingKind = Callable[[str], Kind | None]
"""The kind of the existing object with a relation's name."""


@dataclass(frozen=True)
class Pending:
    """The comparison. A view with unchanged columns is replaced. Otherwise it and our views that read it are created again."""

    wanted: Mapping[str, Definition]
    """The relations that are views in the settings, in the order of their dependencies."""

    created: Mapping[str, Written]
    existing_kind: ExistingKind
    schema_is_missing: bool = False
    stale: Collection[str] = ()
    """The materialized views that were computed before a view that they read was replaced."""

    where_kind_is_view: bool = False
    """Whether created views are skipped if they are tables in the settings when the revision runs."""

    def operations(self) -> list[MigrateOperation]:
        """Return the operations in order; none if nothing changed."""
        removed = self._removed()
        recreated = {name for name in self._changed if not self.wanted[name].can_replace(self.created[name].definition)}
        dropped = self._with_readers(removed | recreated, removed)
        order = TopologicalSorter({name: written.definition.reads for name, written in self.created.items()}).static_order()
        steps: list[MigrateOperation] = [self._drop(name, removed, recreated) for name in reversed([*order]) if name in dropped]
        steps += [step for name in self.wanted if (step := self._step(name, dropped)) is not None]
        steps += self._refreshes(dropped)
        return [CreateSessionSchemaOp(), *steps] if steps and (self.schema_is_missing or not self.created) else steps

    def _drop(self, name: str, removed: Collection[str], recreated: Collection[str]) -> DropSessionViewOp:
        if name in removed:
            why = f"{name} is a table now" if name in MODELS else f"{name} no longer exists"
            return DropSessionViewOp(self.created[name], why=why)
        why = f"{name} has other columns now" if name in recreated else f"{name} reads a dropped view, and is created again"
        return DropSessionViewOp(self.created[name], where_kind_is_view=self.where_kind_is_view, why=why)

    def _step(self, name: str, dropped: Collection[str]) -> MigrateOperation | None:
        before, conditional = self.created.get(name), self.where_kind_is_view
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
        """Yield refreshes of the materialized views that are kept while a view that they read is or was replaced."""
        replaced = self._changed.difference(dropped)
        for name, one in self.wanted.items():
            if one.kind == "materialized_view" and name in self.created and name not in dropped:
                read = sorted(replaced & self._all_read(name))
                why = (
                    f"{name} reads {', '.join(read)}" if read else f"{name} was computed before a view that it reads was replaced"
                )
                if read or name in self.stale:
                    yield RefreshSessionViewOp(name, where_kind_is_view=self.where_kind_is_view, why=why)

    def _all_read(self, name: str) -> set[str]:
        """Return the views that a view reads, directly and indirectly."""
        direct = [one for one in self.wanted[name].reads if one in self.wanted]
        return {*direct, *(further for one in direct for further in self._all_read(one))}

    @cached_property
    def _changed(self) -> set[str]:
        return {name for name, one in self.wanted.items() if name in self.created and self.created[name].definition != one}

    def _removed(self) -> set[str]:
        """Return the views that are no longer wanted, except those that a build has replaced by a table."""
        return {
            name
            for name in self.created
            if name not in self.wanted and (name not in MODELS or self.existing_kind(name) not in {"table", None})
        }

    def _with_readers(self, names: set[str], removed: Collection[str]) -> set[str]:
        """Return these views and our views that read them: PostgreSQL drops no view that is read, and DuckDB keeps old types."""
        found = set(names)
        concerned = [name for name in self.created if name in self.wanted or name in removed]
        while more := {name for name in concerned if name not in found and found & {*self.created[name].definition.reads}}:
            found |= more
        return found

    def waiting(self) -> dict[str, list[str]]:
        """Return the views that do not exist yet because they need tables, each with the missing tables."""
        absent = (name for name in self.wanted if name in self.created and not self._exists(name))
        return {name: sorted(missing) for name in absent if (missing := self._missing(name))}

    def _is_lost(self, name: str) -> bool:
        """Whether the view does not exist, although everything that it reads does."""
        return not self._exists(name) and not self._missing(name)

    def _exists(self, name: str) -> bool:
        return self.existing_kind(name) == self.wanted[name].kind

    def _missing(self, name: str) -> set[str]:
        """Return the missing tables that a view needs, directly or indirectly."""
        missing: set[str] = set()
        for read in self.wanted[name].reads:
            if read in self.wanted:
                missing |= self._missing(read)
            elif self.existing_kind(read) is None:
                missing.add(read)
        return missing
