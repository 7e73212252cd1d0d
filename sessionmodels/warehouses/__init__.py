"""How each warehouse stores, replaces and lays out tables: one file per warehouse, with its facts and their reasons."""

from sessionmodels.errors import SettingsError, did_you_mean
from sessionmodels.warehouses.bigquery import BIGQUERY
from sessionmodels.warehouses.duckdb import DUCKDB
from sessionmodels.warehouses.postgresql import POSTGRESQL
from sessionmodels.warehouses.redshift import REDSHIFT
from sessionmodels.warehouses.snowflake import SNOWFLAKE
from sessionmodels.warehouses.warehouse import Warehouse

WAREHOUSES = {warehouse.dialect: warehouse for warehouse in (DUCKDB, POSTGRESQL, BIGQUERY, SNOWFLAKE, REDSHIFT)}


def warehouse_of(dialect: str) -> Warehouse:
    """Return the facts of the warehouse that SQLAlchemy knows by that name.

    Raises:
        SettingsError: it is not one of the five.
    """
    if dialect not in WAREHOUSES:
        msg = f"{dialect!r} is not supported; {did_you_mean(dialect, WAREHOUSES)}"
        raise SettingsError(msg)
    return WAREHOUSES[dialect]
