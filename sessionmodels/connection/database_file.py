"""A database that is a file: whether it is there, private where it is made, and taken away where nothing came into it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import URL, create_engine
from sqlalchemy.exc import SQLAlchemyError

from sessionmodels.errors import ConnectError
from sessionmodels.warehouses.warehouse import Warehouse

NO_FILES: Final = (":memory:", "md:", "motherduck:")
FOR_OTHERS: Final = 0o066
"""The bits of a mode by which others read and write."""


def file_of(url: URL, warehouse: Warehouse) -> Path | None:
    """Return the file that a URL names; None where it names none: another warehouse, or a database in memory."""
    name = url.database
    return Path(name) if warehouse.is_a_file and name and not name.startswith(NO_FILES) else None


def is_there(file: Path) -> bool:
    """Whether the file is there.

    Raises:
        ConnectError: that cannot be told: a folder may not be entered, or the name is too long.
    """
    try:
        file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        msg = f"cannot open {str(file)!r}: {error.strerror}; check the path, and who may enter its folders"
        raise ConnectError(msg) from None
    return True


@contextmanager
def private(file: Path | None) -> Iterator[None]:
    """Let others read what the process makes meanwhile only where they may read the file: a new one is its owner's alone.

    So are DuckDB's log of changes and what it swaps out, which stand beside the file and hold the same ids.
    """
    if file is None:
        yield
        return
    mode = file.stat().st_mode if is_there(file) else 0
    before = os.umask(FOR_OTHERS)
    os.umask(before | (~mode & FOR_OTHERS))
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def no_empty_file(file: Path | None, url: URL, warehouse: Warehouse) -> Iterator[None]:
    """Take away again the file that was made of a name, where nothing came into it: after an error."""
    made = file is not None and not is_there(file)
    try:
        yield
    finally:
        if made and file and file.is_file() and _is_empty(url, warehouse):
            file.unlink()


def _is_empty(url: URL, warehouse: Warehouse) -> bool:
    # Another program may have the file by now, and have filled it.
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return warehouse.driver.is_empty_file is not None and warehouse.driver.is_empty_file(connection)
    except SQLAlchemyError:
        return False
    finally:
        engine.dispose()
