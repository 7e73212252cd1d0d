"""What a build may replace: what a build or a migration of ours made, and anything else only when it is told to."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Final

from sqlalchemy import Connection, FromClause, Table

from sessionmodels.errors import TargetError
from sessionmodels.graph import Graph, Relation
from sessionmodels.model import in_words
from sessionmodels.models import MODELS
from sessionmodels.naming import RETAINED, retained_name
from sessionmodels.settings import Settings
from sessionmodels.state import builds
from sessionmodels.state.builds import Builds
from sessionmodels.warehouses.catalogue import MARK, Catalogue, Existing
from sessionmodels.warehouses.locks import lock
from sessionmodels.warehouses.locks.lock import Place

LEAST_COLUMNS: Final[Mapping[str, tuple[frozenset[str], ...]]] = {
    RETAINED: (frozenset({"event_id", "timestamp", "loaded_at"}),),
    builds.NAME: (frozenset({"build", "number", "outcome", "changed"}),),
    lock.NAME: (frozenset({"holder", "ends_at"}), frozenset({"nothing"})),
}
"""By what their names begin with, the columns that our own tables have had in every version."""

INSTEAD: Final = "or set another table_prefix or target_schema"
REPLACE: Final = "or let this one build replace them, rows and all: --replace (replace_existing=True in Python)"


def claimed(
    existing: Mapping[str, Existing], graph: Graph, published: Callable[[], Collection[str]], *, rolls_back: bool
) -> dict[str, Existing]:
    """Return what stands, each with whether it is ours: by its comment, which is written as it is made.

    The table of builds speaks for what has none in two cases. Where each statement commits, a build may be killed between a table
    and its comment. And a view in the place of one of ours is one that somebody has changed: builds put it right.
    """
    unmarked = {name: found for name, found in existing.items() if MARK not in found.comment}
    recorded = published() if unmarked else frozenset[str]()

    def is_ours(name: str, found: Existing) -> bool:
        is_changed_view = found.kind == graph[name].kind != "table"
        return name not in unmarked or (name in recorded and (is_changed_view or not (rolls_back or found.comment)))

    return {name: replace(found, is_ours=is_ours(name, found)) for name, found in existing.items()}


def published(connection: Connection, catalogue: Catalogue, place: Place) -> frozenset[str]:
    """Return the relations that a build of this place has put in place, by its table of builds."""
    table = Builds(place)
    if not table.exists(catalogue) or table.missing(catalogue):
        return frozenset()
    return frozenset[str]().union(*(one.row_counts or MODELS.keys() for one in table.visible(connection)))


def refuse_replacing_others(existing: Mapping[str, Existing], chosen: Iterable[Relation]) -> None:
    """Refuse to replace a table or a view that is not ours.

    Raises:
        TargetError: one is somebody else's; it names each.
    """
    others = [(one, existing[one.name]) for one in chosen if one.name in existing and not existing[one.name].is_ours]
    if others:
        names = ", ".join(f"{one.table.fullname} (a {in_words(found.kind)})" for one, found in others)
        msg = f"{not_ours(names)} Rename or drop them; {INSTEAD}; {REPLACE}"
        raise TargetError(msg)


def refuse_replacing_unseen(
    catalogue: Catalogue, source: FromClause, existing: Mapping[str, Existing], chosen: Iterable[Relation]
) -> None:
    """Refuse to replace a table that is not ours and that the source may read in a way that cannot be looked into.

    Raises:
        TargetError: there is such a table; it may hold the raw events.
    """
    others = [one.table.fullname for one in chosen if one.name in existing and _is_a_table_of_others(existing[one.name])]
    unseen = catalogue.unseen(source) if others and isinstance(source, Table) else ()
    if unseen:
        msg = (
            f"the source reads through {', '.join(unseen)}, which cannot be looked into, so it may read {', '.join(others)}."
            " No build or migration of sessionmodels made that, so raw events could be lost. Nothing was changed."
            f" Rename what the source does not read; {INSTEAD}"
        )
        raise TargetError(msg)


def _is_a_table_of_others(found: Existing) -> bool:
    return found.kind == "table" and MARK not in found.comment


def not_ours(names: str) -> str:
    """Return what is said of names under which something of somebody else's stands."""
    return (
        f"results are to go where something stands that no build or migration of sessionmodels made: {names}. (What they make"
        f" bears the comment {MARK!r}) Nothing was changed."
    )


def refuse_foreign(catalogue: Catalogue, names: Iterable[str], place: Place) -> None:
    """Refuse to write under names where that could run code of others with the builder's privileges.

    Raises:
        TargetError: something that a build writes belongs to others, or calls their functions; it names each.
    """
    found = catalogue.foreign(place.schema or "")
    if refused := [f"{name} {found[name]}" for name in sorted(found.keys() & set(names))]:
        msg = (
            f"code of other roles could run with your privileges when this is written: {'; '.join(refused)}. Nothing was changed."
            f" Have it given to your role (ALTER TABLE … OWNER TO …) or dropped; {INSTEAD}"
        )
        raise TargetError(msg)


def refuse_untrusted(catalogue: Catalogue, names: Iterable[str], schema: str | None) -> None:
    """Refuse to read under names where that could run code of others with the reader's privileges, or show theirs as ours.

    Raises:
        TargetError: something that is read belongs to a role that the reader has no reason to trust; it names each.
    """
    found = catalogue.untrusted(schema or "")
    if refused := [f"{name} {found[name]}" for name in sorted(found.keys() & set(names))]:
        msg = (
            f"code of other roles could run with your privileges when this is read: {'; '.join(refused)}. Nothing was read."
            " If you trust that role, have it own the schema (ALTER SCHEMA … OWNER TO …) or be made the only one that may create"
            " in it; otherwise have this dropped; or set another table_prefix or target_schema"
        )
        raise TargetError(msg)


def own_names(settings: Settings, place: Place) -> set[str]:
    """Return the names of our own tables of a prefix, the table of builds among them."""
    return {retained_name(settings), Builds(place).table.name, place.lock_name}


def refuse_others_under_own_names(catalogue: Catalogue, graph: Graph, place: Place, *, retains: bool, replacing: bool) -> None:
    """Refuse to write into tables that bear the names of our own, the table of builds among them, and are none of ours.

    Args:
        catalogue: what stands there.
        graph: the relations, whose settings name our own tables.
        place: where they stand.
        retains: whether the table of retained events is written or dropped.
        replacing: whether that one may be replaced whoever made it; the others hold what other builds go by.

    Raises:
        TargetError: one is somebody else's.
    """
    kept = {retained_name(graph.settings): RETAINED} if retains and not replacing else {}
    for name, begins in {Builds(place).table.name: builds.NAME, place.lock_name: lock.NAME, **kept}.items():
        kind = catalogue.kind(name, place.schema)
        if kind and not (kind == "table" and _has_columns(catalogue.columns(name, place.schema), LEAST_COLUMNS[begins])):
            replaced = f"; {REPLACE}" if begins == RETAINED else ""
            msg = f"{not_ours(f'{name} (a {in_words(kind)})')} Rename or drop it; {INSTEAD}{replaced}"
            raise TargetError(msg)


def _has_columns(columns: Collection[str], least: tuple[frozenset[str], ...]) -> bool:
    found = {name.lower() for name in columns}
    return not found or any(wanted <= found for wanted in least)  # where the catalogue tells of none, it does not tell
