"""Every query of an examination, as every warehouse is given it: it parses, and GoogleSQL takes it and gives the same figures."""

from datetime import UTC, datetime, timedelta
from typing import Any

import oracle_doctor as oracle
import pytest
import sqlglot
from documented import whole_stream
from googlesql import kind_of
from oracle import MINUTE, Raw
from sqlglot import expressions

from sessionmodels import Settings
from sessionmodels.doctor.questions import Question, extents, questions
from sessionmodels.doctor.window import windowed
from sessionmodels.warehouses import WAREHOUSES
from sessionmodels.warehouses.render import dialect_of, plain_text_of

pytestmark = pytest.mark.slow

NOW = datetime(2026, 6, 1, tzinfo=UTC)
VARIANTS: dict[str, dict[str, Any]] = {
    "default": {},
    "several sources": {"sources": ["tracks", "pages"], "ignored_ids": ["unknown", "it's"]},
    "everything else": {
        "identity": "point_in_time",
        "compatibility": "dbt",
        "epoch_unit": "ms",
        "where": [{"column": "event", "operator": "!=", "value": "bot"}],
        "ignored_events": ["heartbeat"],
    },
}


def asked(settings: Settings, dialect: str) -> list[Question]:
    """Return every query, of the documented tables."""
    stream = whole_stream(settings, dialect)
    starts = dict.fromkeys(stream.names, NOW - timedelta(days=30))
    return [*extents(stream, NOW, None), *questions(windowed(stream, starts), settings, NOW)]


def text_of(question: Question, dialect: str) -> str:
    """Return the query with its values written out, as a reader would run it."""
    return plain_text_of(question.query, dialect_of(WAREHOUSES[dialect]))


@pytest.mark.parametrize("dialect", WAREHOUSES)
@pytest.mark.parametrize("variant", ["several sources", "everything else"])
def test_another_parser_takes_every_query(dialect, variant) -> None:
    """In each dialect; and no engine's own percentiles are used, of which some are estimates."""
    parser = {"postgresql": "postgres"}.get(dialect, dialect)
    for one in asked(Settings(**VARIANTS[variant]), dialect):
        text = text_of(one, dialect)
        (parsed,) = sqlglot.parse(text, dialect=parser)
        assert isinstance(parsed, expressions.Select), text
        assert not {"PERCENTILE", "QUANTILE", "APPROX", "MEDIAN"} & {word for word in text.upper().split("_") if word}


@pytest.mark.parametrize("variant", VARIANTS)
def test_googlesql_takes_every_query(googlesql, variant) -> None:
    """With the columns that the loader makes on BigQuery."""
    settings = Settings(**VARIANTS[variant])
    read: Any = whole_stream(settings, "bigquery").tables
    tables = {table.fullname: {column.name: kind_of(column.type) for column in table.c} for table in read}
    for one in asked(settings, "bigquery"):
        googlesql.accepts(text_of(one, "bigquery"), tables)


def test_googlesql_gives_the_same_figures(googlesql) -> None:
    """As plain Python, whatever the default time zone."""
    noon = 1_780_000_000_000_000
    raws = [
        Raw(f"e{n % 20}", f"d{n % 4}", "null" if n % 7 == 0 else None, "x", noon - n * n * MINUTE, noon + n * MINUTE)
        for n in range(30)
    ]
    table: Any = whole_stream(Settings(), "bigquery").first.table
    columns = {column.name: kind_of(column.type) for column in table.c}
    rows = [{**dict.fromkeys(columns), **vars(raw), "uuid_ts": raw.loaded_at} for raw in raws]
    found = {}
    for one in asked(Settings(), "bigquery"):
        (row, *_) = googlesql.rows(text_of(one, "bigquery"), {"tracks": (columns, rows)})
        found[one.name] = dict(zip((column.name for column in one.query.selected_columns), row, strict=True))
    now = (NOW - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert found["profile"] == oracle.profile(raws, now)
    assert found["lateness"] == oracle.lateness(raws)
    assert found["loads"] == oracle.loads(raws)
    assert found["duplicates"] == oracle.duplicates(raws)
    assert found["ids"]["id"] == "null"
    listed, _ = oracle.visitors(raws)
    assert tuple(found["visitors"].values())[:4] == listed[0]
    assert found["visitors"]["all_visitors"] + found["visitors"][f"longer_than_{30 * MINUTE}"] == oracle.sessions(raws, 30)
