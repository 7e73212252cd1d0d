"""Asks a question of the relations as they are in a warehouse."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnClause, Engine, FromClause, column, literal_column, table

from sessionmodels.analyses.analysis import Analysis
from sessionmodels.analyses.asked import analysis_of, chosen_of, days_of, refuse_wrong, rows_of_one
from sessionmodels.analyses.channel import CHANNEL, chosen_channels, with_channel
from sessionmodels.analyses.notes import (
    conversions_in_doubt,
    notes_on_conversions,
    notes_on_events,
    notes_on_limit,
    notes_on_range,
    notes_on_settings,
)
from sessionmodels.analyses.within import Days
from sessionmodels.connection.transaction import connected, named
from sessionmodels.display.blocks import Block, Grid
from sessionmodels.display.displayed import Displayed
from sessionmodels.display.format import Figure, count
from sessionmodels.display.frame import Backend, Kind, frame_of, kind_of
from sessionmodels.errors import SettingsError, did_you_mean
from sessionmodels.model import AnySelect
from sessionmodels.offline.documented import documented_graph
from sessionmodels.reading.built import as_built, graph_to_read, recorded_settings
from sessionmodels.relations.all_rows import all_rows
from sessionmodels.relations.graph import Graph, parts_of
from sessionmodels.settings import Settings
from sessionmodels.sql.text import LongText
from sessionmodels.warehouses import warehouse_of
from sessionmodels.warehouses.render import dialect_of, laid_out, plain_text_of, text_of


@dataclass(frozen=True)
class Answer(Displayed):
    """The rows that answer a question. Displayed as a table.

    `to_frame` returns a data frame, `to_dicts` and `to_csv` plain data, `sql` the statement.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    dialect: str
    """The name of the warehouse."""

    statement: str
    """The statement that answers it, as it was rendered. `sql` is the same, laid out."""

    notes: tuple[str, ...] = ()
    """What a reader must know: names of events that no event has, and settings that the build did not have."""

    kinds: tuple[Kind, ...] = ()
    """What each column holds, so that a data frame has its types also without rows."""

    @cached_property
    def sql(self) -> str:
        """The statement that answers it, to copy. It is laid out when it is asked for: that can take longer than the answer."""
        return laid_out(self.statement, dialect_of(warehouse_of(self.dialect)))

    def blocks(self) -> Iterator[Block]:
        """Yield the rows, with shares and rates in percent, and the notes."""
        yield Grid(self.columns, tuple(tuple(map(_shown, self.columns, row)) for row in self.rows))
        if not self.rows:
            yield count(0, "row")
        yield from self.notes

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return a dictionary for each row."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def to_frame(self, backend: Backend | None = None) -> Any:
        """Return the rows as a data frame of `pandas`, `polars` or `pyarrow`: by default of what is imported, else installed.

        Columns have their types also without rows. Times are in UTC; in pandas, a date is a time at midnight, without a zone.

        Raises:
            SettingsError: there is no such library, or it or Narwhals is not installed.
        """
        return frame_of(dict(zip(self.columns, self.kinds, strict=True)), self.rows, backend)

    def to_csv(self) -> str:
        """Return the rows as CSV, with a line of column names. A null is an empty field."""
        written = io.StringIO()
        csv.writer(written, lineterminator="\n").writerows((self.columns, *self.rows))
        return written.getvalue()


def ask(  # noqa: PLR0913 - all that may be asked
    engine: Engine,
    name: str,
    settings: Settings | None = None,
    *,
    since: date | str | None = None,
    until: date | str | None = None,
    time_zone: str | None = None,
    limit: int | None = None,
    **asked: Any,
) -> Answer:
    """Answer a question from the relations in a warehouse. It only reads.

    Args:
        engine: an engine for the results' database.
        name: the name of an analysis, such as `sessions_by`.
        settings: the settings of the build. What names columns or decides figures is taken from it if nobody set it.
        since: the first day, such as `2026-01-31`; None is all.
        until: the last day; None is all.
        time_zone: where the clocks are read that say which day it is; None is the setting `time_zone`.
        limit: how many rows at most; of a funnel, how many values of `by`.
        **asked: what the analysis may be asked, such as `by=["channel"]`.

    Raises:
        SettingsError: there is no such analysis, or it cannot be asked that.
        TargetError: nothing was built there yet; or the relations were built with other settings; or one belongs to a role that
            the reader must not trust.
        ConnectError: the warehouse cannot be reached.
        SessionmodelsError: the database rejected the query.
    """
    warehouse, settings = warehouse_of(engine.dialect.name), settings or Settings()
    days = days_of(settings, since, until, time_zone)
    refuse_wrong(analysis_of(name), asked, limit)  # a mistake in the question is reported before anything is looked for
    with connected(engine, warehouse.transactions.isolation_level, reads_only=True) as connection:
        built = recorded_settings(connection, settings, warehouse)
        others = built.other_than(settings)
        with named("the relations", "look for them", warehouse):
            graph = graph_to_read(connection, as_built(settings, built), analysis_of(name).reads)
            days = days if time_zone else replace(days, time_zone=graph.settings.time_zone)
            query, one_more = (question(graph, name, limit=most, **asked, days=days) for most in (limit, limit and limit + 1))
        with named("the relations", "read them", warehouse):
            result = connection.execute(one_more)
            columns, found = tuple(result.keys()), tuple(tuple(row) for row in result)
            rows = found if limit is None else found[: limit * rows_of_one(analysis_of(name), asked)]
            notes = (*notes_on_settings(settings, others), *notes_on_conversions(graph.settings, others, columns))
            notes += (*notes_on_events(connection, graph, conversions_in_doubt(graph.settings, columns, rows) | asked),)
            notes += (*notes_on_range(connection, graph, days, (dict(zip(columns, row, strict=True)) for row in rows)),)
            notes += notes_on_limit(limit, asked, is_cut=len(found) > len(rows))
    kinds: tuple[Kind, ...] = tuple(kind_of(one.type) for one in query.selected_columns)
    return Answer(name, columns, rows, engine.dialect.name, plain_text_of(query, dialect_of(warehouse)), notes, kinds)


def sql_of(  # noqa: PLR0913 - what `ask` takes
    name: str,
    dialect: str,
    settings: Settings | None = None,
    *,
    since: date | str | None = None,
    until: date | str | None = None,
    time_zone: str | None = None,
    limit: int | None = None,
    **asked: Any,
) -> str:
    """Return the statement that answers a question in a dialect, without connecting.

    Raises:
        SettingsError: there is no such analysis, or it cannot be asked that.
    """
    settings = settings or Settings()
    days = days_of(settings, since, until, time_zone)
    refuse_wrong(analysis_of(name), asked, limit)
    query = question(documented_graph(settings, dialect), name, limit=limit, **asked, days=days)
    return text_of(query, dialect_of(warehouse_of(dialect)))


def question(graph: Graph, name: str, *, days: Days, limit: int | None = None, **asked: Any) -> AnySelect:
    """Return the select that answers a question over these relations. `refuse_wrong` has refused what no relations can answer.

    Raises:
        SettingsError: there is no such analysis, or the relations and the settings cannot answer that.
    """
    analysis = analysis_of(name)
    limits_itself = "limit" in analysis.asks
    chosen = {**chosen_of(analysis, graph.settings, asked), "days": days, **({"limit": limit} if limits_itself else {})}
    tables: dict[str, FromClause] = {
        one: all_rows(graph[one].model, graph[one].table, graph.settings, f"all_{one}") for one in analysis.reads
    }
    _refuse_unknown(chosen.get("by", ()), tables.get("sessions"), graph.settings)
    if "sessions" in tables and CHANNEL in (names := _read_by(analysis, tables, chosen)):
        tables["sessions"] = with_channel(tables["sessions"], names, **chosen_channels(graph.settings))
    found = analysis(*tables.values(), **chosen)
    return found if limit is None or limits_itself else found.limit(literal_column(str(limit)))  # not every driver binds a limit


def _read_by(analysis: Analysis, tables: Mapping[str, FromClause], chosen: Mapping[str, Any]) -> set[str]:
    """Return the names of the columns of sessions that an analysis reads. The channel is computed only if it is one of them."""
    columns = (column(one.name, one.type) for one in tables["sessions"].c)
    like = table("sessions", *columns, column(CHANNEL, LongText()))
    query = analysis(*({**tables, "sessions": like}).values(), **chosen)
    return {one.name for one in parts_of(query) if isinstance(one, ColumnClause) and one.table is like}


def _refuse_unknown(by: Sequence[str], sessions: FromClause | None, settings: Settings) -> None:
    known = set() if sessions is None else {*sessions.c.keys(), CHANNEL}
    for name in by:
        if name not in known:
            msg = f"by: sessions has no column {name!r}; {_way_out(name, known, settings)}"
            raise SettingsError(msg)


def _way_out(name: str, known: set[str], settings: Settings) -> str:
    """Return how to ask by a column that only events have, or else which name of a column is like it."""
    of_sessions = sorted(one for one in known if one.endswith(f"_{name}"))
    if name not in settings.context:
        return did_you_mean(name, known)
    if of_sessions:
        return f"it is a column of session_events; sessions has {' and '.join(of_sessions)}"
    example = f"{{'first_{name}': 'first({name})'}}"
    return f"it is a column of session_events; to ask by it, build with the setting session_columns, such as {example}"


def _shown(name: str, value: Any) -> Any:
    if not isinstance(value, float):
        return value
    is_share = name.startswith("share") or name.endswith("_rate") or name == "stickiness"
    return Figure(f"{value:.1%}" if is_share else f"{value:,.1f}")
