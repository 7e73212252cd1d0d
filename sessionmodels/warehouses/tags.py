"""The tags that show a warehouse who runs a statement."""

from functools import cache
from importlib.metadata import version


@cache
def package_version() -> str:
    """Return this package's version."""
    return version("sessionmodels")


def tag_text(relation_name: str) -> str:
    """Return the tag as one text, for warehouses without structured tags."""
    return f"sessionmodels {package_version()} {relation_name}"
