"""The report: one file that shows sessions to people."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from html import escape
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from sessionmodels.display.files import writing
from sessionmodels.reporting.builds import with_builds
from sessionmodels.reporting.facts import Facts
from sessionmodels.reporting.figures import figures_of
from sessionmodels.reporting.page import page_of, refuse_without_library
from sessionmodels.reporting.pictures import pictures_of
from sessionmodels.reporting.places import refuse_other_file, refuse_other_pictures
from sessionmodels.reporting.read import Wanted, facts_of
from sessionmodels.settings import Settings
from sessionmodels.sql.day import PERIODS

MOST_BYTES: Final = 2_950_000
"""The largest size of a page. If a page would be larger, it gets longer steps of time."""


@dataclass(frozen=True)
class Report:
    """A report. A notebook shows it."""

    html: str
    """The page: one file, with all that it needs."""

    facts: Facts = field(repr=False)
    """What it shows, as counts."""

    @property
    def in_words(self) -> str:
        """What it covers, in a few words."""
        scope = self.facts.scope
        return f"sessions from {scope.since} to {scope.until}, by {scope.period} and {scope.by}"

    @property
    def size(self) -> int:
        """How many bytes the page has."""
        return len(self.html.encode("utf-8"))

    def write(self, path: str | Path, *, replace: bool = False) -> Path:
        """Write the page into a file. An older report there is overwritten.

        Args:
            path: the file.
            replace: whether to overwrite a file that sessionmodels did not write.

        Raises:
            SettingsError: such a file is there, or the file cannot be written.
        """
        file = Path(path)
        refuse_other_file(file, replace=replace)
        with writing(file):
            file.write_text(self.html, encoding="utf-8")
        return file

    def write_pngs(self, folder: str | Path, *, replace: bool = False) -> list[Path]:
        """Write each figure as a picture into a folder, which is created if it is missing.

        Args:
            folder: the folder.
            replace: whether to overwrite files there that have the names of figures.

        Raises:
            SettingsError: such a file is there, or the folder cannot be written.
        """
        place = Path(folder)
        refuse_other_pictures(place, {one.name for one in figures_of(self.facts)}, replace=replace)
        written = list[Path]()
        with writing(place):
            place.mkdir(parents=True, exist_ok=True)
            for name, picture in pictures_of(self.facts):
                written.append(place / f"{name}.png")
                written[-1].write_bytes(picture)
        return written

    def _repr_html_(self) -> str:
        frame = "width:100%;height:820px;border:1px solid #8884;border-radius:8px"
        return f'<iframe srcdoc="{escape(self.html)}" sandbox="allow-scripts" title="Sessions" style="{frame}"></iframe>'


def report(  # noqa: PLR0913 - all that may be asked
    engine: Engine,
    settings: Settings | None = None,
    *,
    since: date | str | None = None,
    until: date | str | None = None,
    last: int | None = None,
    by: str = "channel",
    funnel: Sequence[str] = (),
    time_zone: str | None = None,
) -> Report:
    """Make a report of the sessions in a warehouse. It only reads, and the warehouse counts: no single session is fetched.

    Args:
        engine: an engine for the results' database.
        settings: the settings of the build. What names columns or decides figures is taken from it if nobody set it.
        since: the first day, such as `2026-01-31`.
        until: the last day; None is the last one that has a session.
        last: how many days, counting `until` itself; None is 90. More than 92 days are counted by week, then by month.
        by: the dimension by which the report can be filtered: a column of sessions, or `channel`.
        funnel: the names of the events of the funnel; none are the most frequent events, and the most frequent conversion.
        time_zone: where the clocks are read that say which day it is; None is the setting `time_zone`.

    Raises:
        SettingsError: the plot library is not installed; or a value is wrong.
        TargetError: nothing was built there yet; or the relations were built with other settings; or one belongs to a role that
            the reader must not trust.
        ConnectError: the warehouse cannot be reached.
        SessionmodelsError: the database rejected a query.
    """
    refuse_without_library()
    settings = settings or Settings()
    wanted = Wanted(since, until, last, by, tuple(funnel), time_zone)
    found = _made(engine, settings, wanted, 0)
    for coarser in range(1, len(PERIODS)):
        if found.size <= MOST_BYTES:
            return found
        other = _made(engine, settings, wanted, coarser)
        if other.facts.scope.period == found.facts.scope.period or other.size >= found.size:
            break
        found = other
    return found if found.size <= MOST_BYTES else _with_note_on_size(found)


def _made(engine: Engine, settings: Settings, wanted: Wanted, coarser: int) -> Report:
    facts = with_builds(facts_of(engine, settings, wanted, coarser=coarser), engine, settings)
    return Report(page_of(facts), facts)


def _with_note_on_size(found: Report) -> Report:
    size = f"The page has {found.size / 1e6:.1f} MB, and longer steps would not make it smaller"
    note = f"{size}; ask for fewer days, or another --by."
    facts = replace(found.facts, notes=(*found.facts.notes, note))
    return Report(page_of(facts), facts)
