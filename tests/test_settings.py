"""Settings: where they come from, and what is refused with which words."""

from datetime import timedelta
from io import StringIO
from pydoc import Helper
from typing import Any

import pytest

from sessionmodels import SessionmodelsError, Settings, SettingsError
from sessionmodels.models import MODELS
from sessionmodels.settings.duration import seconds_in

RADIO = {"channel": "Radio", "where": [{"column": "source", "operator": "=", "value": "radio"}]}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"idle_minutes": "x"}, ["idle_minutes: expected an integer, got 'x' (from an argument)"]),
        ({"idle_minutes": 0}, ["idle_minutes: expected an integer of at least 1, got 0"]),
        ({"idle_minutes": 30.5}, ["expected an integer, got 30.5"]),
        ({"idle_minutes": 10**9}, ["expected an integer of at most 1000000, got 1000000000"]),
        ({"idle_minutes": True}, ["idle_minutes: expected an integer, got True"]),
        ({"idle_minute": 3}, ["no setting 'idle_minute'", "did you mean 'idle_minutes'"]),
        (
            {"time_zone": "europe/berlin"},
            ["time_zone: there is no time zone 'europe/berlin'; did you mean 'Europe/Berlin'?"],
        ),
        ({"time_zone": "localtime"}, ["there is no time zone 'localtime'; write a name of the IANA database"]),
        ({"time_zone": ""}, ["time_zone: there is no time zone ''; write a name of the IANA database, such as 'Europe/Berlin'"]),
        ({"start_events": "open"}, ["start_events: expected a list, got 'open'; write it like ['open']"]),
        ({"start_events": ["a\0b"]}, ["contains a character that no database can store"]),
        ({"max_session_minutes": 0}, ["max_session_minutes: expected an integer of at least 1, got 0"]),
        ({"max_session_minutes": 10**7}, ["expected an integer of at most 1000000, got 10000000"]),
        ({"sdk_sessions": "x"}, ["sdk_sessions: expected true or false, got 'x'"]),
        (
            {"sdk_sessions": True, "context": {}},
            ["sdk_sessions is set but context has no sdk_session_id", "add sdk_session_id = ['context_session_id'] to it"],
        ),
        (
            {"cut_on_campaign": True, "context": {"page_url": ["url"]}},
            ["cut_on_campaign is set but context has no utm_source or utm_medium or", "set cut_on_campaign = false"],
        ),
        ({"flow_depth": 0}, ["flow_depth: expected an integer of at least 1, got 0"]),
        ({"compatibility": "dtb"}, ["compatibility: expected 'exact' or 'dbt', got 'dtb'"]),
        ({"event_counters": {"a b": ["x"]}}, ["'a b' is not a column name", "cnt_signup"]),
        ({"event_counters": {"a;--": ["x"]}}, ["is not a column name"]),
        ({"event_counters": {"cnt": ["x"], "CNT": ["y"]}}, ["'CNT' is used twice"]),
        ({"event_counters": {"num_pvs": ["x"]}}, ["'num_pvs' is used twice"]),
        ({"event_counters": {"cnt": []}}, ["'cnt' counts no event"]),
        (
            {"event_counters": {"cnt": "signup"}},
            ["event_counters.cnt: expected a list, got 'signup'; write it like ['signup']"],
        ),
        ({"event_counters": {"page_views": ["x"]}}, ["'page_views' is used twice: it is already one of the table's own columns"]),
        ({"engaged_seconds": -1}, ["engaged_seconds: expected an integer of at least 0, got -1"]),
        ({"page_events": "page"}, ["page_events: expected a list, got 'page'; write it like ['page']"]),
        ({"conversion_events": [3]}, ["conversion_events.0: expected text, got 3"]),
        ({"session_columns": {"a b": "sum(page_url)"}}, ["session_columns: 'a b' is not a column name", "such as 'revenue'"]),
        ({"session_columns": {"Utm_Term": "first(utm_term)"}}, ["'Utm_Term' is used twice", "own columns"]),
        ({"session_columns": {"cnt_signup": "first(utm_term)"}}, ["'cnt_signup' is used twice: it is already a counter"]),
        ({"session_columns": {"a": "first(utm_term)", "A": "last(utm_term)"}}, ["'A' is used twice", "a session column"]),
        (
            {"session_columns": {"a": "avg(utm_term)"}},
            ["'a' is 'avg(utm_term)', none of first(…), last(…)", "write it like 'sum(rev"],
        ),
        ({"session_columns": {"a": "utm_term"}}, ["'a' is 'utm_term', none of first(…)"]),
        ({"session_columns": {"a": "sum(utm_terms)"}}, ["no column 'utm_terms' (did you mean 'utm_term'?); write one"]),
        ({"session_columns": {"a": "sum(b)"}, "context": {}}, ["the setting context has no column 'b' (there is none)"]),
        ({"session_columns": {"a": "sum(b)"}, "context": {"b": []}}, ["context: 'b' is read from no column"]),
        (
            {"kinds": {"track_flow": "view"}},
            ["kinds.track_flow: there is no relation 'track_flow'", "did you mean 'tracks_flow'"],
        ),
        ({"kinds": {"tracks_flow": "vew"}}, ["kinds.tracks_flow: expected 'table', 'view' or 'materialized_view', got 'vew'"]),
        ({"table_prefix": 'x"; DROP'}, ["table_prefix: expected a prefix of at most 40 letters", "such as 'dbt_'", "got 'x"]),
        ({"table_prefix": "dbt_\n"}, ["table_prefix: expected a prefix of"]),
        (
            {"table_prefix": "sessionmodels_slice_"},
            ["table_prefix: 'sessionmodels_slice_' starts with 'sessionmodels_'", "own tables"],
        ),
        ({"table_prefix": "SessionModels_"}, ["own tables"]),
        ({"source_table": ""}, ["source_table: must not be empty; write a name"]),
        ({"tracks": ""}, ["tracks: expected a file or a pattern such as 'events/*.parquet', or a list of them, got ''"]),
        ({"target_schema": ""}, ["target_schema: must not be empty; write a name"]),
        ({"source_table": "a\0b"}, ["source_table: 'a\\x00b' contains the control character U+0000"]),
        ({"event_counters": {"cnt": ["\udcff"]}}, ["contains a character that no database can store"]),
        ({"deduplicate": "x"}, ["deduplicate: expected true or false, got 'x'"]),
        ({"loaded_since": "x"}, ["loaded_since: expected a time such as 2026-01-31", "got 'x'"]),
        ({"source_table": 3}, ["source_table: expected text, got 3"]),
        ({"url": 3}, ["url: expected text (from an argument)"]),
        ({"kinds": "view"}, ["kinds: expected a table of names and values, got 'view'"]),
        ({"identity": "lastest"}, ["identity: expected 'latest', 'first', 'device', 'point_in_time' or 'table', got 'lastest'"]),
        (
            {"identity": "table"},
            ["identity is 'table' but identity_table is not set; set it to the table of"],
        ),
        ({"identity_table": ""}, ["identity_table: must not be empty; write a name"]),
        ({"identity_alias_column": "a\n"}, ["contains the control character U+000A"]),
        ({"ignored_ids": "unknown"}, ["ignored_ids: expected a list, got 'unknown'; write it like ['unknown']"]),
        ({"ignored_ids": ["x", "  "]}, ["ignored_ids: '  ' is blank, and a blank id is none anyway; remove it"]),
        ({"ignored_events": ["a\0"]}, ["contains a character that no database can store"]),
        ({"tracks": "*.csv", "source_table": "tracks"}, ["keep one of them"]),
        ({"sources": ["pages", 3]}, ["sources: '3' is not a source's name; write a list of names such as"]),
        ({"sources": ["pages", "pages"]}, ["sources: 'pages' is there twice; keep one of them"]),
        ({"sources": "pages"}, ["sources: expected a table of names and values, got 'pages'"]),
        ({"where": [{"column": "x", "operator": "NOT LIKE", "value": "a"}]}, ["where: there is no operator 'not like'"]),
        ({"sources": {"pages": "x"}}, ["sources.pages: expected a table of names and values, got 'x'"]),
        ({"sources": {"pages": {"tabel": "x"}}}, ["no setting 'sources.pages.tabel'", "did you mean 'table'"]),
        ({"sources": {"pages": {"table": 3}}}, ["sources.pages.table: expected text, got 3"]),
        ({"sources": {"my pages": {}}}, ["sources: 'my pages' is not a source's name", "set the source's table"]),
        ({"sources": {"pages": {}, "Pages": {}}}, ["sources: 'Pages' is there twice"]),
        ({"sources": {"pages": {"files": "*.csv", "table": "x"}}}, ["sources: pages has files and a table or a schema"]),
        ({"sources": {"pages": {}}, "source_table": "x"}, ["source_table is set, but sources does not name tracks"]),
        ({"sources": {"tracks": {"files": "*.csv"}}, "tracks": "*.csv"}, ["sources.tracks names a table or files, too"]),
        ({"own_domains": ["https://shop.example"]}, ["own_domains: 'https://shop.example' is no host: write letters, digits"]),
        ({"own_domains": "shop.example"}, ["own_domains: expected a list", "write it like ['shop.example']"]),
        ({"channel_sites": {"Search": ["kagi.com"]}}, ["channel_sites: 'Search' is not a kind of site", "such as 'search'"]),
        ({"channel_sites": {"search": []}}, ["channel_sites: 'search' has no site"]),
        ({"channel_sites": {"search": ["kagi.com/"]}}, ["channel_sites: search: 'kagi.com/' is no host"]),
        ({"channel_rules": "x"}, ["channel_rules: expected a list of rules such as [{'channel': 'Podcast'", "got 'x'"]),
        ({"channel_rules": ["x"]}, ["channel_rules: rule 1: expected a channel and its conditions", "got 'x'"]),
        ({"channel_rules": [{"where": []}]}, ["channel_rules: rule 1 has no channel; write its name"]),
        ({"channel_rules": [{"channel": "A"}]}, ["channel_rules: rule 1, 'A': where names no condition"]),
        ({"channel_rules": [{"channel": "A", "were": []}]}, ["rule 1, 'A': there is no 'were' in a rule; did you mean 'where'"]),
        (
            {"channel_rules": [RADIO, {"channel": "B", "where": [{"column": "sorce", "operator": "=", "value": "x"}]}]},
            ["channel_rules: rule 2, 'B': a rule cannot look at 'sorce'; did you mean 'source'?"],
        ),
        (
            {"channel_rules": [{"channel": "B", "where": [{"column": "site", "operator": "=", "value": "serach"}]}]},
            ["rule 1, 'B': there is no kind of site 'serach'; did you mean 'search'?"],
        ),
        (
            {"channel_rules": [{"channel": "B", "where": [{"column": "source", "operator": "<", "value": "x"}]}]},
            ["rule 1, 'B': 'source' is a text, and no text is < another; the operators are =, !=, in,"],
        ),
        (
            {"channel_rules": [{"channel": "B", "where": [{"column": "source", "operator": "in", "value": "x"}]}]},
            ["rule 1, 'B': 'source' in takes a list of values, got 'x'"],
        ),
        ({"where": "x = 1"}, ["where: expected a list of conditions such as", "got 'x = 1'"]),
        ({"where": ["x = 1"]}, ["where: expected a condition such as", "got 'x = 1'"]),
        ({"where": [{"column": "x", "operator": "=="}]}, ["where: there is no operator '=='", "did you mean '='"]),
        ({"where": [{"column": "x", "operator": "in", "value": "a"}]}, ["where: 'x' in takes a list of values, got 'a'"]),
        ({"where": [{"column": "x", "operator": "is null", "value": 1}]}, ["where: 'x' is null takes no value, got 1"]),
        ({"where": [{"column": "x", "operator": "contains", "value": ""}]}, ["where: 'x' contains takes a text, got ''"]),
        ({"where": [{"column": "x", "operator": "contains", "value": 1}]}, ["where: 'x' contains takes a text, got 1"]),
        ({"where": [{"column": "x", "operator": "="}]}, ["where: 'x' = takes a value, got None"]),
    ],
)
def test_a_wrong_value(given, words) -> None:
    """The error names the setting, what was found, and what to write instead, and says nothing of other settings."""
    with pytest.raises(SettingsError) as caught:
        Settings(**given)
    for word in words:
        assert word in str(caught.value)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, SessionmodelsError)
    assert isinstance(caught.value, ValueError)


NAMES = [name for name in Settings.model_fields if name.endswith(("_schema", "_table", "_column"))]


@pytest.mark.parametrize("control", ["\n", "\t", "\x1b", "\x7f", "\x85", "\u2028"])
@pytest.mark.parametrize("name", [*NAMES, "grant_to"])
def test_a_name_with_a_control_character(name, control) -> None:
    """Is refused with the setting's name, at the end too, where a dialect would not quote it."""
    value = f"select{control}"
    given: Any = {name: [value] if name == "grant_to" else value}
    with pytest.raises(SettingsError, match=rf"{name}\S*: 'select.*' contains the control character U\+") as caught:
        Settings(**given)
    assert control not in str(caught.value)
    with pytest.raises(SettingsError, match="is not a column name"):
        Settings(event_counters={f"cnt{control}": ["x"]})


def test_defaults_are_the_contracts() -> None:
    """What a user gets without a word."""
    settings = Settings()
    assert (settings.table_prefix, settings.source_table, settings.idle_minutes, settings.flow_depth) == ("dbt_", "tracks", 30, 5)
    assert settings.deduplicate is True
    assert settings.session_rules.only_idle
    assert (settings.time_zone, settings.session_rules.longest_idle_microseconds) == ("UTC", 1_800_000_000)
    assert settings.event_counters == {"cnt_viewed_product": ["view_product", "viewed_product"], "cnt_signup": ["signup"]}
    tables = {"aliases_mapping", "session_events", "sessions", "user_session_facts"}
    assert settings.kinds == {name: "table" if name in tables else "view" for name in MODELS}


def test_a_table_of_identities_is_the_identity() -> None:
    """It needs no second setting; another identity beside it leaves it unread."""
    assert (Settings().identity, Settings(identity_table="graph").identity) == ("latest", "table")
    assert Settings(identity_table="graph", identity="first").identity == "first"


def test_dbt_has_defaults_of_its_own() -> None:
    """Duplicates stay in and one name is counted, unless somebody says otherwise."""
    settings = Settings(compatibility="dbt")
    assert settings.deduplicate is False
    assert settings.event_counters["cnt_viewed_product"] == ["viewed_product"]
    assert Settings(compatibility="dbt", deduplicate=True).deduplicate is True


def test_settings_hide_the_password_and_cannot_change() -> None:
    """A URL's password is in no text of the settings; settings are immutable."""
    settings = Settings(url="postgresql://me:s3cret@host/db")
    assert "s3cret" not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
    with pytest.raises(Exception, match="frozen"):
        settings.idle_minutes = 3


def test_help_explains_each_setting() -> None:
    """With its type, its default and its meaning, and without the methods of the library below."""
    written = StringIO()
    Helper(output=written).help(Settings)
    text = " ".join(written.getvalue().replace("|", " ").split())
    for name, field in Settings.model_fields.items():
        assert f" {name} (" in text, name
        assert " ".join((field.description or "").replace("|", " ").split()) in text, name
    assert "idle_minutes (int, default 30): a pause of more than" in text
    assert "compatibility ('exact' 'dbt', default 'exact'): " in text
    assert "model_dump" not in text
    assert len(written.getvalue().splitlines()) < 3 * len(Settings.model_fields)


def test_type_checkers_know_the_settings() -> None:
    """A misspelt one is flagged, and so is a wrong value: pyright fails where one of these comments is not needed."""
    with pytest.raises(SettingsError, match="did you mean 'idle_minutes'"):
        Settings(idle_minute=3)  # pyright: ignore[reportCallIssue]
    with pytest.raises(SettingsError, match="got 'tabel'"):
        Settings(kinds={"tracks_flow": "tabel"})  # pyright: ignore[reportArgumentType]
    with pytest.raises(SettingsError, match="got 'dtb'"):
        Settings(compatibility="dtb")  # pyright: ignore[reportArgumentType]
    assert Settings(url="duckdb://", idle_minutes=3, event_counters={"n": ["x"]}, kinds={"tracks_flow": "view"}).idle_minutes == 3


@pytest.mark.parametrize(
    ("duration", "seconds"), [("10m", 600), ("90s", 90), ("1.5h", 5400), ("7", 7), (7, 7), (0.5, 0.5), (timedelta(minutes=1), 60)]
)
def test_a_duration(duration, seconds) -> None:
    """Is written alike in Python and in the command."""
    assert seconds_in(duration) == seconds


@pytest.mark.parametrize("duration", ["", "x", "10 minutes", "-1s", -1, None, True, float("nan"), float("inf"), timedelta(-1)])
def test_what_is_no_duration(duration) -> None:
    """The error says what one looks like."""
    with pytest.raises(SettingsError, match="wait: expected a duration such as 90s, 10m, 1h or 7d, got "):
        seconds_in(duration)
