"""Every column of every relation has a declared type, and the database has the same."""

import pytest
import sqlalchemy as sa
from oracle import Raw
from tables import tracks_table, write_tracks

from sessionmodels import Settings, build_all
from sessionmodels.execution.inspect import find_stream
from sessionmodels.relations.graph import bind

pytestmark = pytest.mark.slow

FAMILIES = {
    "bigint": sa.BigInteger,
    "instant": sa.DateTime,
    "fraction": sa.Double,
    "text": sa.String,
    "date": sa.Date,
    "boolean": sa.Boolean,
}


def kind(column_type) -> str:
    """Return the class of a type, wide integers told from narrow ones."""
    return next((name for name, family in FAMILIES.items() if isinstance(column_type, family)), repr(column_type))


@pytest.mark.parametrize("zoned", [True, False], ids=["zoned", "naive"])
@pytest.mark.parametrize("compatibility", ["exact", "dbt"])
def test_declared_types_are_the_stored_ones(engine, compatibility, zoned) -> None:
    """What the select declares is what the catalogue says, on both engines: the same class of type everywhere.

    Times have a zone if those of the source have one.
    """
    settings = Settings(compatibility=compatibility, source_table="tracks" if zoned else "naive")
    write_tracks(engine, [Raw("1", "d", "u", "x", 0)])
    table = tracks_table()
    times = [sa.cast(sa.func.timezone("UTC", table.c[name]), sa.TIMESTAMP).label(name) for name in ("timestamp", "uuid_ts")]
    others = [table.c[name] for name in ("id", "anonymous_id", "user_id", "event")]
    with engine.begin() as connection:
        connection.execute(sa.CreateTableAs(sa.select(*others, *times), "naive"))
    build_all(engine, settings)
    with engine.connect() as connection:
        graph = bind(settings, find_stream(connection, settings))
        for relation in graph.relations:
            declared = {column.name: kind(column.type) for column in relation.table.c}
            stored = {c["name"]: kind(c["type"]) for c in sa.inspect(connection).get_columns(relation.table.name)}
            assert stored == declared, relation.name
            assert set(declared.values()) <= FAMILIES.keys()
            types = [column["type"] for column in sa.inspect(connection).get_columns(relation.table.name)]
            assert all(bool(one.timezone) is zoned for one in types if isinstance(one, sa.DateTime)), relation.name
