"""A database that a module's tests share because they only read it; one that changes it takes a copy."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from engines import copy_engine, discard, duckdb_engine, make_engine, params
from streams import OLD
from tables import write_tracks

from sessionmodels import build_all


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


def copies(fill: Callable[[sa.Engine], object], *names: str) -> Any:
    """Return a fixture that gives on each of these in turn a copy of a database that was filled once.

    They are those whose databases can be copied: DuckDB, PostgreSQL, and Redshift's dialect on PostgreSQL.
    """
    filled: dict[str, sa.Engine] = {}

    @pytest.fixture(params=params(*names))
    def made(request, tmp_path, tmp_path_factory) -> Iterator[sa.Engine]:
        if request.param not in filled:
            template = make_engine(request.param, request, tmp_path_factory.mktemp("filled"))
            fill(template)
            filled[request.param] = template
        engine = copy_engine(filled[request.param], tmp_path)
        yield engine
        discard(engine)

    return made


def build_old(engine: sa.Engine) -> None:
    """Build from the rows of `OLD`, under the default settings."""
    write_tracks(engine, OLD)
    build_all(engine)
