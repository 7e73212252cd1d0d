"""Faults: a statement that fails in the database itself, and what a test must do that cannot wait for a lease to end."""

import sqlalchemy as sa
from sqlalchemy import event
from tables import schema_of


class Fault:
    """Makes the nth statement from now on fail; `for_good` all that follow too, as if the connection were gone.

    Spared is the question whether a view is right: where that fails the view is made again.
    """

    def __init__(self, engine: sa.Engine, nth: int, *, for_good: bool = False) -> None:
        self.engine, self.left, self.for_good = engine, nth, for_good
        event.listen(engine, "before_cursor_execute", self.spoil, retval=True)

    def spoil(self, _connection, _cursor, statement, parameters, _context, _many):
        if "pg_get_viewdef" in statement or "sessionmodels_compared" in statement:
            return statement, parameters
        self.left -= 1
        fails = self.left == -1 or (self.for_good and self.left < 0)
        return ("SELECT injected FROM fault", type(parameters)()) if fails else (statement, parameters)

    def patch_dialect(self) -> None:
        event.remove(self.engine, "before_cursor_execute", self.spoil)


def lease_has_ended(engine: sa.Engine) -> None:
    """Do as if the time had passed: where nothing goes any more, a lease cannot be given back either."""
    table = sa.table("sessionmodels_lock_dbt_", sa.column("holder"), schema=schema_of(engine))
    with engine.begin() as connection:
        connection.execute(sa.update(table).where(table.c.holder != "").values(holder=""))
