"""Redshift: the SQL is written for it; `build_all` does not run there yet."""

from sqlalchemy import TIMESTAMP

from sessionmodels.warehouses.anew import make_anew
from sessionmodels.warehouses.warehouse import Warehouse, rudderstack

REDSHIFT = Warehouse(
    dialect="redshift",
    title="Redshift",
    extra="redshift",
    # The loader makes `TIMESTAMP` without zone, in UTC.
    loaded=rudderstack(TIMESTAMP(timezone=False)),
    renew=make_anew,
)
