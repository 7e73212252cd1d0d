"""What takes seconds to make and never changes: made once for all workers and runs, in the user's cache folder."""

import fcntl
from collections.abc import Callable
from pathlib import Path

from platformdirs import user_cache_path


def cached(name: str, make: Callable[[], bytes]) -> Path | None:
    """Return the file of that name, with what this has made; None for a user without a home."""
    file = user_cache_path("sessionmodels-tests") / name
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        lock = file.with_suffix(".lock").open("w")
    except OSError:
        return None
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one worker makes it, the others wait for it
        if not file.exists():
            made = file.with_suffix(".new")
            made.write_bytes(make())
            made.replace(file)
    return file
