"""What to install where a warehouse's package or driver is missing."""

from sqlalchemy import URL, Engine

from sessionmodels.errors import SettingsError
from sessionmodels.warehouses.warehouse import Warehouse


def missing_dialect(warehouse: Warehouse) -> SettingsError:
    """Return the error that tells of a missing SQLAlchemy dialect, without which no SQL of the warehouse can be written."""
    return SettingsError(
        f"the SQL of {warehouse.title} is written by its SQLAlchemy dialect, which is not installed (no login or connection is"
        f" needed); {_install(warehouse)}"
    )


def missing_driver(warehouse: Warehouse, url: URL, error: Exception) -> SettingsError:
    """Return the error that tells of a missing driver: the warehouse's own, or another one that the URL asks for."""
    asked = url.drivername.partition("+")[2]
    if asked in {"", warehouse.driver.name}:
        return SettingsError(f"the driver for {warehouse.title} is not installed ({error}); {_install(warehouse)}")
    return SettingsError(
        f"the URL asks for the driver {asked!r}, which is not installed ({error}); install it, or write"
        f" {warehouse.dialect}://... and {_install(warehouse)}, which brings {warehouse.driver.name or 'the driver'}"
    )


def refuse_async(engine: Engine, warehouse: Warehouse) -> None:
    """Refuse a driver that is for asyncio alone.

    Raises:
        SettingsError: it is one.
    """
    if engine.dialect.is_async:
        msg = (
            f"the URL asks for {engine.url.drivername!r}, a driver for asyncio, which sessionmodels does not use; write"
            f" {warehouse.dialect}://..."
        )
        raise SettingsError(msg)


def _install(warehouse: Warehouse) -> str:
    return f"install the extra: pip install '.[{warehouse.driver.extra}]' in the checkout of sessionmodels"
