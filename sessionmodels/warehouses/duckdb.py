"""DuckDB, the embedded default."""

from sqlalchemy import TIMESTAMP, Connection

from sessionmodels.warehouses.anew import make_anew
from sessionmodels.warehouses.warehouse import Warehouse, rudderstack


def is_empty(connection: Connection) -> bool:
    """Whether the database has neither a table nor a view."""
    tables = connection.exec_driver_sql("SELECT count(*) FROM duckdb_tables() WHERE NOT internal").scalar_one()
    views = connection.exec_driver_sql("SELECT count(*) FROM duckdb_views() WHERE NOT internal").scalar_one()
    return tables + views == 0


DUCKDB = Warehouse(
    dialect="duckdb",
    title="DuckDB",
    extra="duckdb",
    loaded=rudderstack(TIMESTAMP(timezone=True)),
    # DDL is versioned like rows: readers keep the old table until the commit, and views find the new one by name.
    renew=make_anew,
    builds=True,
    is_empty_file=is_empty,
    # Its only level is a snapshot; the dialect calls it by this name.
    isolation_level="READ COMMITTED",
)
