"""What a warehouse is told of who runs a statement."""

from functools import cache
from importlib.metadata import version


@cache
def package_version() -> str:
    """Return this package's version."""
    return version("sessionmodels")


def tag_text(relation_name: str) -> str:
    """Return the tag as one text, for warehouses that keep no more."""
    return f"sessionmodels {package_version()} {relation_name}"
