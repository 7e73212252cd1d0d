"""Delete and insert: tables keep standing, so that every view on them lives on, and every grant."""

from collections.abc import Iterator, Mapping

from sqlalchemy import insert
from sqlalchemy.schema import Table

from sessionmodels.errors import TargetError
from sessionmodels.graph import Relation
from sessionmodels.sql.delete_matching import delete_from
from sessionmodels.warehouses.catalogue import Existing
from sessionmodels.warehouses.statement import Name, Statement
from sessionmodels.warehouses.step import Step
from sessionmodels.warehouses.strategies.in_place import InPlace
from sessionmodels.warehouses.strategies.steps import create, drop, finish, refresh, transactional
from sessionmodels.warehouses.warehouse import Job, Plan, Workspace

EVERYTHING = "*"
"""Leaves with a table or view that is dropped, also where the catalogue does not know its columns."""


class DeleteAndInsert:
    """Old rows are deleted and new ones inserted, all in one transaction.

    A swap by renaming would leave other people's views on the old table. `TRUNCATE` would lock readers out, and show an
    empty table to those whose snapshot is older. Deleting does neither: the old rows stay until nobody sees them.
    """

    def __init__(self, *, alters: bool) -> None:
        """Say whether a table whose columns change is altered; else it is dropped and created, since no column can be dropped."""
        self.alters = alters

    def full(self, job: Job) -> Plan:
        """Return the steps of a full build.

        Raises:
            TargetError: a view is in the way of what would change.
        """
        return transactional(job, list(_Steps(job, alters=self.alters).steps()))

    def workspace(self, job: Job) -> Workspace:
        """Return where an incremental build works."""
        return InPlace(job)


class _Steps:
    """The steps of one build, which depend on what stands there."""

    def __init__(self, job: Job, *, alters: bool) -> None:
        self.job = job
        self.alters = alters
        self.remade: set[str] = set()
        self.leaving: dict[Table, set[str]] = {}
        """Columns that go, by the table that loses them."""

        for relation in job.graph.relations:
            self._decide(relation, job.existing.get(relation.name))

    def steps(self) -> Iterator[Step]:
        every, existing = self.job.graph.relations, self.job.existing
        for relation in reversed(every):
            if relation.name in self.remade:
                yield drop(relation.name, relation.table, existing[relation.name].kind)
        for relation in every:
            if relation in self.job.chosen or relation.name in self.remade:
                yield from self._materialize(relation, existing.get(relation.name))
                yield from finish(self.job, relation)

    def _materialize(self, relation: Relation, found: Existing | None) -> Iterator[Step]:
        if found is None or relation.name in self.remade:
            yield create(self.job, relation)
        elif relation.kind == "table":
            yield from self._replace_rows(relation, found)
        elif relation.kind == "materialized_view":
            yield refresh(relation)
        elif not found.up_to_date:
            yield Step(relation.name, "replace the view", (self.job.warehouse.tables.create_view(relation, True),))

    def _replace_rows(self, relation: Relation, found: Existing) -> Iterator[Step]:
        table = relation.table
        for name in self._surplus(relation, found):
            gone = Statement("ALTER TABLE {table} DROP COLUMN {name}", table=table, name=Name(name))
            yield Step(relation.name, f"drop the column {name}", (gone,))
        for name, kind in self._columns(relation).items():
            if found.columns.get(name) != kind:
                column = table.c[name]
                added = Statement("ALTER TABLE {table} ADD COLUMN {name} {kind}", table=table, name=column, kind=column.type)
                yield Step(relation.name, f"add the column {name}", (added,))
        yield Step(relation.name, "delete the old rows", (delete_from(table),))
        filled = insert(table).from_select(list(table.c.keys()), relation.select)
        yield Step(relation.name, "insert the new rows", (filled,))

    def _decide(self, relation: Relation, found: Existing | None) -> None:
        """Note what must be dropped first: what changes its kind, views whose columns change, and our views on either."""
        if found is None:
            return
        if self._must_go(relation, found):
            self.remade.add(relation.name)
        if relation in self.job.chosen or relation.name in self.remade:
            going = {*found.columns, EVERYTHING} if relation.name in self.remade else self._surplus(relation, found)
            self.leaving[relation.table] = set(going)

    def _must_go(self, relation: Relation, found: Existing) -> bool:
        if relation in self.job.chosen:
            if found.kind != relation.kind:
                return True
            if found.kind != "table":
                return not self._can_stay(relation, found)
            return not self.alters and dict(found.columns) != self._columns(relation)
        # Not selected, but perhaps a view of ours that what is selected would pull the ground from under.
        loses_ground = found.kind != "table" and any(self.leaving.get(table) for table in relation.reads)
        if loses_ground and relation.kind == "table":
            msg = f"{relation.name} is a view on what would change, and is to be a table now; select it too, or everything"
            raise TargetError(msg)
        if loses_ground and not found.is_ours:
            msg = (
                f"{relation.table.fullname} reads what would change, and no build or migration of sessionmodels made it; "
                "rename or drop it"
            )
            raise TargetError(msg)
        return loses_ground

    def _can_stay(self, view: Relation, found: Existing) -> bool:
        """Whether a view can be kept or replaced: neither its own columns leave, nor any that it reads.

        A late-binding view that is not up to date is made anew: the catalogue does not know its columns.

        What a view read that is not up to date is not known, so any column that leaves may have been among it.
        """
        if not self.alters:
            return found.up_to_date and not any(self.leaving.get(table) for table in view.reads)
        if found.up_to_date:
            return not any(column.name in self.leaving.get(column.table, ()) for column in view.columns_read)
        return view.kind == "view" and self._fits(view, found) and not any(self.leaving.get(table) for table in view.reads)

    def _fits(self, relation: Relation, found: Existing) -> bool:
        """Whether `CREATE OR REPLACE VIEW` will do: it can add columns behind, but neither drop nor retype one."""
        wanted = list(self._columns(relation).items())
        return wanted[: len(found.columns)] == list(found.columns.items())

    def _surplus(self, relation: Relation, found: Existing) -> list[str]:
        """Return the columns that must leave: those no longer wanted, and those of another type."""
        if found.kind != "table" or relation.kind != "table":
            return []
        wanted: Mapping[str, str] = self._columns(relation)
        return [name for name, kind in found.columns.items() if wanted.get(name) != kind]

    def _columns(self, relation: Relation) -> dict[str, str]:
        return {column.name: column.type.compile(dialect=self.job.dialect) for column in relation.table.c}
