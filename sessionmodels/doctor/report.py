"""The result of an examination, for people and for programs."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sessionmodels.display.blocks import Block, Code, Grid
from sessionmodels.display.displayed import PlainData
from sessionmodels.display.format import Figure, count, moment
from sessionmodels.doctor.figures import Figures, SourceFigures
from sessionmodels.doctor.finding import Finding
from sessionmodels.doctor.ids import FEW
from sessionmodels.doctor.recommend import Recommended, as_toml, lasting

LONGEST_ID: Final = 60
"""The number of characters of an id that are displayed."""

COUNTED: Final = {
    "rows": "rows",
    "filtered": "filtered out by where",
    "event_id_null": "id null",
    "event_id_blank": "id blank",
    "anonymous_id_null": "anonymous_id null",
    "anonymous_id_blank": "anonymous_id blank",
    "user_id_null": "user_id null",
    "user_id_blank": "user_id blank",
    "no_visitor": "neither of the two",
    "no_event": "no name",
    "no_time": "no time",
    "unreadable_time": "unreadable time",
    "time_out_of_range": "time out of range",
    "no_load_time": "no load time",
    "in_future": "in the future",
    "after_load": "after the load time",
    "long_ago": "long ago",
    "at_midnight": "at midnight",
}
"""The figures of a source that are displayed, and what they are called."""


@dataclass(frozen=True)
class SourceReport(PlainData):
    """What an examination found. Displayed as a text; `to_dict` and `to_json` return plain data."""

    figures: Figures
    findings: tuple[Finding, ...]
    """What is odd."""

    settings: tuple[Recommended, ...]
    """The settings that fit the source."""

    sessions: dict[int, int]
    """By timeout in minutes, how many sessions the examined events would be, if nothing but pauses starts sessions."""

    idle_minutes: int
    """The timeout in force."""

    @property
    def toml(self) -> str:
        """The settings that fit the source, as lines of the settings file, each with its reason as a comment."""
        return as_toml(self.settings)

    @property
    def can_read(self) -> bool:
        """Whether every source can be read."""
        return not self.figures.unreadable

    def to_dict(self) -> dict[str, Any]:
        """Return plain data: dictionaries, lists, text and numbers."""
        plain = asdict(self)
        plain["figures"]["visitors"]["pauses"] = self.figures.visitors.pauses
        return json.loads(json.dumps({**plain, "toml": self.toml}, default=datetime.isoformat))

    def blocks(self) -> Iterator[Block]:
        """Yield what is odd, the figures of each source, those of all together, and the settings that fit."""
        yield from map(_examined, self.figures.sources)
        yield ""
        yield from self._odd()
        for source in self.figures.sources:
            yield from _about(source)
        yield from self._ids()
        yield from self._visitors()
        yield ""
        yield "Settings that fit, for sessionmodels.toml (above its first table, in place of settings of the same name):"
        yield Code(self.toml or "# The settings in force.")

    def _odd(self) -> Iterator[Block]:
        several = len(self.figures.sources) + len(self.figures.unreadable) > 1
        yield f"{count(len(self.findings), 'finding')}{':' if self.findings else '. Nothing is odd.'}"
        for one in self.findings:
            yield f"- {one.source}: {one.says}" if several and one.source else f"- {one.says}"

    def _ids(self) -> Iterator[Block]:
        if not self.figures.ids:
            return
        yield ""
        yield "Suspicious ids:"
        total = self.figures.events
        rows = ((one.column, _short(one.id), one.events, _share(one.events, total), one.others) for one in self.figures.ids)
        yield Grid(("column", "id", "rows", "share", "ids of the other column"), tuple(rows))
        most = max(one.number for one in self.figures.ids)
        if most > FEW:
            yield f"Of each column, the {FEW} with the most rows are shown; one has {most:,}."

    def _visitors(self) -> Iterator[Block]:
        found = self.figures.visitors
        if not found.events:
            return
        yield ""
        yield f"{count(found.events, 'event')} of {count(found.number, 'visitor')}. Those with the most events:"
        rows = (
            (_short(one.visitor), one.events, _share(one.events, found.events), one.first, one.last) for one in found.heaviest
        )
        yield Grid(("visitor", "events", "share", "first", "last"), tuple(rows))
        if pauses := found.events - found.number:
            yield "Pauses between the events of a visitor, and how many sessions each timeout would give:"
            yield Grid(("pause", "number", "share"), tuple((name, n, _share(n, pauses)) for name, n in found.pauses.items()))
        yield Grid(
            ("idle_minutes", "sessions", "sessions per visitor", "in force"),
            tuple(
                (Figure(minutes), n, Figure(f"{n / found.number:,.2f}"), "yes" if minutes == self.idle_minutes else "")
                for minutes, n in self.sessions.items()
            ),
        )


def _examined(source: SourceFigures) -> str:
    loaded = "loaded" if source.by == "loaded_at" else "with a time"
    since = f", {loaded} since {moment(source.since)}; --since reads older ones" if source.since else ""
    return f"Examined {count(source.profile.rows, 'row')} of {source.table}{since}."


def _about(source: SourceFigures) -> Iterator[Block]:
    yield ""
    yield f"{source.name}: columns"
    yield Grid(("for", "column", "type", "remark"), tuple((one.role, one.column, one.type, one.remark) for one in source.columns))
    if source.missing_context:
        yield (
            f"Columns of the context that it does not fill: {', '.join(source.missing_context)}."
            " If it has one under another name, such as utm_source, name it in the setting context."
        )
    yield ""
    yield f"{source.name}: rows"
    found = asdict(source.profile)
    shown = ((title, found[name]) for name, title in COUNTED.items() if found[name] or name in {"rows", "user_id_null"})
    yield Grid(("", "number", "share"), tuple((title, n, _share(n, source.profile.rows)) for title, n in shown))
    yield Grid(("", "earliest", "latest"), (("time of the events", source.profile.earliest, source.profile.latest),))
    yield from _landing(source)


def _landing(source: SourceFigures) -> Iterator[Block]:
    late, loads = source.lateness, source.loads
    if not late or not loads or not late.number:
        return
    columns = ("", "number", "5 %", "50 %", "95 %", "99 %", "longest")
    events = ("loaded after the event", late.number, *map(_lasting, (late.p5, late.p50, late.p95, late.p99, late.longest)))
    pauses = (60 * one if one is not None else None for one in (loads.p50, loads.p95))
    longest = None if loads.longest is None else 60 * loads.longest
    half, most = map(_lasting, pauses)
    yield Grid(columns, (events, ("pauses between loads", loads.number, None, half, most, None, _lasting(longest))))


def _lasting(seconds: int | None) -> Figure | None:
    return None if seconds is None else Figure(lasting(seconds))


def _share(number: int, of: int) -> Figure:
    return Figure(f"{number / of:.2%}" if of else "")


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_ID else f"{text[: LONGEST_ID - 3]}..."
