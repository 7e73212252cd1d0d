"""The findings of `sessionmodels migrate --check`: one sentence per relation that does not match the settings."""

from collections.abc import Collection, Iterator, Sequence

from sessionmodels.model import Kind, in_words
from sessionmodels.models import MODELS
from sessionmodels.relations.naming import target_name
from sessionmodels.settings import Settings
from sessionmodels.warehouses.catalogue import Catalogue


def in_the_way(table: str, relation_name: str) -> str:
    """Return the message about a table where a view should be. Migrations never drop tables."""
    return (
        f"{table} is a table but should be a view: if a build created it, `sessionmodels build` replaces it, with"
        f' kinds = {{{relation_name} = "view"}} (--kind {relation_name}=view) even where readers find nothing for a moment;'
        " otherwise drop it. Then migrate again"
    )


def findings(catalogue: Catalogue, settings: Settings, missing: Collection[str]) -> Iterator[str]:
    """Yield the findings from what exists. `missing` are views that could be created without a build."""
    schema = settings.target_schema or catalogue.default_schema
    if schema and not catalogue.has_schema(schema):
        return
    for name in MODELS:
        called = target_name(name, settings)
        found = _finding(called, name, settings.kinds[name], catalogue.kind(called, schema), is_missing=name in missing)
        if found:
            yield found


def _finding(called: str, name: str, wanted: Kind, existing: Kind | None, *, is_missing: bool) -> str:
    if existing == wanted:
        return ""
    if existing is None:
        return f"{in_words(wanted)} {called} is missing: `sessionmodels migrate` creates it" if is_missing else ""
    if existing == "table":
        return in_the_way(called, name)
    command = "build" if wanted == "table" else "migrate"
    return f"{called} is a {in_words(existing)} but should be a {in_words(wanted)}: `sessionmodels {command}` replaces it"


def listed(found: Sequence[str]) -> str:
    """Return findings as one text, one line each."""
    return found[0] if len(found) == 1 else "\n".join([f"{len(found)} findings:", *(f"- {one}" for one in found)])
