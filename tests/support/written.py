"""SQL written by hand, for what only a server's own language says."""

from typing import Any

import sqlalchemy as sa


def execute(engine: sa.Engine, *statements: str) -> None:
    """Run these statements in one transaction."""
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def reader_without(engine: sa.Engine, table: str) -> sa.Engine:
    """Return an engine of a new role of PostgreSQL's that may read all tables but this one."""
    role = f"reader_{engine.url.database}"
    execute(
        engine,
        f"CREATE ROLE {role} LOGIN",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}",
        f"REVOKE ALL ON {table} FROM {role}",
    )
    return sa.create_engine(engine.url.set(username=role))


def scalar(engine: sa.Engine, statement: str) -> Any:
    """Return the one value that a statement gives."""
    with engine.connect() as connection:
        return connection.exec_driver_sql(statement).scalar_one()
