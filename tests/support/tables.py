"""Raw tables written, and relations read back as the oracle writes them: dictionaries, times in whole microseconds."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from oracle import Raw

from sessionmodels import Settings
from sessionmodels.models import MODELS
from sessionmodels.relations.naming import DUPLICATES
from sessionmodels.state import builds
from sessionmodels.warehouses.locks import lock

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else EPOCH + timedelta(microseconds=microseconds)


def microseconds(value: object) -> object:
    if not isinstance(value, datetime):
        return value.isoformat() if isinstance(value, date) else value
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return (aware - EPOCH) // timedelta(microseconds=1)


def tracks_table(
    *, schema: str | None = None, name: str = "tracks", context: Iterable[str] = (), without: Collection[str] = ()
) -> sa.Table:
    """Return a raw table as RudderStack's loader makes it on PostgreSQL, with columns of a context."""
    zoned = sa.TIMESTAMP(timezone=True)
    texts = [sa.Column(column, sa.Text) for column in ("id", "anonymous_id", "user_id", "event", *context)]
    columns = [*texts, sa.Column("timestamp", zoned), sa.Column("uuid_ts", zoned)]
    return sa.Table(name, sa.MetaData(), *(one for one in columns if one.name not in without), schema=schema)


def schema_of(engine: sa.Engine) -> str | None:
    """Return the schema that must be written out, where a connection has none of its own."""
    return getattr(engine.dialect, "dataset_id", None)


def context_columns(raws: Iterable[Raw]) -> list[str]:
    """Return the columns of the raw table that some of these rows have beside the usual ones."""
    return sorted({column for raw in raws for column, _ in raw.context})


def write_tracks(
    engine: sa.Engine,
    raws: list[Raw],
    *,
    schema: str | None = None,
    name: str = "tracks",
    context: Iterable[str] | None = None,
    without: Collection[str] = (),
) -> None:
    """Make the raw table hold these rows, in this physical order. It has the columns of the context that they need, or these."""
    context = context_columns(raws) if context is None else context
    table = tracks_table(schema=schema or schema_of(engine), name=name, context=context, without=without)
    with engine.begin() as connection:
        if sa.inspect(connection).has_table(name, table.schema):
            add_columns(connection, table)
        else:
            table.create(connection)
        connection.execute(table.delete().where(sa.literal_column("1") == sa.literal_column("1")))  # BigQuery wants a condition
        if raws:
            rows = [
                {
                    "id": raw.id,
                    "anonymous_id": raw.anonymous_id,
                    "user_id": raw.user_id,
                    "event": raw.event,
                    "timestamp": instant(raw.timestamp),
                    "uuid_ts": instant(raw.loaded_at),
                    **dict.fromkeys(context),
                    **dict(raw.context),
                }
                for raw in raws
            ]
            kept = [{column: value for column, value in row.items() if column not in without} for row in rows]
            insert_rows(connection, table, kept)


def write_sources(
    engine: sa.Engine, raws: list[Raw], without: Mapping[str, Collection[str]], context: Mapping[str, Iterable[str]] | None = None
) -> None:
    """Make a raw table of each source hold its rows, in this physical order. `without` says which columns each lacks."""
    for name, lacking in without.items():
        mine = [raw for raw in raws if raw.source == name]
        write_tracks(engine, mine, name=name, without=lacking, context=None if context is None else context[name])


def insert_rows(connection: sa.Connection, table: sa.Table, rows: list[dict[str, object]]) -> None:
    """Insert rows in one statement, where possible with a list for each column: a parameter for each value takes long."""
    mark = {"duckdb": "?", "postgresql": "%s"}.get(connection.dialect.name)
    if mark is None:
        connection.execute(table.insert().values(rows))
        return
    lists = ", ".join(f"unnest({mark}::{column.type.compile(connection.dialect)}[])" for column in table.c)
    written = connection.dialect.identifier_preparer
    into = f"{written.format_table(table)} ({', '.join(written.format_column(column) for column in table.c)})"
    values = tuple([row[column.name] for row in rows] for column in table.c)
    connection.exec_driver_sql(f"INSERT INTO {into} SELECT {lists}", values)


def add_columns(connection: sa.Connection, table: sa.Table) -> None:
    """Give the raw table the columns that it lacks. It is not replaced, because views may read it."""
    there = {one["name"].lower() for one in sa.inspect(connection).get_columns(table.name, table.schema)}
    written = connection.dialect.identifier_preparer
    for column in table.c:
        if column.name not in there:
            what = f"{written.format_column(column)} {column.type.compile(connection.dialect)}"
            connection.exec_driver_sql(f"ALTER TABLE {written.format_table(table)} ADD COLUMN {what}")


def read(engine: sa.Engine, name: str, settings: Settings | None = None) -> list[dict]:
    """Return the rows of one relation."""
    settings = settings or Settings()
    table = sa.table(settings.table_prefix + name, schema=settings.target_schema or schema_of(engine))
    with engine.connect() as connection:
        result = connection.execute(sa.select(sa.text("*")).select_from(table))
        return [
            {column.lower() if column.isupper() else column: microseconds(value) for column, value in row.items()}
            for row in result.mappings()
        ]


def read_all(engine: sa.Engine, settings: Settings | None = None) -> dict[str, list[dict]]:
    settings = settings or Settings()  # once: reading settings takes longer than reading a table
    return {name: read(engine, name, settings) for name in MODELS}


def as_bag(rows: list[dict]) -> Counter:
    """Return rows as a multiset: which rows, and how often each."""
    return Counter(tuple(sorted(row.items())) for row in rows)


def assert_same(found: dict[str, list[dict]], expected: dict[str, list[dict]]) -> None:
    """Hold every relation against the oracle's, row for row and column for column."""
    assert found.keys() == expected.keys()
    for name, rows in expected.items():
        due, there = as_bag(rows), as_bag(found[name])
        lost, gained = due - there, there - due
        assert not lost, f"{name} lacks {list(lost)[:3]}; it has instead {list(gained)[:3]}"
        assert not gained, f"{name} has too much: {list(gained)[:3]}"


def assert_same_part(
    engine: sa.Engine, names: Iterable[str], expected: dict[str, list[dict]], settings: Settings | None = None
) -> None:
    """Hold these relations, of which alone the test is, against the oracle's."""
    assert_same({name: read(engine, name, settings) for name in names}, {name: expected[name] for name in names})


def assert_whole(found: dict[str, list[dict]], expected: dict[str, list[dict]]) -> None:
    """Hold that whole numbers are integers: not HUGEINT, not NUMERIC, not FLOAT, whatever an engine makes of a sum."""
    for name, rows in expected.items():
        whole = {column for row in rows for column, value in row.items() if type(value) is int and not column.endswith("_at")}
        for row in found[name]:
            assert all(type(row[column]) is int for column in whole if row[column] is not None), (name, row)


def names_in(engine: sa.Engine) -> set[str]:
    """Return every table and view in the default schema, and every temporary table; but for what the package keeps of its own."""
    inspector = sa.inspect(engine)
    temporary = inspector.get_temp_table_names() if engine.dialect.name in {"duckdb", "postgresql"} else []
    names = {*inspector.get_table_names(), *inspector.get_view_names(), *temporary}
    return {name for name in names if not name.startswith((DUPLICATES, builds.NAME, lock.NAME))}
