"""BigQuery: the SQL is written for it; `build_all` does not run there yet."""

from sqlalchemy import TIMESTAMP

from sessionmodels.warehouses.anew import make_anew
from sessionmodels.warehouses.warehouse import Warehouse, rudderstack

BIGQUERY = Warehouse(
    dialect="bigquery",
    title="BigQuery",
    extra="bigquery",
    # `TIMESTAMP` is an instant there: it needs no conversion to UTC.
    loaded=rudderstack(TIMESTAMP(timezone=True), "loaded_at"),
    renew=make_anew,
)
