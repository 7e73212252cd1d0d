"""What stands in the target already."""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import MetaData, Table

from sessionmodels.errors import SettingsError, TargetError
from sessionmodels.graph import Graph, Relation
from sessionmodels.model import Kind
from sessionmodels.naming import RETAINED, SHADOW, colliding_prefixes, own_name, token_prefix
from sessionmodels.settings import Settings
from sessionmodels.settings.values import OWN
from sessionmodels.state.builds import NAME as BUILDS
from sessionmodels.warehouses.catalogue import Catalogue, Existing

VERSIONS = "sessionmodels_version"
"""What the name of the table begins with in which Alembic keeps the version of the packaged migrations."""


def inspect_existing(catalogue: Catalogue, graph: Graph, *, comparing: bool = True) -> dict[str, Existing]:
    """Return what stands under each relation's name; a relation that is not there is missing.

    `comparing` also finds out which views are right.

    Raises:
        TargetError: what stands there is neither a table nor a view.
    """
    found = {relation.name: catalogue.find(relation, comparing=comparing) for relation in graph.relations}
    return {name: one for name, one in found.items() if one is not None}


def refuse_overwriting(catalogue: Catalogue, graph: Graph) -> None:
    """Refuse to write a result where the source is, or where something is that it reads, by what the database says they are.

    Raises:
        SettingsError: one stands in the other's place.
    """
    raw = graph.source.table
    if not isinstance(raw, Table):
        return
    if raw.name.lower().startswith(OWN):
        msg = f"source_table {raw.name!r} begins with {OWN!r}, as this package's own tables do; make a view of another name on it"
        raise SettingsError(msg)
    written = {catalogue.place(table): table.name for table in _written(graph)}
    read = catalogue.read_by(raw) & written.keys()
    if read:
        itself = next((where for where in read if written[where].lower() == raw.name.lower()), None)
        reads = "" if itself else f" reads {written[min(read)]!r}, which"
        msg = f"source_table {raw.name!r}{reads} is also the name of a result; set another table_prefix or target_schema"
        raise SettingsError(msg)


def _written(graph: Graph) -> Iterator[Table]:
    """Yield what a build writes: the relations, and our own tables beside them."""
    yield from (relation.table for relation in graph.relations)
    for name in (RETAINED, BUILDS):
        yield Table(own_name(name, graph.settings), MetaData(), schema=graph.settings.target_schema)


def refuse_colliding_prefixes(catalogue: Catalogue, settings: Settings, schema: str | None) -> None:
    """Refuse a prefix of which a relation has the name of another prefix's, where that one's builds or migrations are recorded.

    Raises:
        TargetError: there is such a one; each would replace the other's table at each build.
    """
    for prefix, name in colliding_prefixes(settings.table_prefix).items():
        for own in (BUILDS, VERSIONS):
            recorded = f"{own}_{prefix}"
            if catalogue.kind(recorded, schema):
                msg = (
                    f"table_prefix {settings.table_prefix!r} meets {prefix!r}, whose builds {recorded} records: {name}"
                    " would be a result of both. Set another table_prefix or target_schema; or drop"
                    f" {recorded}, where the other prefix is given up"
                )
                raise TargetError(msg)


def refuse_missing(chosen: Sequence[Relation], relations: Sequence[Relation], existing: Mapping[str, Existing]) -> None:
    """Refuse to build a part whose references are neither built with it nor there already.

    Raises:
        TargetError: one is missing.
    """
    by_table = {relation.table: relation for relation in relations if relation not in chosen}
    for relation in chosen:
        for table in relation.reads:
            read = by_table.get(table)
            if read is not None and read.name not in existing:
                msg = (
                    f"{relation.name} reads {read.table.name}, which is not built yet; select '+{relation.name}' to build it too"
                )
                raise TargetError(msg)


def orphans(catalogue: Catalogue, settings: Settings) -> dict[str, Kind]:
    """Return the shadow tables of this prefix's builds: each was killed, or is another one at work, which its lock tells."""
    ours = f"{SHADOW}_{token_prefix(settings.table_prefix)}"
    found = catalogue.relations(settings.target_schema).items()
    return {name: kind for name, kind in found if name.lower().startswith(ours)}
