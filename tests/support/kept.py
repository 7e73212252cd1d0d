"""A database that a module's tests share because they only read it; one that changes it takes a copy."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from engines import copy_engine, duckdb_engine


def kept(fill: Callable[[sa.Engine], object]) -> Any:
    """Return a fixture that gives a module one DuckDB file, filled like this."""

    @pytest.fixture(scope="module")
    def made(tmp_path_factory) -> Iterator[sa.Engine]:
        engine = duckdb_engine(tmp_path_factory.mktemp("kept"))
        fill(engine)
        yield engine
        engine.dispose()

    return made


def copy_of(name: str) -> Any:
    """Return a fixture that gives a test a copy of its own of what the fixture of that name keeps."""

    @pytest.fixture
    def made(request, tmp_path) -> Iterator[sa.Engine]:
        engine = copy_engine(request.getfixturevalue(name), tmp_path)
        yield engine
        engine.dispose()

    return made
