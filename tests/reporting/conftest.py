"""The plot library's scripts as one, which every page has, are made once for all workers and runs."""

from importlib.metadata import version

import vl_convert
from cached import cached

NAME = f"vl-convert-{version('vl-convert-python')}.js"
make = vl_convert.javascript_bundle


def bundle() -> str:
    """Return the scripts."""
    kept = cached(NAME, lambda: make().encode())
    return kept.read_bytes().decode() if kept else make()


vl_convert.javascript_bundle = bundle  # pyright: ignore[reportAttributeAccessIssue] - without snippet and version, as pages ask for it
