"""Takes over results of an earlier version, in which relations were tables that are views by default now."""

from collections.abc import Iterator

from sqlalchemy import MetaData, Table

from sessionmodels.errors.redaction import logger
from sessionmodels.model import Kind
from sessionmodels.relations.naming import target_name
from sessionmodels.settings import Settings
from sessionmodels.settings.values import Kinds
from sessionmodels.warehouses.catalogue import MARK, Catalogue
from sessionmodels.warehouses.warehouse import Warehouse

LOG = logger("sessionmodels")


def with_tables_kept(settings: Settings, catalogue: Catalogue, warehouse: Warehouse, *, thorough: bool) -> Settings:
    """Return the settings with tables of ours as tables, where a view could not take their place at once.

    A view takes a table's place in one transaction, unless other people's views read the table, which would be lost. Where each
    statement commits, readers would find neither for a moment. Such a table is filled as before, unless `kinds` says otherwise.
    """
    if not isinstance(settings.kinds, Kinds):
        return settings
    kept = dict(_kept(settings, settings.kinds, catalogue, warehouse))
    if not kept:
        return settings
    for name, why in kept.items() if thorough else ():
        LOG.warning(
            '%s stays a table, because %s. It is a view by default now; kinds = {%s = "view"} replaces the table',
            *(target_name(name, settings), why, name),
        )
    tables: dict[str, Kind] = dict.fromkeys(kept, "table")
    return settings.model_copy(update={"kinds": {**settings.kinds, **tables}})


def _kept(settings: Settings, kinds: Kinds, catalogue: Catalogue, warehouse: Warehouse) -> Iterator[tuple[str, str]]:
    """Yield each such relation with the reason why its table stays."""
    schema = settings.target_schema or catalogue.default_schema
    names = {name: target_name(name, settings) for name in kinds}
    for name, kind in kinds.items():
        if kind != "view" or name in kinds.chosen or catalogue.kind(names[name], schema) != "table":
            continue
        if MARK not in catalogue.comment(names[name], schema):
            continue
        if not warehouse.transactions.rolls_back:
            yield name, "readers would find nothing while a view takes its place"
            continue
        readers = catalogue.readers(Table(names[name], MetaData(), schema=settings.target_schema))
        others = sorted(".".join(one) for one in readers if one[-1] not in names.values())
        if others:
            yield name, f"{' and '.join(others)} would have to be dropped"
