"""Identity graphs: rows of an alias and its visitor, as somebody else's table has them."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from hypothesis import strategies as st
from streams import DEVICES, DICE, USERS, apart
from tables import insert_rows, schema_of

Graph = list[tuple[str | None, str | None]]

VISITORS = ("u", "d", "somebody", "both", "é", "  ", None, "it's")


def chosen_by(identity: str) -> dict[str, Any]:
    """Return the settings of an identity."""
    return {"identity_table": "graph"} if identity == "table" else {"identity": identity}


@st.composite
def _graphs(draw, streams: int = 16) -> Graph:
    """Draw what a graph says of some ids of so many streams: each has one visitor, and blank rows say nothing."""
    return graph_by(draw(DICE), streams)


def graph_by(dice, streams: int) -> Graph:
    """Return a graph by chance. Some rows are there twice."""
    known = sorted({one for one in (*DEVICES, *USERS) if one and len(one) < 100 and one.strip(" ")})
    rows: Graph = [(None, "u"), ("  ", "somebody")]
    for stream in range(streams):
        for alias in dice.sample(known, dice.randrange(len(known) + 1)):
            row = apart(alias, stream), apart(dice.choice(VISITORS), stream)
            rows += [row] * dice.choice((1, 1, 2))
    dice.shuffle(rows)
    return rows


GRAPHS = _graphs()


def rerun(graph: Graph, dice, streams: int) -> Graph:
    """Return the graph after its owner has run again: of some aliases it says something else, or nothing."""
    said, later = dict(graph), dict(graph_by(dice, streams))
    for alias in sorted({*said, *later} - {None, "  "}, key=str):
        match dice.randrange(6):
            case 0:
                said.pop(alias, None)
            case 1 | 2:
                said[alias] = later.get(alias)
            case 3:
                said[alias] = alias
    return list(said.items())


def write_graph(engine: sa.Engine, rows: Sequence[tuple[str | None, str | None]], *, name: str = "graph") -> None:
    """Make the table hold these rows, under the names of RudderStack Profiles' columns."""
    table = sa.Table(name, sa.MetaData(), sa.Column("other_id", sa.Text), sa.Column("main_id", sa.Text), schema=schema_of(engine))
    with engine.begin() as connection:
        if not sa.inspect(connection).has_table(name, table.schema):
            table.create(connection)
        connection.execute(table.delete().where(sa.literal_column("1") == sa.literal_column("1")))
        if rows:
            insert_rows(connection, table, [{"other_id": alias, "main_id": visitor} for alias, visitor in rows])
