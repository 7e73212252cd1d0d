"""Pages, exports and reports as files. One that sessionmodels did not write is never overwritten unasked."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sessionmodels.errors import SettingsError

MARK: Final = "written by sessionmodels"
"""Marks a file, at its start, as one that sessionmodels may overwrite. JSON has no comments, so the mark is part of its data."""

START: Final = 1_000
"""The number of bytes at the start of a file. Further on, the words may be somebody's own."""


@contextmanager
def writing(place: Path) -> Iterator[None]:
    """Name the file or folder if something cannot be found or written there.

    Raises:
        SettingsError: it cannot.
    """
    try:
        yield
    except (OSError, ValueError) as error:  # a name with a NUL is a ValueError
        why = error.strerror if isinstance(error, OSError) else error
        msg = f"{str(place)!r} cannot be written: {why}; choose another place"
        raise SettingsError(msg) from error


def exists(place: Path) -> bool:
    """Whether something is there, even a link to nothing. Unlike `Path.exists`, raises if the name is too long, or no name."""
    try:
        place.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def refuse_to_overwrite(files: Iterable[Path]) -> None:
    """Refuse files that are there and that sessionmodels did not write.

    Raises:
        SettingsError: one is there, or a folder, or a file cannot be there.
    """
    for file in files:
        with writing(file):
            is_folder = exists(file) and file.is_dir()
            is_other = exists(file) and not (file.is_file() and _is_marked(file))
        if is_folder:
            msg = f"{str(file)!r} is a folder; choose another place"
            raise SettingsError(msg)
        if is_other:
            msg = (
                f"{str(file)!r} is there already, and sessionmodels did not write it, so nothing was written; choose another"
                " place, or overwrite it with replace (--replace)"
            )
            raise SettingsError(msg)


def _is_marked(file: Path) -> bool:
    with file.open("rb") as opened:
        return MARK.encode() in opened.read(-1 if file.suffix == ".json" else START)


def write_files(folder: Path, files: Mapping[str, str], *, replace: bool = False) -> tuple[Path, ...]:
    """Write the files into a folder, which is created if it is missing. Returns their paths.

    Raises:
        SettingsError: one is there already and sessionmodels did not write it, or the folder cannot be written. Nothing was
            written.
    """
    paths = {folder / name: text for name, text in files.items()}
    if not replace:
        refuse_to_overwrite(paths)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    for path, text in paths.items():
        with writing(path):
            path.write_text(text, encoding="utf-8", newline="\n")
    return tuple(paths)
