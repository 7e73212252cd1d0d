"""The plot library's scripts as one, which takes seconds to make: once for all workers and runs, in the user's cache folder."""

import fcntl
from collections.abc import Callable
from importlib.metadata import version

from platformdirs import user_cache_path

CACHE = user_cache_path("sessionmodels-tests") / f"vl-convert-{version('vl-convert-python')}.js"


def from_cache(make: Callable[[], str]) -> Callable[[], str]:
    """Return a function that gives what this one makes, from the cache if it was made before."""

    def bundle() -> str:
        try:
            CACHE.parent.mkdir(parents=True, exist_ok=True)
            lock = CACHE.with_suffix(".lock").open("w")
        except OSError:  # a user without a home
            return make()
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # one worker makes it, the others wait for it
            if not CACHE.exists():
                made = CACHE.with_suffix(".new")
                made.write_bytes(make().encode())
                made.replace(CACHE)
        return CACHE.read_bytes().decode()

    return bundle
