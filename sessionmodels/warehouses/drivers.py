"""What to install if a warehouse's package or driver is missing."""

from sqlalchemy import URL, Engine

from sessionmodels.errors import SettingsError, how_to_install
from sessionmodels.warehouses.warehouse import Warehouse


def missing_dialect(warehouse: Warehouse) -> SettingsError:
    """Return the error about a missing SQLAlchemy dialect, which is needed to write the warehouse's SQL."""
    return SettingsError(
        f"writing SQL for {warehouse.title} requires its SQLAlchemy dialect, which is not installed (no login or connection is"
        f" needed); {_install(warehouse)}"
    )


def missing_driver(warehouse: Warehouse, url: URL, error: Exception) -> SettingsError:
    """Return the error about a missing driver: the warehouse's own, or another one that the URL names."""
    requested = url.drivername.partition("+")[2]
    if requested in {"", warehouse.driver.name}:
        return SettingsError(f"the driver for {warehouse.title} is not installed ({error}); {_install(warehouse)}")
    return SettingsError(
        f"the URL names the driver {requested!r}, which is not installed ({error}); install it, or write"
        f" {warehouse.dialect}://... and {_install(warehouse)}, which brings {warehouse.driver.name or 'the driver'}"
    )


def refuse_async(engine: Engine, warehouse: Warehouse) -> None:
    """Refuse a driver that only works with asyncio.

    Raises:
        SettingsError: it is such a driver.
    """
    if engine.dialect.is_async:
        msg = (
            f"the URL names {engine.url.drivername!r}, a driver for asyncio, which sessionmodels does not use; write"
            f" {warehouse.dialect}://..."
        )
        raise SettingsError(msg)


def _install(warehouse: Warehouse) -> str:
    return how_to_install(warehouse.driver.extra)
