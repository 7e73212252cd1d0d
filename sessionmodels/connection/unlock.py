"""Lets statements hash ids with the key in the environment, and keeps what is derived from it out of messages and logs."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from sessionmodels.connection.transaction import NOTHING_CHANGED
from sessionmodels.errors import BuildError
from sessionmodels.errors.redaction import hiding, redacted
from sessionmodels.settings.key import VARIABLE, Key, key_in_environment
from sessionmodels.sql.keyed_hash import Blocks, using
from sessionmodels.warehouses import warehouse_of


@contextmanager
def unlocked(connection: Connection) -> Iterator[None]:
    """Let statements on a connection hash ids while the block runs, if the environment has a key."""
    key = key_in_environment()
    if key is None:
        yield
        return
    with hiding(*key.secrets), _masked_log(connection.engine), using(key.blocks):
        _give(connection, key)
        try:
            yield
        finally:
            with suppress(DBAPIError):  # a connection that is lost has forgotten them, too
                _set(connection, None)


def _give(connection: Connection, key: Key) -> None:
    try:
        _set(connection, key.blocks)
    except DBAPIError as error:
        why = redacted(str(error.orig)).strip()
    else:
        return
    # Raised here, the error has no context: the driver's error has the statement's parameters.
    what = "the build"
    msg = f"{what}: could not prepare to hash ids with {VARIABLE}: {why}. {NOTHING_CHANGED}"
    raise BuildError(what, msg)


def _set(connection: Connection, blocks: Blocks | None) -> None:
    keep = warehouse_of(connection.dialect.name).driver.keep_blocks
    if keep is not None:
        if connection.in_transaction():
            connection.rollback()
        with connection.begin():
            keep(connection, blocks)


@contextmanager
def _masked_log(engine: Engine) -> Iterator[None]:
    """Mask what an engine logs of its statements, if it logs them (`echo=True`)."""
    found: Any = getattr(engine.logger, "logger", engine.logger)
    if not isinstance(found, logging.Logger):
        yield
        return
    found.addFilter(_mask)
    try:
        yield
    finally:
        found.removeFilter(_mask)


def _mask(record: logging.LogRecord) -> bool:
    record.msg, record.args = redacted(record.getMessage()), ()
    return True
