"""The files that the setting `tracks` names: absolute patterns, and the local files that match each."""

import os
from collections import Counter
from collections.abc import Sequence
from glob import escape, glob
from pathlib import Path
from typing import IO, Final

from sessionmodels.errors import SettingsError, SourceError
from sessionmodels.errors.redaction import whole

NAMED_IN_FULL: Final = 3
"""How many patterns a message lists."""

GZIPPED: Final = b"\x1f\x8b"
"""How a gzipped file begins."""


def is_remote(pattern: str) -> bool:
    """Whether a pattern is a URL, which only DuckDB can open."""
    return "://" in pattern


def called(patterns: Sequence[str]) -> str:
    """Return the name of these files in messages."""
    shown = [whole(pattern) for pattern in patterns]
    if len(shown) <= NAMED_IN_FULL:
        return ", ".join(shown)
    return f"{', '.join(shown[:NAMED_IN_FULL])} and {len(patterns) - NAMED_IN_FULL:,} more"


def absolute(pattern: str) -> str:
    """Return the absolute pattern, because a view of files may be queried from another folder.

    The name of an existing file is that file, not a pattern: shells expand `*` to names that may contain brackets.
    """
    if is_remote(pattern):
        return pattern
    expanded = os.path.expanduser(pattern)  # noqa: PTH111 - a Path would lose a trailing slash
    if os.path.isfile(expanded):  # noqa: PTH113 - a Path raises if a folder is not accessible
        return escape(os.path.abspath(expanded))  # noqa: PTH100 - links stay as they are
    home = expanded[: len(expanded) - len(pattern) + 1] if pattern.startswith("~/") else ""
    if home:
        return escape(home) + pattern[1:]
    here = escape(str(Path.cwd()))  # a `[` in the folder's own name is not a pattern
    return os.path.normpath(os.path.join(here, expanded))  # noqa: PTH118 - as above


def absolutes(patterns: Sequence[str]) -> tuple[str, ...]:
    """Return each absolute pattern once."""
    return tuple(dict.fromkeys(map(absolute, patterns)))


def matched(pattern: str) -> list[str]:
    """Return the local files that match an absolute pattern, in order; none for a URL."""
    return [] if is_remote(pattern) else sorted(glob(pattern, recursive=True))  # noqa: PTH207 - a Path accepts no absolute pattern


def refuse_folder(pattern: str) -> None:
    """Refuse a folder: only a pattern says which of its files are events.

    Raises:
        SettingsError: the pattern is a folder.
    """
    if os.path.isdir(os.path.expanduser(pattern)):  # noqa: PTH111, PTH112 - a Path raises if a folder is not accessible
        msg = f"tracks={pattern!r} is a folder; write a pattern for the files in it, such as '{pattern.rstrip('/')}/*.parquet'"
        raise SettingsError(msg)


def refuse_missing(patterns: Sequence[str]) -> None:
    """Refuse a pattern that matches no local file.

    Raises:
        SourceError: there is such a pattern.
    """
    for pattern in patterns:
        if not is_remote(pattern) and not matched(absolute(pattern)):
            msg = f"tracks={pattern!r}: {_why_none(pattern)}"
            raise SourceError(msg)


def _why_none(pattern: str) -> str:
    folders = [one for one in reversed(Path(absolute(pattern)).parents) if "*" not in str(one) and os.path.isdir(one)]  # noqa: PTH112 - a Path raises
    closed = next((one for one in folders if not os.access(one, os.R_OK | os.X_OK)), None)
    if closed:
        return f"permission denied: the folder {str(closed)!r} cannot be read; have it opened to you, or name other files"
    several = "; give --tracks once for each pattern" if "," in pattern else ""
    return f"no file matches; check that the files exist{several}"


def is_gzipped(raw: IO[bytes]) -> bool:
    """Whether an opened file is gzipped, by its first bytes."""
    start = raw.read(len(GZIPPED))
    raw.seek(0)
    return start == GZIPPED


def refuse_twice(patterns: Sequence[str]) -> None:
    """Refuse overlapping patterns: a file that matches two of them would be read twice.

    Raises:
        SettingsError: two patterns match one file.
    """
    found = {pattern: {str(Path(file).resolve()) for file in matched(pattern)} for pattern in absolutes(patterns)}
    count = Counter(file for files in found.values() for file in files)
    twice = next((file for file, times in count.items() if times > 1), None)
    if twice:
        by = ", ".join(repr(pattern) for pattern in patterns if twice in found.get(absolute(pattern), ()))
        msg = f"tracks names {twice!r} more than once (by {by}); name each file once, so that no event is read twice"
        raise SettingsError(msg)
