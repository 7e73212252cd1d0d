"""Raw rows that were loaded at some hour, and what an engine is asked."""

from oracle import MINUTE, Raw
from sqlalchemy import Engine, event
from streams import NEW, OLD

HOUR = 60 * MINUTE


def loaded(raws: list[Raw], at: int) -> list[Raw]:
    """Return the same rows as loaded at that hour."""
    return [Raw(raw.id, raw.anonymous_id, raw.user_id, raw.event, raw.timestamp, at * HOUR) for raw in raws]


FIRST, SECOND = loaded(OLD, 100), loaded(NEW, 101)
LATER = [*loaded(OLD, 1), Raw("later", "d", None, "x", 101 * HOUR, 101 * HOUR)]


def change(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)


class Statements:
    """What is run from now on, as it is written before an emulator's rules change it."""

    def __init__(self, engine: Engine) -> None:
        self.run: list[str] = []
        event.listen(engine, "before_cursor_execute", self.note)

    def note(self, _connection, _cursor, statement, *_more) -> None:
        self.run.append(statement)

    def looks_and_scans(self) -> tuple[int, int]:
        """Return how many asked whether the source has new rows, and how many read its events; each was limited by load time."""
        found = [one for one in self.run if "typed_events" in one and "uuid_ts" in one.lower()]
        assert all(">=" in one for one in found)
        scans = sum("reason" in one for one in found)
        return len(found) - scans, scans

    def that(self, *words: str) -> list[str]:
        return [one for one in self.run if one.lstrip().upper().startswith(words)]
