"""SQL written by hand, for what only a server's own language says."""

from typing import Any

import sqlalchemy as sa


def execute(engine: sa.Engine, *statements: str) -> None:
    """Run these statements in one transaction."""
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def scalar(engine: sa.Engine, statement: str) -> Any:
    """Return the one value that a statement gives."""
    with engine.connect() as connection:
        return connection.exec_driver_sql(statement).scalar_one()
