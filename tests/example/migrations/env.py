"""The project's environment, much as `alembic init --template pyproject` writes it."""

import os

from alembic import context
from shop import metadata
from sqlalchemy import NullPool, create_engine

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
        )
        with context.begin_transaction():
            context.run_migrations()
