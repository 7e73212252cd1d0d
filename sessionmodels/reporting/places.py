"""Where a report is written. What is wrong with a place is said before anything is read or written."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sessionmodels.errors import SettingsError

MARK: Final = '<meta name="generator" content="sessionmodels">'
"""What every report has near its beginning."""


@contextmanager
def writing(place: Path) -> Iterator[None]:
    """Say of which place it is that something cannot be found or written there.

    Raises:
        SettingsError: it cannot.
    """
    try:
        yield
    except (OSError, ValueError) as error:  # a name with a NUL is a ValueError
        why = error.strerror if isinstance(error, OSError) else error
        msg = f"{str(place)!r} cannot be written: {why}"
        raise SettingsError(msg) from error


def refuse_other_file(file: Path, *, replace: bool) -> None:
    """Refuse a place where no file can be, or where there is one that is no report.

    Raises:
        SettingsError: the place is such a one.
    """
    with writing(file):
        found = _exists(file)
        is_report = found and file.is_file() and MARK in file.read_bytes()[:2000].decode("utf-8", "replace")
    if file.is_dir():
        msg = f"{str(file)!r} is a folder; name a file in it"
        raise SettingsError(msg)
    if not file.parent.is_dir():
        msg = f"{str(file)!r} cannot be written: there is no folder {str(file.parent)!r}"
        raise SettingsError(msg)
    if found and not is_report and not replace:
        msg = f"{str(file)!r} is there, and is no report; choose another file, or replace it (--replace)"
        raise SettingsError(msg)


def refuse_no_folder(folder: Path) -> None:
    """Refuse a folder that can neither be there nor be made.

    Raises:
        SettingsError: something else is there, or on the way there; or its name cannot be one.
    """
    with writing(folder):
        on_the_way = next(one for one in (folder, *folder.absolute().parents) if _exists(one))
    if not on_the_way.is_dir():
        msg = f"{str(folder)!r} cannot be a folder for pictures: {str(on_the_way)!r} is a file"
        raise SettingsError(msg)


def refuse_other_pictures(folder: Path, names: Iterable[str], *, replace: bool) -> None:
    """Refuse to replace pictures that are there of figures with these names.

    Raises:
        SettingsError: one is there; or the folder can't be.
    """
    refuse_no_folder(folder)
    found = [f"{one}.png" for one in sorted(names) if _exists(folder / f"{one}.png")]
    if found and not replace:
        msg = f"{str(folder)!r} has {', '.join(found)} already; choose another folder, or replace them (--replace)"
        raise SettingsError(msg)


def _exists(place: Path) -> bool:
    """Whether something is there, even a link to nothing. Unlike `Path.exists`, raises that a name is too long, or no name."""
    try:
        place.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True
