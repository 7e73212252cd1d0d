"""The project's environment, much as `alembic init --template pyproject` writes it."""

import os

from alembic import context
from shop import metadata
from sqlalchemy import NullPool, create_engine


def is_theirs(name, type_, _parents):
    return type_ != "table" or name != "tracks"  # the loader's


if context.is_offline_mode():
    context.configure(
        url=os.environ["SHOP_URL"],
        target_metadata=metadata,
        literal_binds=True,
    )
    with context.begin_transaction():
        context.run_migrations()
else:
    with create_engine(os.environ["SHOP_URL"], poolclass=NullPool).connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            include_name=is_theirs,
        )
        with context.begin_transaction():
            context.run_migrations()
