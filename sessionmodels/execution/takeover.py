"""Replaces results of an earlier version: tables that are views by default now, and times without a zone.

Both stay as they are where other people's views read them and would be lost, or where readers would find nothing for a moment.
"""

from collections.abc import Iterator
from functools import cached_property

from sqlalchemy import MetaData, Table

from sessionmodels.errors.redaction import logger
from sessionmodels.model import Kind
from sessionmodels.relations.naming import target_name
from sessionmodels.settings import Settings
from sessionmodels.settings.values import Kinds
from sessionmodels.sql.instant import Instant
from sessionmodels.warehouses.catalogue import MARK, Catalogue
from sessionmodels.warehouses.warehouse import Warehouse

LOG = logger("sessionmodels")


class Takeover:
    """What exists of an earlier version's results, and what of it has to stay."""

    def __init__(self, settings: Settings, catalogue: Catalogue, warehouse: Warehouse) -> None:
        """Store the settings, whose schemas are explicit, and the target's catalogue."""
        self.settings, self.catalogue, self.warehouse = settings, catalogue, warehouse
        self.schema = settings.target_schema or catalogue.default_schema
        self.names = {name: target_name(name, settings) for name in settings.kinds}

    @cached_property
    def kept_tables(self) -> dict[str, str]:
        """The tables that stay tables although their relations are views by default, each with the reason.

        A view takes a table's place in one transaction, unless other people's views read the table. Where each statement commits,
        readers would find neither for a moment. `kinds` decides otherwise.
        """
        kinds = self.settings.kinds
        if not isinstance(kinds, Kinds):
            return {}
        by_default = (name for name, kind in kinds.items() if kind == "view" and name not in kinds.chosen)
        found = ((name, self._why_table(name)) for name in by_default if self._is_ours(name, "table"))
        return {name: why for name, why in found if why}

    def with_tables_kept(self) -> Settings:
        """Return the settings with these tables as tables."""
        tables: dict[str, Kind] = dict.fromkeys(self.kept_tables, "table")
        return self.settings.model_copy(update={"kinds": {**self.settings.kinds, **tables}}) if tables else self.settings

    @cached_property
    def views_on_plain_times(self) -> list[str]:
        """Other people's views on our tables and views whose times have no zone. Their columns' types must not change."""
        if not self.catalogue.binds_views:
            return []
        plain = Instant().compile(dialect=self.catalogue.connection.dialect)
        ours = (name for name in self.names if self._is_ours(name))
        read = (name for name in ours if plain in self.catalogue.columns(self.names[name], self.schema).values())
        return sorted({view for name in read for view in self._others(name)})

    def warn(self) -> None:
        """Warn of what stays as it was."""
        for name, why in self.kept_tables.items():
            LOG.warning("%s stays a table, because %s. It is a view by default now", self.names[name], why)
        if views := self.views_on_plain_times:
            LOG.warning("times stay without a time zone, because %s would have to be dropped", " and ".join(views))

    def _why_table(self, name: str) -> str:
        if not self.warehouse.transactions.rolls_back:
            return (
                f'readers would find nothing while a view takes its place; kinds = {{{name} = "view"}} replaces it all the same'
            )
        others = " and ".join(sorted(self._others(name)))
        return others and f"{others} would have to be dropped"

    def _is_ours(self, name: str, kind: Kind | None = None) -> bool:
        found = self.catalogue.kind(self.names[name], self.schema)
        is_it = found is not None and kind in {found, None}
        return is_it and MARK in self.catalogue.comment(self.names[name], self.schema)

    def _others(self, name: str) -> Iterator[str]:
        """Yield the views besides ours that prevent a relation from being dropped."""
        ours = {(self.schema, one) for one in self.names.values()}
        table = Table(self.names[name], MetaData(), schema=self.settings.target_schema)
        yield from (".".join(one) for one in self.catalogue.readers(table) if one not in ours)
