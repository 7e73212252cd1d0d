"""DuckDB, the embedded default."""

from sqlalchemy import TIMESTAMP

from sessionmodels.warehouses.anew import make_anew
from sessionmodels.warehouses.warehouse import Warehouse, rudderstack

DUCKDB = Warehouse(
    dialect="duckdb",
    title="DuckDB",
    extra="duckdb",
    loaded=rudderstack(TIMESTAMP(timezone=True)),
    # DDL is versioned like rows: readers keep the old table until the commit, and views find the new one by name.
    renew=make_anew,
    builds=True,
    is_a_file=True,
    # Its only level is a snapshot; the dialect calls it by this name.
    isolation_level="READ COMMITTED",
)
