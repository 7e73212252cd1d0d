"""Finds the sources. One that cannot be read is no reason to be silent about the others."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Table

from sessionmodels.connection.transaction import named
from sessionmodels.errors import SourceError
from sessionmodels.errors.redaction import whole
from sessionmodels.settings import Settings
from sessionmodels.source.columns import Source
from sessionmodels.source.database import identity_graph, table_source
from sessionmodels.source.files import file_source
from sessionmodels.source.stream import Stream
from sessionmodels.source.where import refuse_unknown
from sessionmodels.warehouses.placement import placed
from sessionmodels.warehouses.warehouse import Warehouse


@dataclass(frozen=True)
class FoundSources:
    """The sources that can be read, and why the others cannot."""

    stream: Stream
    settings: Settings
    """The settings, with explicit schemas."""

    called: Mapping[str, str]
    """By source, the name of its table, or its files."""

    unreadable: Mapping[str, str]


def find_sources(connection: Connection, settings: Settings, warehouse: Warehouse) -> FoundSources:
    """Find the sources that the settings name.

    Raises:
        SettingsError: a setting does not fit the warehouse.
        SourceError: none of them can be read, or the identity graph cannot.
    """
    found: list[Source] = []
    unreadable: dict[str, SourceError] = {}
    with named("the source", "look for it", warehouse, way_out="Fix the cause and run it again."):
        warehouse.driver.patch_dialect(connection.dialect)
        catalogue = warehouse.catalogue(connection)
        # Ids are examined as they were sent: `ignored_ids` is compared with those, and a hash says nothing of a placeholder.
        settings = placed(settings, catalogue, warehouse).model_copy(update={"hash_ids": False})
        for own in map(settings.of_source, settings.source_names):
            try:
                found.append((file_source if own.tracks else table_source)(connection, own))
            except SourceError as error:
                unreadable[own.source_name] = error
        if not found:
            raise next(iter(unreadable.values()))
        refuse_unknown(settings.row_filter, [one.table for one in found])
        stream = Stream.of(found, settings, identity_graph(connection, settings))
    called = {one.name: _called(one, settings) for one in found}
    return FoundSources(stream, settings, called, {name: str(error) for name, error in unreadable.items()})


def _called(source: Source, settings: Settings) -> str:
    if isinstance(source.table, Table):
        return source.table.fullname
    return ", ".join(map(whole, settings.of_source(source.name).files))
