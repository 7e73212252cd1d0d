"""The plot library's scripts as one, which every page has, are made once for all workers and runs."""

from importlib.metadata import version
from typing import Any

import vl_convert
from cached import cached

NAME = f"vl-convert-{version('vl-convert-python')}.js"
make: Any = vl_convert.javascript_bundle  # its stub says that it must be told of a snippet


def bundle() -> str:
    """Return the scripts."""
    kept = cached(NAME, lambda: make().encode())
    return kept.read_bytes().decode() if kept else make()


vl_convert.javascript_bundle = bundle
