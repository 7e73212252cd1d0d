"""Alembic's implementation of dialects that come without one."""

from alembic.ddl.impl import DefaultImpl, _impls

if "snowflake" not in _impls:  # a project may have declared its own, as Snowflake's documentation recommends

    class SnowflakeImpl(DefaultImpl):
        """Snowflake, where each statement that changes the catalogue commits at once."""

        __dialect__ = "snowflake"
        transactional_ddl = False
