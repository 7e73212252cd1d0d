"""A database that a module's tests share because they only read it; one that changes it takes a copy (`copy_engine`)."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from engines import duckdb_engine


def kept(fill: Callable[[sa.Engine], object]) -> Any:
    """Return a fixture that gives a module one DuckDB file, filled like this."""

    @pytest.fixture(scope="module")
    def made(tmp_path_factory) -> Iterator[sa.Engine]:
        engine = duckdb_engine(tmp_path_factory.mktemp("kept"))
        fill(engine)
        yield engine
        engine.dispose()

    return made
