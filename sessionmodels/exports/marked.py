"""Marks the files of an export as ours, so that the next export may overwrite them."""

from pathlib import Path
from typing import Final

from sessionmodels.display.files import MARK

_COMMENTS: Final = {".yml": "# {}", ".yaml": "# {}", ".lkml": "# {}", ".sql": "-- {}"}
"""By a file's ending, a comment. JSON has none, and has the mark in its data."""


def marked(name: str, text: str, version: str) -> str:
    """Return a file's text with a comment that says where it comes from."""
    comment = _COMMENTS.get(Path(name).suffix)
    if comment is None:
        return text
    return f"{comment.format(f'{MARK} {version}; the same command overwrites it')}\n{text}"
