"""Whose an event is, by each identity, in figures worked out by hand; and what is said of ids and events that are none.

On any stream each identity is held in `test_session_rules.py`, and ids and events that are none in `test_meaning.py`.
"""

from typing import Any

import pytest
from engines import ENGINES, on
from graphs import chosen_by, write_graph
from oracle import MINUTE, Raw, Rules, sessionize
from tables import assert_same, read, read_all, write_tracks

from sessionmodels import Settings, SettingsError, SourceError, build_all, plan_all
from sessionmodels.cli.options import settings_from

pytestmark = pytest.mark.usefixtures("unguarded")

IDENTITIES = ("first", "device", "point_in_time", "table")


SHARED = [
    Raw("1", "d", None, "a", 0, 1),
    Raw("2", "d", "u", "b", MINUTE, 1),
    Raw("3", "d", None, "c", 2 * MINUTE, 1),
    Raw("4", "e", None, "d", 3 * MINUTE, 1),
    Raw("5", "f", "w", "e", 4 * MINUTE, 1),
]
"""Two devices of users, and one of nobody's."""


def visitors_in(engine, **chosen) -> str:
    """Return the visitors of the events, in the order of their ids."""
    rows = read(engine, "mapped_tracks", Settings(**chosen))
    return "".join(row["dbt_visitor_id"] for row in sorted(rows, key=lambda row: row["event_id"]))


TOUCHED = {"first": "tuv", "device": "d", "point_in_time": "tuv", "table": ("e", "it's", "t", "w", "x", "y")}
"""By identity, whose events the second batch, or the other graph, gives or takes: the others are not worked out again."""

IN_BATCHES = {
    "duckdb": IDENTITIES,
    **dict.fromkeys(("postgresql", "redshift", "snowflake"), ("point_in_time", "table")),
    "bigquery": ("point_in_time",),
}
"""Each identity on DuckDB; elsewhere those whose increments are more than a join with logins.

In full, the conformance stream has each of them everywhere, and so has `test_any_settings.py` in batches on PostgreSQL.
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("warehouse", "identity"), [on(name, one) for name, some in IN_BATCHES.items() for one in some], indirect=["warehouse"]
)
def test_in_two_batches(warehouse, identity) -> None:
    """The second one brings an earlier and a later login, and one between; who is not concerned is not worked out again.

    An audit, where it is quick, finds every row as if computed afresh.
    """
    audited = warehouse.dialect.name in ENGINES
    later = [
        Raw("0", "d", "t", "a", -MINUTE, 2),
        Raw("6", "d", "v", "f", 3 * MINUTE, 2),
        Raw("7", "d", None, "g", 9 * MINUTE, 2),
        Raw("8", "d", "v", "late", MINUTE + 1, 2),
    ]
    graphs = [("d", "x"), ("v", "x"), ("e", "it's")], [("d", "y"), ("t", "t"), ("w", "y")]
    chosen = Settings(layout=False, overlap_hours=0, **chosen_by(identity))
    for raws, graph, mode, audit in ((SHARED, graphs[0], "full", 0), (SHARED + later, graphs[1], "incremental", 1.0)):
        write_tracks(warehouse, raws)
        if identity == "table":
            write_graph(warehouse, graph)
        result = build_all(warehouse, chosen, incremental=True, audit=audit if audited else 0)
        assert result.mode == mode
        assert_same(read_all(warehouse, chosen), sessionize(raws, Rules(identity=identity, graph=tuple(graph)))[0])
    assert result.increment
    assert result.increment.visitors_touched == len(TOUCHED[identity])
    if audited:
        assert result.audit
        assert (result.audit.visitors > 0, result.audit.differences) == (True, ())


@pytest.mark.slow
def test_a_graph_moves_sessions_by_itself(duckdb) -> None:
    """Though no event is new; and a user who is said to be their own visitor is not one of whom nothing is said."""
    chosen = Settings(identity_table="graph")
    write_tracks(duckdb, SHARED)
    write_graph(duckdb, [("d", "x")])
    build_all(duckdb, chosen, incremental=True)
    assert visitors_in(duckdb) == "xxxew"
    assert build_all(duckdb, chosen, incremental=True).mode == "nothing"
    for graph, visitors, touched in (
        ([("d", "x"), ("u", "u")], "xuxew", 2),
        ([("d", "x")], "xxxew", 2),
        ([("d", "x"), ("x", "y")], "xxxew", None),
        ([("d", "x"), ("f", "z"), ("w", "w")], "xxxew", 0),
        ([], "dudew", 3),
    ):
        write_graph(duckdb, graph)
        result = build_all(duckdb, chosen, incremental=True)
        assert visitors_in(duckdb) == visitors
        assert_same(read_all(duckdb), sessionize(SHARED, Rules(identity="table", graph=tuple(graph)))[0])
        assert (result.increment and result.increment.visitors_touched) == touched
        assert build_all(duckdb, chosen, incremental=True).mode == "nothing"


@pytest.mark.slow
def test_an_alias_with_two_visitors(engine) -> None:
    """Is refused before anything is touched, and named; also where nothing is new, and in a dry run."""
    chosen = Settings(identity_table="graph")
    write_tracks(engine, SHARED)
    write_graph(engine, [("d", "x"), ("d", "x"), (" ", "x"), (" ", "y")])
    build_all(engine, chosen, incremental=True)
    before = read_all(engine)
    write_graph(engine, [("d", "x"), ("it's", "x"), ("it's", "y"), ("é", "x"), ("é", "y")])
    words = """gives an alias two visitors: "it's" is 'x' and 'y'; 'é' is 'x' and 'y'. Nothing was changed."""
    for build in (build_all, plan_all):
        for incremental in (False, True):
            with pytest.raises(SourceError) as caught:
                build(engine, chosen, incremental=incremental)
            assert words in str(caught.value)
    assert_same(read_all(engine), before)


@pytest.mark.slow
def test_a_graph_that_is_not_there(engine) -> None:
    """Neither the table nor one of its columns: an error that names it, and the settings; ids of any type are text."""
    write_tracks(engine, SHARED)
    with pytest.raises(SourceError, match=r"no table 'graph' in .*; set identity_table and identity_schema"):
        build_all(engine, Settings(identity_table="graph"))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE graph (alias text, visitor integer)")
        connection.exec_driver_sql("INSERT INTO graph VALUES ('d', 7)")
    with pytest.raises(SourceError, match=r"graph has no column 'main_id' .*; set identity_visitor_column to"):
        build_all(engine, Settings(identity_table="graph", identity_alias_column="alias"))
    build_all(engine, Settings(identity_table="graph", identity_alias_column="alias", identity_visitor_column="visitor"))
    assert visitors_in(engine) == "777ew"


def test_a_graph_that_is_a_result(duckdb_results) -> None:
    """Would be overwritten, and is refused."""
    columns: Any = {"identity_alias_column": "alias", "identity_visitor_column": "dbt_visitor_id"}
    with pytest.raises(SettingsError, match="identity_table 'dbt_aliases_mapping' is also the name of a result"):
        build_all(duckdb_results, Settings(identity_table="dbt_aliases_mapping", **columns))


@pytest.mark.slow
def test_what_the_build_says_of_them(duckdb, monkeypatch) -> None:
    """In print and JSON; an ignored event is no reason to refuse a build, and its share is of the others."""
    monkeypatch.delenv("SESSIONMODELS_MAX_EXCLUDED_SHARE")
    nobody = [Raw(f"n{n}", None, None, "x", n) for n in range(6)]
    write_tracks(duckdb, [*SHARED, *(Raw(f"p{n}", "unknown", "Unknown", "ping", n) for n in range(90))])
    chosen = Settings(ignored_ids=["unknown"], ignored_events=["ping"])
    result = build_all(duckdb, chosen)
    assert "Skipped 90 events: a name in ignored_events" in str(result)
    assert "Ignored ids in anonymous_id: unknown (90 events)" in str(result)
    assert result.to_dict()["source"]["ignored_ids"] == {"anonymous_id": {"unknown": 90}}
    write_tracks(duckdb, [*SHARED, *nobody, *(Raw(f"p{n}", "d", None, "ping", n) for n in range(90))])
    with pytest.raises(SourceError, match=r"6 of 11 events \(54.5%\) would be excluded \(6 with no anonymous_id or user_id\)"):
        build_all(duckdb, chosen)


def test_the_flags() -> None:
    """Each list by one flag for each of its values."""
    given_flags = {"ignored_ids": ("a", "b,c"), "ignored_events": ("ping",), "identity_table": ("graph",), "identity": ()}
    found = settings_from(given_flags)
    assert (found.ignored_ids, found.ignored_events, found.identity) == (["a", "b,c"], ["ping"], "table")
