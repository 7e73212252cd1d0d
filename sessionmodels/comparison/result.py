"""The result of a comparison, for people and for programs."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sessionmodels.comparison.sessions import CAUSES, SESSIONS, THEIR_SESSIONS
from sessionmodels.display.blocks import Block, Grid
from sessionmodels.display.displayed import PlainData
from sessionmodels.display.toml import setting_in_toml


@dataclass(frozen=True)
class RelationRows:
    """One relation on both sides."""

    relation: str
    theirs: int
    """How many rows theirs has."""

    ours: int
    equal: int
    """How many rows are equal in every column that both have."""

    columns: tuple[str, ...]
    """The columns that only one side has, which were not compared."""


@dataclass(frozen=True)
class Cause:
    """Why only one side starts a session at an event."""

    cause: str
    """A name of `sessionmodels.comparison.sessions.CAUSES`."""

    only_ours: int
    """How many sessions only our side starts for it."""

    only_theirs: int
    example: str
    """The id of the first such event, by its id."""


@dataclass(frozen=True)
class OtherSetting:
    """A setting with which the two sides were built differently."""

    theirs: Any
    ours: Any


@dataclass(frozen=True)
class Comparison(PlainData):
    """Two sets of relations side by side. `to_dict` and `to_json` return plain data."""

    theirs: str
    """Where theirs are: their schema and prefix."""

    ours: str
    relations: tuple[RelationRows, ...]
    missing: tuple[str, ...]
    """The relations that only one side has."""

    events: dict[str, int]
    """How many events are matched, repeated, only on one side, or without an id."""

    sessions: dict[str, int]
    """How many sessions are of which kind, by names of `SESSIONS` and `THEIR_SESSIONS` in `sessionmodels.comparison.sessions`."""

    causes: tuple[Cause, ...]
    settings: Mapping[str, OtherSetting] | None = None
    """By name, the settings that builds record and that differ. None if no build recorded those of one side."""

    @property
    def equal(self) -> bool:
        """Whether every row of every relation on both sides is equal."""
        return not self.missing and all(one.theirs == one.ours == one.equal for one in self.relations)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data: dictionaries, lists, text and numbers."""
        return {"equal": self.equal, **asdict(self)}

    def blocks(self) -> Iterator[Block]:
        """Yield the rows of each relation, then how events and sessions relate to theirs, and why they differ."""
        yield f"Theirs: {self.theirs}. Ours: {self.ours}."
        for name, one in (self.settings or {}).items():
            yield f"Theirs was built with {setting_in_toml(name, one.theirs)}, ours with {setting_in_toml(name, one.ours)}."
        names = "relation", "theirs", "ours", "equal", "only theirs", "only ours"
        rows = (
            (one.relation, one.theirs, one.ours, one.equal, one.theirs - one.equal, one.ours - one.equal)
            for one in self.relations
        )
        yield Grid(names, tuple(rows))
        for one in self.relations:
            if one.columns:
                yield f"{one.relation}: not compared, because only one side has them: {', '.join(one.columns)}."
        if self.missing:
            yield f"Only one side has {', '.join(self.missing)}."
        if self.equal:
            yield "Both sides are equal, to the last row, in every column that both have."
            return
        yield from self._events()
        shown = tuple((self.sessions[name], text) for name, text in SESSIONS.items() if self.sessions.get(name))
        yield Grid(("our sessions", "how they relate to theirs"), shown)
        others = tuple((self.sessions[name], text) for name, text in THEIR_SESSIONS.items() if self.sessions.get(name))
        if others:
            yield Grid(("other sessions of theirs", "what they are"), others)
        if self.causes:
            names = "started only by us", "only by them", "why", "first event"
            yield Grid(names, tuple((one.only_ours, one.only_theirs, CAUSES[one.cause], one.example) for one in self.causes))

    def _events(self) -> Iterator[Block]:
        words = {
            "matched": "events occur exactly once on both sides, and are compared further",
            "their_repeated": "rows of theirs have an event id that occurs more than once",
            "our_repeated": "rows of ours have an event id that occurs more than once",
            "only_theirs": "rows are events that only theirs has",
            "only_ours": "rows are events that only ours has",
            "their_without_an_id": "rows of theirs have no event id",
        }
        yield Grid(
            ("rows", "what they are"), tuple((self.events[name], text) for name, text in words.items() if self.events[name])
        )
