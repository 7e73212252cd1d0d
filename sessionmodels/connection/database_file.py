"""A database that is a file: whether it exists, private when it is new, and removed if it stays empty."""

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
"""The mode bits that allow other users to read and write."""


def file_of(url: URL, warehouse: Warehouse) -> Path | None:
    """Return the file that a URL names, or None for another warehouse or a database in memory."""
    name = url.database
    return Path(name) if warehouse.is_a_file and name and not name.startswith(NO_FILES) else None


def exists(file: Path) -> bool:
    """Whether the file exists.

    Raises:
        ConnectError: this cannot be determined: a folder is not accessible, or the name is too long.
    """
    try:
        file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        msg = f"cannot open {str(file)!r}: {error.strerror}; check the path and the permissions of its folders"
        raise ConnectError(msg) from None
    return True


@contextmanager
def private(file: Path | None) -> Iterator[None]:
    """Give files that are created meanwhile the database's permissions. A new database is readable only by its owner.

    This covers DuckDB's write-ahead log and its spilled data, which lie next to the file and hold the same ids.
    """
    if file is None:
        yield
        return
    mode = file.stat().st_mode if exists(file) else 0
    before = os.umask(FOR_OTHERS)
    os.umask(before | (~mode & FOR_OTHERS))
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def no_empty_file(file: Path | None, url: URL, warehouse: Warehouse) -> Iterator[None]:
    """Remove a newly created database file if it is still empty at the end, as it is after an error."""
    is_new = file is not None and not exists(file)
    try:
        yield
    finally:
        if is_new and file and file.is_file() and _is_empty(url, warehouse):
            file.unlink()


def _is_empty(url: URL, warehouse: Warehouse) -> bool:
    # Another program may have opened and filled the file by now.
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return warehouse.driver.is_empty_file is not None and warehouse.driver.is_empty_file(connection)
    except SQLAlchemyError:
        return False
    finally:
        engine.dispose()
