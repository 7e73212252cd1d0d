"""What already exists in the target."""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import FromClause, MetaData, Table

from sessionmodels.errors import SettingsError, TargetError
from sessionmodels.execution.ownership import has_columns
from sessionmodels.model import Kind
from sessionmodels.relations.graph import Graph, Relation
from sessionmodels.relations.naming import DUPLICATES, FORGOTTEN, FORMER, SHADOW, colliding_prefixes, own_name, token_prefix
from sessionmodels.settings import Settings
from sessionmodels.settings.values import OWN
from sessionmodels.state.builds import NAME as BUILDS
from sessionmodels.warehouses.catalogue import Catalogue, Existing

VERSIONS = "sessionmodels_version"
"""The prefix of the name of Alembic's version table for the packaged migrations."""


def inspect_existing(catalogue: Catalogue, graph: Graph, *, comparing: bool = True) -> dict[str, Existing]:
    """Return the existing table or view with each relation's name.

    `comparing` also finds out which views are up to date.

    Raises:
        TargetError: an object is neither a table nor a view.
    """
    found = {relation.name: catalogue.find(relation, comparing=comparing) for relation in graph.relations}
    return {name: one for name, one in found.items() if one is not None}


def refuse_overwriting(catalogue: Catalogue, graph: Graph) -> None:
    """Refuse to write a result over the source or the identity graph, or over something that they read.

    Raises:
        SettingsError: a result would overwrite one of them.
    """
    for source in graph.stream.sources:
        setting = graph.settings.of_source(source.name).spelt("source_table")
        _refuse_overwriting(catalogue, graph, setting, source.table)
    if graph.stream.identity_graph:
        _refuse_overwriting(catalogue, graph, "identity_table", graph.stream.identity_graph.table)


def _refuse_overwriting(catalogue: Catalogue, graph: Graph, setting: str, raw: FromClause) -> None:
    if not isinstance(raw, Table):
        return
    if raw.name.lower().startswith(OWN):
        msg = f"{setting} {raw.name!r} begins with {OWN!r}, as this package's own tables do; create a view of it"
        raise SettingsError(msg)
    written = {catalogue.place(table): table.name for table in _written_tables(graph)}
    read = catalogue.read_by(raw) & written.keys()
    if read:
        itself = next((where for where in read if written[where].lower() == raw.name.lower()), None)
        reads = "" if itself else f" reads {written[min(read)]!r}, which"
        msg = f"{setting} {raw.name!r}{reads} is also the name of a result; set another table_prefix or target_schema"
        raise SettingsError(msg)


def _written_tables(graph: Graph) -> Iterator[Table]:
    """Yield the tables and views that a build writes: the relations and our own tables."""
    yield from (relation.table for relation in graph.relations)
    for name in (DUPLICATES, FORGOTTEN, FORMER, BUILDS):
        yield Table(own_name(name, graph.settings), MetaData(), schema=graph.settings.target_schema)


def refuse_colliding_prefixes(catalogue: Catalogue, settings: Settings, schema: str | None) -> None:
    """Refuse a prefix if one of its relations has the name of another prefix's relation, and that prefix is in use.

    Raises:
        TargetError: there is such a prefix; each build would replace the other prefix's table.
    """
    for prefix, name in colliding_prefixes(settings.table_prefix).items():
        for own in (BUILDS, VERSIONS):
            recorded = f"{own}_{prefix}"
            if catalogue.kind(recorded, schema):
                msg = (
                    f"table_prefix {settings.table_prefix!r} collides with {prefix!r}, whose builds {recorded} records: {name}"
                    " would be a result of both. Set another table_prefix or target_schema; or drop"
                    f" {recorded} if the other prefix is no longer used"
                )
                raise TargetError(msg)


def refuse_missing(chosen: Sequence[Relation], relations: Sequence[Relation], existing: Mapping[str, Existing]) -> None:
    """Refuse to build a selection that reads relations that are neither selected nor built yet.

    Raises:
        TargetError: such a relation is missing.
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
    """Return the shadow tables of this prefix's builds. Their build was killed, or is running, which its lock shows."""
    ours = f"{SHADOW}_{token_prefix(settings.table_prefix)}"
    found = catalogue.relations(settings.target_schema).items()
    return {name: kind for name, kind in found if name.lower().startswith(ours)}


def former_events(catalogue: Catalogue, settings: Settings) -> Existing | None:
    """Return the table in which an earlier version stored the events, if there is one."""
    name, schema = own_name(FORMER, settings), settings.target_schema
    found = catalogue.existing(Table(name, MetaData(), schema=schema))
    is_ours = found and found.kind == "table" and has_columns(catalogue.columns(name, schema or catalogue.default_schema), FORMER)
    return found if is_ours else None
