"""What Alembic must know of a dialect that brings no implementation of its own."""

from alembic.ddl.impl import DefaultImpl


class SnowflakeImpl(DefaultImpl):
    """Snowflake, where each statement that changes the catalogue commits at once.

    A project that has declared its own comes later, and stands.
    """

    __dialect__ = "snowflake"
    transactional_ddl = False
