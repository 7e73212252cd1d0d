"""Where a report and its pictures are written. What is wrong with a place is reported before anything is read or written."""

from collections.abc import Iterable
from pathlib import Path

from sessionmodels.display.files import exists, refuse_to_overwrite, writing
from sessionmodels.errors import SettingsError


def refuse_other_file(file: Path, *, replace: bool) -> None:
    """Refuse a place where no file can be, or where there is one that sessionmodels did not write.

    Raises:
        SettingsError: no file can be there, or the one that is there must not be overwritten.
    """
    with writing(file):
        is_folder = exists(file) and file.is_dir()
    if is_folder:
        msg = f"{str(file)!r} is a folder; name a file in it"
        raise SettingsError(msg)
    if not file.parent.is_dir():
        msg = f"{str(file)!r} cannot be written: there is no folder {str(file.parent)!r}"
        raise SettingsError(msg)
    if not replace:
        refuse_to_overwrite([file])


def refuse_no_folder(folder: Path) -> None:
    """Refuse a folder that neither exists nor can be created.

    Raises:
        SettingsError: something else is there, or on the way there; or its name cannot be one.
    """
    with writing(folder):
        on_the_way = next(one for one in (folder, *folder.absolute().parents) if exists(one))
    if not on_the_way.is_dir():
        msg = f"{str(folder)!r} cannot be a folder for pictures: {str(on_the_way)!r} is a file"
        raise SettingsError(msg)


def refuse_other_pictures(folder: Path, names: Iterable[str], *, replace: bool) -> None:
    """Refuse to overwrite pictures of figures with these names. A picture has no mark, so older ones are refused, too.

    Raises:
        SettingsError: one is there; or the folder can't be.
    """
    refuse_no_folder(folder)
    found = [f"{one}.png" for one in sorted(names) if exists(folder / f"{one}.png")]
    if found and not replace:
        msg = f"{str(folder)!r} has {', '.join(found)} already; choose another folder, or replace them (--replace)"
        raise SettingsError(msg)
