"""Several sources: what an event is called, what is refused before anything is touched, and what a flag says."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from command import run
from oracle import MINUTE, Raw
from tables import names_in, read, write_tracks

from sessionmodels import Settings, SettingsError, SourceError, build_all, status
from sessionmodels.cli.options import settings_from
from sessionmodels.offline.script import write_statements

TRACKS = [Raw("1", "d", None, "opened", 0, 10 * MINUTE), Raw("2", "d", "u", "signup", MINUTE, 11 * MINUTE)]
PAGES = [Raw("3", "d", None, "Home", 2 * MINUTE, 5 * MINUTE)]


def names(engine: sa.Engine, **sources) -> dict[str, tuple[str, str | None]]:
    """Build from these sources and return each event's source and name."""
    build_all(engine, Settings(sources=sources))
    return {row["event_id"]: (row["source"], row["event"]) for row in read(engine, "session_events")}


NAMELESS = ("pages", "screens", "identifies", "downloads", "views")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("own", "events"),
    [
        ({}, {"pages": "page", "screens": "screen", "identifies": "identify", "downloads": "downloads"}),
        (
            {"pages": {"event_name": "viewed"}, "downloads": {"table": "views", "event_name": "it's"}},
            {"pages": "viewed", "screens": "screen", "identifies": "identify", "downloads": "it's"},
        ),
    ],
)
def test_events_without_a_name(duckdb, own, events) -> None:
    """Have the name that goes with their source's, or the one that is set."""
    write_tracks(duckdb, TRACKS)
    for name in NAMELESS:
        write_tracks(duckdb, [replace(PAGES[0], id=f"of {name}")], name=name, without=("event",))
    assert names(duckdb, tracks={}, **{name: own.get(name, {}) for name in events}) == {
        "1": ("tracks", "opened"),
        "2": ("tracks", "signup"),
        **{f"of {own.get(name, {}).get('table', name)}": (name, event) for name, event in events.items()},
    }


@pytest.mark.slow
def test_events_with_a_name(duckdb) -> None:
    """Keep it where a column has it; a constant that is set takes its place; with both, it fills what is null."""
    write_tracks(duckdb, [*PAGES, Raw("4", "d", None, None, 3 * MINUTE)], name="pages")
    assert names(duckdb, pages={}) == {"3": ("pages", "Home"), "4": ("pages", None)}
    assert names(duckdb, pages={"event_name": "page"}) == {"3": ("pages", "page"), "4": ("pages", "page")}
    both = {"event_name": "page", "event_column": "event"}
    assert names(duckdb, pages=both) == {"3": ("pages", "Home"), "4": ("pages", "page")}


@pytest.mark.slow
def test_names_and_schemas_of_their_own(engine) -> None:
    """Each source has its own schema, table and columns, and the settings that hold for all where it sets none."""
    write_tracks(engine, TRACKS)
    with engine.begin() as connection:
        connection.execute(sa.schema.CreateSchema("web"))
        connection.exec_driver_sql(
            "CREATE TABLE web.views AS SELECT id AS key, anonymous_id AS device, user_id, event AS title, timestamp AS ts"
            " FROM tracks WHERE id = '1'"
        )
        connection.exec_driver_sql("UPDATE web.views SET key = '9'")
    own = {"schema": "web", "table": "views", "id_column": "key", "anonymous_id_column": "device", "timestamp_column": "ts"}
    found = names(engine, tracks={}, pages=own)
    assert found == {"1": ("tracks", "opened"), "2": ("tracks", "signup"), "9": ("pages", "page")}


@pytest.mark.parametrize(
    ("sources", "words"),
    [
        ({"tracks": {}, "pages": {}}, ["there is no table 'pages'", "set sources.pages.table and sources.pages.schema"]),
        ({"tracks": {}, "pages": {"schema": "web"}}, ["there is no schema 'web'", "set sources.pages.schema"]),
        (
            {"tracks": {}, "pages": {"table": "tracks", "id_column": "key"}},
            ["tracks has no column 'key'", "set sources.pages.id_column to the column's name"],
        ),
        (
            {"tracks": {}, "pages": {"table": "tracks", "event_column": "title"}},
            ["tracks has no column 'title'", "set sources.pages.event_column"],
        ),
    ],
)
def test_what_a_source_lacks(duckdb, sources, words) -> None:
    """Is an error that names the source and its setting, before anything is touched."""
    write_tracks(duckdb, TRACKS)
    before = names_in(duckdb)
    with pytest.raises(SourceError) as caught:
        build_all(duckdb, Settings(sources=sources))
    for word in words:
        assert word in str(caught.value)
    assert names_in(duckdb) == before


def test_files_in_place_of_a_table(duckdb) -> None:
    """Who built from files before and forgot to name them is told how."""
    with pytest.raises(SourceError, match=r"set source_table and source_schema, or name its files: --tracks FILES"):
        build_all(duckdb)
    write_tracks(duckdb, TRACKS)
    with pytest.raises(SourceError, match=r"or name its files: --source pages=FILES"):
        build_all(duckdb, Settings(sources=["tracks", "pages"]))
    with pytest.raises(SourceError, match=r"set identity_table and identity_schema$"):  # which is never read from files
        build_all(duckdb, Settings(identity="table", identity_table="graph"))


def test_a_source_over_a_result(duckdb) -> None:
    """A result that a source would lose itself under is refused, by the source's setting."""
    write_tracks(duckdb, TRACKS)
    write_tracks(duckdb, TRACKS, name="dbt_sessions")
    with pytest.raises(SettingsError, match=r"sources\.pages\.table 'dbt_sessions' is also the name of a result"):
        build_all(duckdb, Settings(sources={"tracks": {}, "pages": {"table": "dbt_sessions"}}))


@pytest.mark.slow
def test_what_is_shown_of_each(duckdb) -> None:
    """In the result, as text, HTML and data, and in the status, also of a build that found nothing."""
    write_tracks(duckdb, TRACKS)
    write_tracks(duckdb, [*PAGES, Raw("5", None, None, None, 0)], name="pages", without=("event",))
    settings = Settings(sources={"tracks": {}, "pages": {}})
    result = build_all(duckdb, settings, incremental=True)
    plain = result.to_dict()["source"]["sources"]
    assert {name: (one["events_read"], one["events_kept"]) for name, one in plain.items()} == {"tracks": (2, 2), "pages": (2, 1)}
    assert plain["pages"]["left_out"]["no_id"] == 1
    assert (plain["tracks"]["watermark"], plain["pages"]["watermark"]) == (
        "1970-01-01T00:11:00+00:00",
        "1970-01-01T00:05:00+00:00",
    )
    assert result.to_dict()["watermark"] == plain["pages"]["watermark"]
    for shown in (str(result), result._repr_html_(), str(status(duckdb, settings)), status(duckdb, settings)._repr_html_()):
        assert "source" in shown
        assert "pages" in shown
    assert build_all(duckdb, settings, incremental=True).mode == "nothing"
    assert status(duckdb, settings).to_dict()["sources"] == plain


def test_one_source_is_not_shown_by_itself(duckdb) -> None:
    """Its figures are those of the build."""
    write_tracks(duckdb, TRACKS)
    assert "loaded by" not in str(build_all(duckdb, incremental=True))


@pytest.mark.slow
def test_a_source_that_is_emptied(duckdb) -> None:
    """Another one has events, but the rows of this one would be lost: nothing is published."""
    write_tracks(duckdb, TRACKS)
    write_tracks(duckdb, PAGES, name="pages", without=("event",))
    settings = Settings(sources={"tracks": {}, "pages": {}})
    build_all(duckdb, settings, incremental=True)
    write_tracks(duckdb, [], name="pages", without=("event",))
    with pytest.raises(SourceError, match="the source 'pages' has no event loaded since"):
        build_all(duckdb, settings, incremental=True)


@pytest.mark.slow
@pytest.mark.parametrize("dialect", ["duckdb", "postgresql", "bigquery", "snowflake", "redshift"])
def test_the_sql_of_several(dialect) -> None:
    """Is written without a connection, for each source as the loader makes it."""
    settings = Settings(sources={"tracks": {}, "pages": {"schema": "web"}}, source_schema="rudder", target_schema="analytics")
    script = "\n".join(write_statements(settings, dialect))
    assert "typed_events_of_pages" in script
    assert "web" in script


def test_flags() -> None:
    """`--source` names a table, or with `=` files; several of one source are a list."""
    chosen = settings_from(
        {"sources": ("tracks", "pages=a.csv", "pages=b.csv"), "where": ("ip != 10.0.0.1", "c in a,b", "x is null")}
    )
    assert chosen.sources == {"tracks": {}, "pages": {"files": ("a.csv", "b.csv")}}
    assert repr(chosen.where) == str(
        [
            {"column": "ip", "operator": "!=", "value": "10.0.0.1"},
            {"column": "c", "operator": "in", "value": ("a", "b")},
            {"column": "x", "operator": "is null"},
        ]
    )
    for wrong, words in (
        ({"sources": ("pages", "pages")}, "given twice"),
        ({"sources": ("pages=",)}, "names no files"),
        ({"where": ("ip!=3",)}, "is no condition"),
    ):
        with pytest.raises(SettingsError, match=words):
            settings_from(wrong)


@pytest.mark.slow
def test_duplicates_that_are_kept_are_no_sign_of_a_wrong_setting(duckdb) -> None:
    """In a full build and in an incremental one: nothing is removed, however many rows have one id."""
    write_tracks(duckdb, [Raw("1", "d", None, "x", n, n) for n in range(4)])
    write_tracks(duckdb, PAGES, name="pages", without=("event",))
    settings = Settings(sources=["tracks", "pages"], deduplicate=False)
    build_all(duckdb, settings, incremental=True)
    write_tracks(duckdb, [Raw("1", "d", None, "x", n, n) for n in range(9)])
    result = build_all(duckdb, settings, incremental=True)
    assert (result.mode, result["session_events"].rows) == ("incremental", 10)


def test_a_source_that_is_lost(engine) -> None:
    """Is refused, though the others hide it in the share of all events."""
    write_tracks(engine, TRACKS * 5)
    write_tracks(engine, [replace(one, anonymous_id=None) for one in PAGES], name="pages", without=("event",))
    with pytest.raises(SourceError, match=r"1 of 1 events of the source 'pages' \(100.0%\) would be excluded .*sources\.pages"):
        build_all(engine, Settings(sources=["tracks", "pages"], deduplicate=False))


@pytest.mark.slow
def test_an_empty_source(duckdb) -> None:
    """Does not make every build look for changes: nothing is new until it has a row."""
    write_tracks(duckdb, TRACKS)
    write_tracks(duckdb, [], name="pages", without=("event",))
    settings = Settings(sources=["tracks", "pages"])
    assert [build_all(duckdb, settings, incremental=True).mode for _ in range(3)] == ["full", "nothing", "nothing"]
    write_tracks(duckdb, PAGES, name="pages", without=("event",))
    assert build_all(duckdb, settings, incremental=True).mode == "incremental"


def test_places_of_several_sources() -> None:
    """Files and tables do not compete where both can be sources."""
    Path("sessionmodels.toml").write_text('tracks = "t.jsonl"\n[sources.pages]\nfiles = "p.jsonl"\n', encoding="utf-8")
    assert Settings(source_schema="s").source_names == ("tracks", "pages")
    Path("sessionmodels.toml").write_text('source_schema = "raw"\nsources = ["tracks", "pages"]\n', encoding="utf-8")
    assert Settings(tracks="t.jsonl").of_source("pages").source_schema == "raw"


@pytest.mark.slow
def test_files_of_each() -> None:
    """Each source has its own files, of a format of their own."""
    Path("t.csv").write_text("id,anonymous_id,event,timestamp\n1,d,x,2026-01-01 10:00:00\n", encoding="utf-8")
    lines = [{"id": "2", "anonymous_id": "d", "timestamp": "2026-01-01 10:05:00"}]
    Path("p.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    done = run("build", "--tracks", "t.csv", "--source", "pages=p.jsonl", "--json")
    assert done.exit_code == 0, done.stderr
    plain = json.loads(done.stdout)["source"]["sources"]
    assert {name: one["events_kept"] for name, one in plain.items()} == {"tracks": 1, "pages": 1}
    missing = run("build", "--tracks", "t.csv", "--source", "pages=none.csv")
    assert missing.exit_code == 1
    assert "sources.pages" in missing.stderr
    assert "none.csv" in missing.stderr


EXPORT = [
    {
        "type": "track",
        "messageId": "1",
        "anonymousId": "d",
        "event": "x",
        "timestamp": "2026-01-01T10:00:00Z",
        "context": {"page": {"url": "https://a/"}, "campaign": {"name": "c"}, "sessionId": 17, "userAgent": "bot"},
        "properties": {"revenue": 3.5, "url": "unused"},
    },
    {
        "type": "page",
        "messageId": "2",
        "anonymousId": "d",
        "name": "Home",
        "timestamp": "2026-01-01T10:01:00Z",
        "properties": {"url": "https://b/"},
    },
    {"type": "group", "messageId": "3", "anonymousId": "d", "timestamp": "2026-01-01T10:01:00Z"},
]


@pytest.mark.slow
def test_a_raw_export_of_several(duckdb) -> None:
    """Each source reads the lines of its type, also in one file, and finds the context inside them; others are counted once."""
    Path("e.jsonl").write_text("\n".join(map(json.dumps, EXPORT)), encoding="utf-8")
    context = {"page_url": ["context_page_url", "url"], "utm_campaign": ["context_campaign_name"], "revenue": ["revenue"]}
    context |= {"sdk_session_id": ["context_session_id"]}
    settings = Settings(tracks="e.jsonl", format="rudderstack", sources={"pages": {"files": "e.jsonl"}}, context=context)
    result = build_all(duckdb, settings)
    assert result.source is not None
    assert result.source.skipped == {"group": 1}
    found = read(duckdb, "session_events")
    names = "event_id", "source", "event", *context
    assert sorted(tuple(row[name] for name in names) for row in found) == [
        ("1", "tracks", "x", "https://a/", "c", "3.5", "17"),
        ("2", "pages", "page", "https://b/", None, None, None),
    ]
    build_all(duckdb, settings.model_copy(update={"where": Settings(where=[IS_NO_BOT]).where}))
    assert [row["event_id"] for row in read(duckdb, "session_events")] == ["2"]


@pytest.mark.slow
def test_raw_exports_in_files_of_their_own(duckdb) -> None:
    """What one source reads in its files is skipped in those of another, and counted there."""
    for name in ("t.jsonl", "p.jsonl"):
        Path(name).write_text("\n".join(map(json.dumps, EXPORT)), encoding="utf-8")
    settings = Settings(tracks="t.jsonl", format="rudderstack", sources={"pages": {"files": "p.jsonl"}})
    result = build_all(duckdb, settings)
    assert result.source is not None
    assert result.source.skipped == {"group": 2, "page": 1, "track": 1}


IS_NO_BOT = {"column": "context_user_agent", "operator": "!=", "value": "bot"}
