"""What `sessionmodels migrate --check` says: one true sentence for each relation that is not as the settings ask."""

from collections.abc import Collection, Iterator, Sequence

from sessionmodels.model import Kind, in_words
from sessionmodels.models import MODELS
from sessionmodels.naming import target_name
from sessionmodels.settings import Settings
from sessionmodels.warehouses.catalogue import Catalogue


def in_the_way(table: str) -> str:
    """Return what is said of a table that stands where a view should be, which no migration ever drops."""
    return (
        f"{table} is a table but should be a view: if a build made it, `sessionmodels build` with the same settings replaces it; "
        "otherwise drop it. Then migrate again"
    )


def findings(catalogue: Catalogue, settings: Settings, missing: Collection[str]) -> Iterator[str]:
    """Yield what is wrong, going by what stands; `missing` are the views that wait for no build."""
    schema = settings.target_schema or catalogue.default_schema
    if schema and not catalogue.has_schema(schema):
        return
    for name in MODELS:
        called = target_name(name, settings)
        found = _finding(called, settings.kinds[name], catalogue.kind(called, schema), is_missing=name in missing)
        if found:
            yield found


def _finding(called: str, wanted: Kind, stands: Kind | None, *, is_missing: bool) -> str:
    if stands == wanted:
        return ""
    if stands is None:
        return f"{in_words(wanted)} {called} is missing: `sessionmodels migrate` creates it" if is_missing else ""
    if stands == "table":
        return in_the_way(called)
    makes = "build" if wanted == "table" else "migrate"
    return f"{called} is a {in_words(stands)} but should be a {in_words(wanted)}: `sessionmodels {makes}` replaces it"


def listed(found: Sequence[str]) -> str:
    """Return findings as one text, a line each."""
    return found[0] if len(found) == 1 else "\n".join([f"{len(found)} findings:", *(f"- {one}" for one in found)])
