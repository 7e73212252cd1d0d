"""A cube: a select of keys and sums, all of them whole numbers."""

from dataclasses import dataclass

from sessionmodels.model import AnySelect


@dataclass(frozen=True)
class Cube:
    """One row for each combination of keys that occurs: the keys, then the sums. The first two are `step` and `value`."""

    query: AnySelect
    keys: tuple[str, ...]
    sums: tuple[str, ...]


def cube(query: AnySelect, *sums: str) -> Cube:
    """Return the cube of a select whose last columns are these sums."""
    names = tuple(one.name for one in query.selected_columns)
    return Cube(query, names[: -len(sums)], sums)
