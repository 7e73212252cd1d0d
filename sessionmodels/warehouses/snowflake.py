"""Snowflake: the SQL is written for it; `build_all` does not run there yet."""

from sqlalchemy import TIMESTAMP

from sessionmodels.warehouses.anew import make_anew
from sessionmodels.warehouses.warehouse import Warehouse, rudderstack

SNOWFLAKE = Warehouse(
    dialect="snowflake",
    title="Snowflake",
    extra="snowflake",
    # The loader makes `TIMESTAMP_TZ`.
    loaded=rudderstack(TIMESTAMP(timezone=True)),
    renew=make_anew,
)
