"""A database with results, which a build that fails must leave as it was: so many faults can strike in one, each by its name."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from engines import ROLLING_BACK, copy_engine, discard, make_engine, on
from faults import OUTSIDE, FaultAt
from steps import name_of
from tables import assert_same, names_in, read_all

from sessionmodels import BuildError, ConnectError, LockedError, build_all
from sessionmodels.execution.result import BuildResult


def standing(fill: Callable[[sa.Engine], None]) -> Any:
    """Return a fixture that gives a module one database, filled like this, on the warehouse that an indirect parameter names.

    It is no fixture of the module's scope: one whose parameter stands beside another is made anew for each case.
    """
    of: dict[str, Standing] = {}

    @pytest.fixture
    def made(request, tmp_path_factory) -> Iterator[Standing]:
        name = request.param
        if name not in of:
            of[name] = Standing(fill)
            request.node.getparent(pytest.Module).addfinalizer(lambda: of.pop(name).close())
        of[name].make = lambda: make_engine(name, request, tmp_path_factory.mktemp("standing"))
        yield of[name]
        of[name].discard_copies()

    return made


def at_each(fixture: str, moments: Callable[[str], list[str]]) -> pytest.MarkDecorator:
    """Return what makes a case of each of these moments, on every warehouse that rolls back.

    Redshift's dialect runs on PostgreSQL, whose transactions have been struck at each moment. There it is what a build asks
    beside its steps, such as the lock, and each action once that PostgreSQL does not take, or the last one if it takes all.
    """
    of = {name: moments(name) for name in ROLLING_BACK}
    struck = each_action_once(of["postgresql"]).keys()
    actions = each_action_once([moment for moment in of["redshift"] if moment not in OUTSIDE])
    own = [moment for action, moment in actions.items() if action not in struck] or [*actions.values()][-1:]
    of["redshift"] = [*(moment for moment in of["redshift"] if moment in OUTSIDE), *own]
    cases = [on(name, moment, id=f"{name}-{moment}") for name in ROLLING_BACK for moment in of[name]]
    return pytest.mark.parametrize((fixture, "moment"), cases, indirect=[fixture])


def each_action_once(moments: list[str]) -> dict[str, str]:
    """Return of each action the last relation's moment."""
    return {moment.rpartition(": ")[2]: moment for moment in moments}


def asked_outside(dialect: str, *, first: bool = False, continues: bool = False) -> list[str]:
    """Return what a build asks beside its steps: DuckDB's file is the lock, and a table of builds is created once."""
    absent = {"check the lock", *(["take the lock"] if dialect == "duckdb" else [])}  # a lock that ends with its session is held
    absent |= set() if continues else {"read the window"}
    return [moment for moment in OUTSIDE if moment not in absent and (first or not moment.startswith("create"))]


class Standing:
    """What stands in a database. After a test that did not leave it so, it is filled again."""

    make: Callable[[], sa.Engine]
    """What makes a database, during the test that asks for it."""

    def __init__(self, fill: Callable[[sa.Engine], None]) -> None:
        """Take what fills a database."""
        self._fill = fill
        self._opened: sa.Engine | None = None
        self._state: tuple[set[str], dict[str, list[dict]]] | None = None
        self._copies: list[sa.Engine] = []

    @property
    def engine(self) -> sa.Engine:
        """The database, filled when it is first asked for."""
        if self._opened is None:
            self._opened = self.make()
            self._fill(self._opened)
        return self._opened

    @contextmanager
    def unless_it_fails(self) -> Iterator[sa.Engine]:
        """Keep the database for the next test, unless what is done with it fails."""
        try:
            yield self.engine
        except BaseException:
            self.close()
            raise

    def strike(self, moment: str, **build: Any) -> None:
        """Let a build fail at that moment: the error says where, and every name and every row is as before."""
        if moment == "create the table of builds":
            self.close()  # it outlives a build that fails
        with self.unless_it_fails() as engine:
            self._state = self._state or (names_in(engine), rows_in(engine))
            names, rows = self._state
            with FaultAt(engine, moment) as fault, pytest.raises((BuildError, ConnectError, LockedError)) as caught:
                build_all(engine, watch=fault.watch, **build)
            assert fault.struck
            if moment not in OUTSIDE:
                assert isinstance(caught.value, BuildError)
                assert str(caught.value).startswith(moment.replace(": ", ": could not ", 1))
                assert "injected" in str(caught.value)
            if moment == "commit":
                assert "could not begin or commit: injected" in str(caught.value)
            assert names_in(engine) == names
            assert_same(rows_in(engine), rows)

    def build_in_copy(self, folder: Path, **build: Any) -> tuple[list[str], BuildResult, dict[str, list[dict]]]:
        """Build in a copy: return the names of the steps, each once, the result, and the rows."""
        copy, steps = self.copy(folder), []
        result = build_all(copy, watch=lambda _done, _total, step: steps.append(name_of(step)), **build)
        return list(dict.fromkeys(steps)), result, read_all(copy)

    def copy(self, folder: Path) -> sa.Engine:
        """Return a copy that the test may change; it goes when the test ends."""
        self._copies.append(copy_engine(self.engine, folder))
        return self._copies[-1]

    def discard_copies(self) -> None:
        """Let go of the copies."""
        while self._copies:
            discard(self._copies.pop())

    def close(self) -> None:
        """Forget the database."""
        if self._opened is not None:
            self._opened.dispose()
        self._opened = self._state = None


def rows_in(engine: sa.Engine) -> dict[str, list[dict]]:
    """Return the rows of every relation; none where nothing was built yet."""
    return read_all(engine) if "dbt_track_facts" in names_in(engine) else {}
