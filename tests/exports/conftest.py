"""A database with the shop's relations, which all formats are tested on."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from figures import build_shop, expected_figures

from sessionmodels import Settings


class Shop:
    """The relations of the shop, and what every figure must be."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = sa.create_engine(url)
        self.settings: Settings = build_shop(self.engine, url=url)
        self.expected = expected_figures(self.engine, self.settings)

    def value(self, sql: str) -> Any:
        """Return the one value of a query."""
        with self.engine.connect() as connection:
            return connection.exec_driver_sql(sql).scalar_one()


@pytest.fixture(scope="package")
def shop(tmp_path_factory) -> Iterator[Shop]:
    """The shop, built once."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("MAX_EXCLUDED_SHARE", "1"), ("MAX_DUPLICATE_SHARE", "1")):
            patch.setenv(f"SESSIONMODELS_{name}", value)
        made = Shop(f"duckdb:///{tmp_path_factory.mktemp('shop') / 'my shop.duckdb'}")
    yield made
    made.engine.dispose()
