"""Faults: a statement that fails in the database itself, and what a test must do that cannot wait for a lease to end."""

import re
from collections.abc import Sequence
from typing import Self

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from steps import name_of
from tables import schema_of

from sessionmodels.warehouses.step import Step

INJECTED = "SELECT injected FROM fault"

OUTSIDE = {
    "begin": r"",
    "take the lock": r"pg_try_advisory_lock|^LOCK ",
    "create the table of builds": r"^CREATE TABLE \S*sessionmodels_builds",
    "record that it runs": r"^INSERT INTO \S*sessionmodels_builds",
    "check the lock": r"^UPDATE \S*sessionmodels_lock",
    "read the window": r"^CREATE TEMPORARY TABLE sessionmodels_window",
    "count the rows of a result": r"^SELECT count\(\*\) AS count_1\s+FROM \S*dbt_session_events",
    "record that it is done": r"^UPDATE \S*sessionmodels_builds\S* SET\s+`?outcome",
    "commit": r"^UPDATE \S*sessionmodels_builds\S* SET\s+`?outcome",
}
"""What a build asks the database beside its steps, and the words of the statement: the first such fails.

Of a commit, it is the one that follows the statement; the lock is checked before the first step that readers see.
"""


class Fault:
    """Makes the nth statement from now on fail."""

    def __init__(self, engine: sa.Engine, nth: int) -> None:
        self.engine, self.left = engine, nth
        event.listen(engine, "before_cursor_execute", self.spoil, retval=True)

    def spoil(self, _connection, _cursor, statement, parameters, _context, _many):
        self.left -= 1
        return (INJECTED, type(parameters)()) if self.left == -1 else (statement, parameters)

    def patch_dialect(self) -> None:
        event.remove(self.engine, "before_cursor_execute", self.spoil)


class FaultAt:
    """Makes a named moment of a build fail, inside `with`, where the build is given it as `watch`.

    It is a step by its relation and action, whose last statement fails: what comes before it in the step has happened. Or it is
    one of `OUTSIDE`. `for_good`, all that follows fails, too, as if the connection were gone.
    """

    def __init__(self, engine: sa.Engine, moment: str, *, for_good: bool = False) -> None:
        self.engine, self.moment, self.for_good = engine, moment, for_good
        self.struck = self._armed = self._commits = self._readers_see_it = False
        self._last: sa.Executable | None = None
        self._commit = engine.dialect.do_commit

    def __enter__(self) -> Self:
        """Listen to the engine."""
        event.listen(self.engine, "before_execute", self._arm)
        event.listen(self.engine, "before_cursor_execute", self._spoil, retval=True)
        setattr(self.engine.dialect, "do_commit", self._fail_to_commit)  # noqa: B010 - no type checker lets a method be replaced
        return self

    def __exit__(self, *_error: object) -> None:
        """Listen no more."""
        event.remove(self.engine, "before_execute", self._arm)
        event.remove(self.engine, "before_cursor_execute", self._spoil)
        setattr(self.engine.dialect, "do_commit", self._commit)  # noqa: B010

    def watch(self, _done: int, _total: int | None, step: Step) -> None:
        """Find the step."""
        self._readers_see_it |= step.in_place
        if name_of(step) == self.moment:
            self._last = step.statements[-1]

    def _arm(self, _connection, statement, *_parameters) -> None:
        self._armed = statement is self._last

    def _spoil(self, _connection, _cursor, statement, parameters, _context, _many):
        if not self.struck and self._is_it(statement):
            if self.moment == "commit":
                self._commits = True
                return statement, parameters
            self.struck = True
            return INJECTED, type(parameters)()
        return (INJECTED, type(parameters)()) if self.struck and self.for_good else (statement, parameters)

    def _is_it(self, statement: str) -> bool:
        if self.moment == "check the lock" and not self._readers_see_it:
            return False
        if self.moment in OUTSIDE:
            return re.search(OUTSIDE[self.moment], statement.strip()) is not None
        return self._armed

    def _fail_to_commit(self, connection) -> None:
        if self._commits:
            self._commits, self.struck = False, True
            self.engine.dialect.do_rollback(connection)  # a commit that is refused ends the transaction, too
            msg = "COMMIT"
            raise OperationalError(msg, None, Exception("injected"))
        self._commit(connection)


def once_or_for_good(once: Sequence[str], for_good: Sequence[str]) -> pytest.MarkDecorator:
    """Return what makes a case of each of these moments: where one statement fails, and where nothing goes any more."""
    cases = [*((moment, False) for moment in once), *((moment, True) for moment in for_good)]
    names = [*once, *(f"{moment}, and nothing goes any more" for moment in for_good)]
    return pytest.mark.parametrize(("moment", "for_good"), cases, ids=names)


def lease_has_ended(engine: sa.Engine) -> None:
    """Do as if the time had passed: where nothing goes any more, a lease cannot be given back either."""
    table = sa.table("sessionmodels_lock_dbt_", sa.column("holder"), schema=schema_of(engine))
    with engine.begin() as connection:
        connection.execute(sa.update(table).where(table.c.holder != "").values(holder=""))
