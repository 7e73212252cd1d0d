"""What a build may replace: relations that our builds or migrations created, and others only on request."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Final

from sqlalchemy import Connection, FromClause, Table

from sessionmodels.errors import TargetError
from sessionmodels.model import in_words
from sessionmodels.models import MODELS
from sessionmodels.relations.graph import Graph, Relation
from sessionmodels.relations.naming import DUPLICATES, FORGOTTEN, FORMER, duplicates_name, own_name
from sessionmodels.settings import Settings
from sessionmodels.source.without_forgotten import COLUMNS
from sessionmodels.state import builds
from sessionmodels.state.builds import Builds
from sessionmodels.warehouses.catalogue import MARK, Catalogue, Existing
from sessionmodels.warehouses.locks import lock
from sessionmodels.warehouses.locks.lock import Place

LEAST_COLUMNS: Final[Mapping[str, tuple[frozenset[str], ...]]] = {
    DUPLICATES: (frozenset({"event_id", "timestamp", "loaded_at"}),),
    FORMER: (frozenset({"event_id", "timestamp", "loaded_at", "standing"}),),
    FORGOTTEN: (frozenset(COLUMNS),),
    builds.NAME: (frozenset({"build", "number", "outcome", "changed"}),),
    lock.NAME: (frozenset({"holder", "ends_at"}), frozenset({"nothing"})),
}
"""By name prefix, the columns that our own tables have had in every version."""

INSTEAD: Final = "or set another table_prefix or target_schema"
REPLACE: Final = "or let this one build replace them, rows and all: --replace (replace_existing=True in Python)"


def with_ownership(
    existing: Mapping[str, Existing], graph: Graph, published: Callable[[], Collection[str]], *, rolls_back: bool
) -> dict[str, Existing]:
    """Return the existing relations with whether each is ours, judged by its comment, which is written on creation.

    For relations without our comment, the table of builds decides in two cases. If each statement commits, a build may have been
    killed between creating a table and commenting on it. And if someone replaced one of our views, builds restore it.
    """
    unmarked = {name: found for name, found in existing.items() if MARK not in found.comment}
    recorded = published() if unmarked else frozenset[str]()

    def is_ours(name: str, found: Existing) -> bool:
        is_replaced_view = found.kind == graph[name].kind != "table"
        return name not in unmarked or (name in recorded and (is_replaced_view or not (rolls_back or found.comment)))

    return {name: replace(found, is_ours=is_ours(name, found)) for name, found in existing.items()}


def published(connection: Connection, catalogue: Catalogue, place: Place) -> frozenset[str]:
    """Return the relations that builds of this place have published, according to its table of builds."""
    table = Builds(place)
    if not table.is_readable(catalogue):
        return frozenset()
    return frozenset[str]().union(*(one.row_counts or MODELS.keys() for one in table.visible(connection)))


def refuse_replacing_others(existing: Mapping[str, Existing], chosen: Iterable[Relation]) -> None:
    """Refuse to replace a table or a view that is not ours.

    Raises:
        TargetError: one is not ours; the message names each.
    """
    others = [(one, existing[one.name]) for one in chosen if one.name in existing and not existing[one.name].is_ours]
    if others:
        names = ", ".join(f"{one.table.fullname} (a {in_words(found.kind)})" for one, found in others)
        msg = f"{describe_foreign(names)} Rename or drop them; {INSTEAD}; {REPLACE}"
        raise TargetError(msg)


def refuse_replacing_unseen(
    catalogue: Catalogue, sources: Iterable[FromClause], existing: Mapping[str, Existing], chosen: Iterable[Relation]
) -> None:
    """Refuse to replace a table that is not ours if a source may read it through something that cannot be inspected.

    Raises:
        TargetError: there is such a table; it may contain the raw events.
    """
    others = [one.table.fullname for one in chosen if one.name in existing and _is_a_table_of_others(existing[one.name])]
    tables = (one for one in sources if others and isinstance(one, Table))
    unseen = [name for table in tables for name in catalogue.unseen(table)]
    if unseen:
        msg = (
            f"the source reads through {', '.join(unseen)}, which cannot be inspected, so it may read {', '.join(others)}."
            " That was not created by a build or a migration of sessionmodels, so raw events could be lost. Nothing was changed."
            f" Rename it if the source does not read it; {INSTEAD}"
        )
        raise TargetError(msg)


def _is_a_table_of_others(found: Existing) -> bool:
    return found.kind == "table" and MARK not in found.comment


def describe_foreign(names: str) -> str:
    """Return the message that tables or views with the results' names are not ours."""
    return (
        f"tables or views with the results' names exist and were not created by sessionmodels: {names}. (Builds and migrations"
        f" comment on what they create: {MARK!r}) Nothing was changed."
    )


def refuse_foreign(catalogue: Catalogue, names: Iterable[str], place: Place) -> None:
    """Refuse to write to tables and views that could run other roles' code with the builder's privileges.

    Raises:
        TargetError: a table or view belongs to another role, or calls its functions; the message names each.
    """
    if refused := _reasons(names, catalogue.foreign(place.schema or "")):
        msg = (
            f"writing to these could run other roles' code with your privileges: {refused}. Nothing was changed."
            f" Have them transferred to your role (ALTER TABLE … OWNER TO …) or dropped; {INSTEAD}"
        )
        raise TargetError(msg)


def refuse_untrusted(catalogue: Catalogue, names: Iterable[str], schema: str | None) -> None:
    """Refuse to read tables and views that could run other roles' code with the reader's privileges, or pose as ours.

    Raises:
        TargetError: a table or view belongs to a role that the reader must not trust; the message names each.
    """
    if refused := _reasons(names, catalogue.untrusted(schema or "")):
        msg = (
            f"reading these could run other roles' code with your privileges: {refused}. Nothing was read."
            " If you trust that role, have it made the schema's owner (ALTER SCHEMA … OWNER TO …) or the only one that may create"
            " in it; otherwise have them dropped; or set another table_prefix or target_schema"
        )
        raise TargetError(msg)


def _reasons(names: Iterable[str], found: Mapping[str, str]) -> str:
    return "; ".join(f"{name} {found[name]}" for name in sorted(found.keys() & set(names)))


def own_names(settings: Settings, place: Place) -> set[str]:
    """Return the names of our own tables of a prefix, including the table of builds."""
    names = duplicates_name(settings), own_name(FORMER, settings), own_name(FORGOTTEN, settings)
    return {*names, Builds(place).table.name, place.lock_name}


def refuse_foreign_own_tables(
    catalogue: Catalogue, graph: Graph, place: Place, *, touches_duplicates: bool, replacing: bool
) -> None:
    """Refuse to write into tables that have the names of our own tables, such as the table of builds, but are not ours.

    Args:
        catalogue: the target's catalogue.
        graph: the relations, whose settings name our own tables.
        place: the place of our tables.
        touches_duplicates: whether the table of removed duplicates is written or dropped.
        replacing: whether that table may be replaced even if it is not ours. The others hold other builds' records.

    Raises:
        TargetError: a table is not ours.
    """
    kept = {duplicates_name(graph.settings): DUPLICATES} if touches_duplicates and not replacing else {}
    for name, prefix in {Builds(place).table.name: builds.NAME, place.lock_name: lock.NAME, **kept}.items():
        kind = catalogue.kind(name, place.schema)
        if kind and not (kind == "table" and has_columns(catalogue.columns(name, place.schema), prefix)):
            way_out = f"; {REPLACE}" if prefix == DUPLICATES else ""
            msg = f"{describe_foreign(f'{name} (a {in_words(kind)})')} Rename or drop it; {INSTEAD}{way_out}"
            raise TargetError(msg)


def refuse_foreign_list(catalogue: Catalogue, name: str, place: Place) -> None:
    """Refuse to read a table or a view that has the name of the list of forgotten people, but is not one.

    Raises:
        TargetError: it is not ours.
    """
    kind = catalogue.kind(name, place.schema)
    if kind and not (kind == "table" and has_columns(catalogue.columns(name, place.schema), FORGOTTEN)):
        msg = f"{describe_foreign(f'{name} (a {in_words(kind)})')} Rename or drop it; {INSTEAD}"
        raise TargetError(msg)


def has_columns(columns: Collection[str], prefix: str) -> bool:
    """Whether a table has the columns that our own table of that name prefix has had in every version."""
    found = {name.lower() for name in columns}
    return not found or any(wanted <= found for wanted in LEAST_COLUMNS[prefix])  # none shown: nothing to compare
