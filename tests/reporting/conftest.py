"""The plot library's scripts, which every page has, are made once for all workers."""

import vl_convert
from plot_library import from_cache

vl_convert.javascript_bundle = from_cache(vl_convert.javascript_bundle)  # pyright: ignore[reportArgumentType] - the stub lacks its default
