"""A warehouse: what there is to know about it, in a handful of parts."""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from sqlalchemy.types import TypeEngine

from sessionmodels.warehouses.catalogue import Catalogue
from sessionmodels.warehouses.job import Strategy
from sessionmodels.warehouses.parts import Driver, Schemas, Tables, Transactions


@dataclass(frozen=True, kw_only=True)
class Warehouse:
    """A warehouse's facts. None of its parts has a default: a new warehouse must say each."""

    dialect: str
    """SQLAlchemy's name for it."""

    title: str
    """Its name for people."""

    loaded: Mapping[str, TypeEngine[Any]]
    """The columns of the `tracks` table as RudderStack's loader creates it there, for SQL written without a connection."""

    driver: Driver
    transactions: Transactions
    schemas: Schemas
    tables: Tables
    strategy: Strategy
    catalogue: type[Catalogue]

    @property
    def writes_schemas_out(self) -> bool:
        """Whether statements that run there name every schema."""
        return self.schemas.always_named or self.transactions.safe_names is not nullcontext

    @property
    def is_a_file(self) -> bool:
        """Whether a URL names a file."""
        return self.driver.is_empty_file is not None
