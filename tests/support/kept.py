"""A database that tests share because they only read it; one that changes it takes a copy."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from engines import copy_engine, discard, duckdb_engine, make_engine, params


def kept(fill: Callable[[sa.Engine], object]) -> Any:
    """Return a fixture that gives a module one DuckDB file, filled like this."""

    @pytest.fixture(scope="module")
    def made(tmp_path_factory) -> Iterator[sa.Engine]:
        engine = duckdb_engine(tmp_path_factory.mktemp("kept"))
        fill(engine)
        yield engine
        engine.dispose()

    return made


def kept_on(*names: str, fill: Callable[[sa.Engine], object]) -> Any:
    """Return a fixture that gives a module one database of each of these engines in turn, filled like this.

    It is no fixture of the module's scope: one whose parameter stands beside another is made anew for each case.
    """
    of: dict[str, sa.Engine] = {}

    @pytest.fixture(params=params(*names))
    def made(request, tmp_path_factory) -> sa.Engine:
        name = request.param
        if name not in of:
            engine = make_engine(name, request, tmp_path_factory.mktemp("kept"))
            fill(engine)
            of[name] = engine
            request.node.getparent(pytest.Module).addfinalizer(lambda: discard(of.pop(name)))
        return of[name]

    return made


def copy_of(name: str) -> Any:
    """Return a fixture that gives a test a copy of its own of what the fixture of that name keeps."""

    @pytest.fixture
    def made(request, tmp_path) -> Iterator[sa.Engine]:
        engine = copy_engine(request.getfixturevalue(name), tmp_path)
        yield engine
        engine.dispose()

    return made


class Template:
    """A database that is filled like this once in each worker and on each warehouse, and of which tests take copies.

    The warehouses are those whose databases can be copied: DuckDB, PostgreSQL, and Redshift's dialect on PostgreSQL.
    """

    def __init__(self, fill: Callable[[sa.Engine], object]) -> None:
        """Take what fills a database."""
        self._fill = fill
        self._filled: dict[str, sa.Engine] = {}

    def copies(self, *names: str) -> Any:
        """Return a fixture that gives a test a copy of its own, on each of these warehouses in turn."""

        @pytest.fixture(params=params(*names))
        def made(request, tmp_path, tmp_path_factory) -> Iterator[sa.Engine]:
            name = request.param
            if name not in self._filled:
                engine = make_engine(name, request, tmp_path_factory.mktemp("template"))
                self._fill(engine)
                self._filled[name] = engine
            copy = copy_engine(self._filled[name], tmp_path)
            yield copy
            discard(copy)

        return made
