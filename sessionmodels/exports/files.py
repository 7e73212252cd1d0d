"""The files of an export: what marks them, and how they are written without overwriting anything else."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from sessionmodels.errors import SettingsError

MARK: Final = "written by sessionmodels"
"""What every file contains that a command of ours wrote, and so may overwrite."""

_COMMENTS: Final = {".yml": "# {}", ".yaml": "# {}", ".lkml": "# {}", ".sql": "-- {}"}
"""By a file's ending, a comment. JSON has none, and says it in the data."""


def marked(name: str, text: str, version: str) -> str:
    """Return a file's text with a comment that says where it comes from."""
    comment = _COMMENTS.get(Path(name).suffix)
    if comment is None:
        return text
    return f"{comment.format(f'{MARK} {version}; the same command overwrites it')}\n{text}"


def write_files(folder: Path, files: Mapping[str, str], *, replace: bool = False) -> tuple[Path, ...]:
    """Write the files into a folder, which is created if it is missing. Returns their paths.

    Raises:
        SettingsError: one is there already and no command of ours wrote it, or the folder cannot be written. Nothing was written.
    """
    paths = {folder / name: text for name, text in files.items()}
    try:
        if not replace:
            _refuse_others(paths)
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in paths.items():
            path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        msg = f"{str(error.filename or folder)!r} cannot be written: {error.strerror}; choose another folder"
        raise SettingsError(msg) from None
    return tuple(paths)


def _refuse_others(paths: Mapping[Path, str]) -> None:
    for path in paths:
        if path.exists() and MARK not in path.read_text(encoding="utf-8", errors="replace"):
            msg = (
                f"{str(path)!r} is there already, and sessionmodels did not write it, so nothing was written; choose another"
                " place, or overwrite it with replace (--replace)"
            )
            raise SettingsError(msg)
