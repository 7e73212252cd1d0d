"""Delete and insert: tables stay, so that all views and grants on them survive."""

from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import insert
from sqlalchemy.schema import Table

from sessionmodels.errors import TargetError
from sessionmodels.relations.graph import Relation
from sessionmodels.sql.delete_matching import delete_from
from sessionmodels.warehouses.catalogue import Existing
from sessionmodels.warehouses.statement import Name, Statement
from sessionmodels.warehouses.step import Step
from sessionmodels.warehouses.strategies.in_place import InPlace
from sessionmodels.warehouses.strategies.steps import create, drop, finish, refresh, transactional
from sessionmodels.warehouses.warehouse import Job, Plan, Workspace

EVERYTHING = "*"
"""Stands for all columns of a dropped table or view, even if the catalogue does not know them."""


class DeleteAndInsert:
    """Old rows are deleted and new ones inserted, all in one transaction.

    After a swap by renaming, other people's views would still read the old table. `TRUNCATE` would block readers, and show an
    empty table to those with an older snapshot. Deleting does neither: the old rows remain visible until the commit.
    """

    def __init__(self, *, alters: bool) -> None:
        """Store whether tables are altered if columns change. Otherwise they are dropped and created again."""
        self.alters = alters

    def full(self, job: Job) -> Plan:
        """Return the steps of a full build.

        Raises:
            TargetError: a view prevents a change.
        """
        return transactional(job, list(_Steps(job, alters=self.alters).steps()))

    def workspace(self, job: Job) -> Workspace:
        """Return the workspace of an incremental build."""
        return InPlace(job)


class _Steps:
    """The steps of one build, which depend on what exists."""

    def __init__(self, job: Job, *, alters: bool) -> None:
        self.job = job
        self.alters = alters
        self.recreated: set[str] = set()
        self.dropped_columns: dict[Table, set[str]] = {}
        """Columns that are dropped, by table."""

        for relation in job.graph.relations:
            self._decide(relation, job.existing.get(relation.name))

    def steps(self) -> Iterator[Step]:
        existing = self.job.existing
        late = self._changed()
        yield from self._materialize_all(relation for relation in self.job.graph.relations if relation.table not in late)
        # A view that is replaced above no longer reads what is dropped. Of what is dropped, readers come first: an outdated view
        # may read other relations than it will.
        dropped = [relation for relation in reversed(self.job.graph.relations) if relation.name in self.recreated]
        for relation in sorted(dropped, key=lambda one: len(existing[one.name].reads), reverse=True):
            yield drop(relation.name, relation.table, existing[relation.name].kind)
        yield from self._materialize_all(relation for relation in self.job.graph.relations if relation.table in late)

    def _changed(self) -> set[Table]:
        """Return what is dropped or loses columns, and what reads such a relation. Dropping blocks readers, so it comes late."""
        changed: set[Table] = set()
        for relation in self.job.graph.relations:
            is_dropped = relation.name in self.recreated or self.dropped_columns.get(relation.table)
            if is_dropped or relation.reads & changed:
                changed.add(relation.table)
        return changed

    def _materialize_all(self, relations: Iterable[Relation]) -> Iterator[Step]:
        for relation in relations:
            if relation in self.job.chosen or relation.name in self.recreated:
                yield from self._materialize(relation, self.job.existing.get(relation.name))
                yield from finish(self.job, relation)

    def _materialize(self, relation: Relation, found: Existing | None) -> Iterator[Step]:
        if found is None or relation.name in self.recreated:
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
            removed = Statement("ALTER TABLE {table} DROP COLUMN {name}", table=table, name=Name(name))
            yield Step(relation.name, f"drop the column {name}", (removed,))
        for name, kind in self._columns(relation).items():
            if found.columns.get(name) != kind:
                column = table.c[name]
                added = Statement("ALTER TABLE {table} ADD COLUMN {name} {kind}", table=table, name=column, kind=column.type)
                yield Step(relation.name, f"add the column {name}", (added,))
        yield Step(relation.name, "delete the old rows", (delete_from(table),))
        filled = insert(table).from_select(list(table.c.keys()), relation.select)
        yield Step(relation.name, "insert the new rows", (filled,))

    def _decide(self, relation: Relation, found: Existing | None) -> None:
        """Record what must be dropped first: relations of another kind, views with other columns, and our views on either."""
        if found is None:
            return
        if self._must_be_recreated(relation, found):
            self.recreated.add(relation.name)
        if relation in self.job.chosen or relation.name in self.recreated:
            lost = {*found.columns, EVERYTHING} if relation.name in self.recreated else self._surplus(relation, found)
            self.dropped_columns[relation.table] = set(lost)

    def _must_be_recreated(self, relation: Relation, found: Existing) -> bool:
        if relation in self.job.chosen:
            if found.kind != relation.kind:
                return True
            if found.kind != "table":
                return not self._can_be_kept(relation, found)
            return not self.alters and dict(found.columns) != self._columns(relation)
        # It is not selected, but may be a view of ours that reads columns that would be dropped.
        loses_columns = found.kind != "table" and any(self.dropped_columns.get(table) for table in relation.reads)
        if loses_columns and relation.kind == "table":
            msg = f"{relation.name} is a view that reads what would change, and is set to a table now; select it, too, or all"
            raise TargetError(msg)
        if loses_columns and not found.is_ours:
            msg = (
                f"{relation.table.fullname} reads what would change, and no build or migration of sessionmodels created it; "
                "rename or drop it"
            )
            raise TargetError(msg)
        return loses_columns

    def _can_be_kept(self, view: Relation, found: Existing) -> bool:
        """Whether a view can be kept or replaced: it loses no columns, and reads none that are dropped.

        A late-binding view that is not up to date is created again, because the catalogue does not know its columns.

        It is unknown what an outdated view reads, so it may read any column that is dropped.
        """
        if not self.alters:
            return found.up_to_date and not any(self.dropped_columns.get(table) for table in view.reads)
        if found.up_to_date:
            return not any(column.name in self.dropped_columns.get(column.table, ()) for column in view.columns_read)
        return (
            view.kind == "view" and self._fits(view, found) and not any(self.dropped_columns.get(table) for table in view.reads)
        )

    def _fits(self, relation: Relation, found: Existing) -> bool:
        """Whether `CREATE OR REPLACE VIEW` works: it can append columns, but not drop or retype them."""
        wanted = list(self._columns(relation).items())
        return wanted[: len(found.columns)] == list(found.columns.items())

    def _surplus(self, relation: Relation, found: Existing) -> list[str]:
        """Return the columns that must be dropped: superfluous ones, and those with another type."""
        if found.kind != "table" or relation.kind != "table":
            return []
        wanted: Mapping[str, str] = self._columns(relation)
        return [name for name, kind in found.columns.items() if wanted.get(name) != kind]

    def _columns(self, relation: Relation) -> dict[str, str]:
        return {column.name: column.type.compile(dialect=self.job.dialect) for column in relation.table.c}
