"""What is said of a URL, in whatever place it stands, holds none of its secrets."""

import json
import logging
import pickle
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import product
from pathlib import Path
from traceback import TracebackException
from typing import Any, cast

import pytest
import sqlalchemy as sa
from command import run
from hypothesis import example, given, settings
from hypothesis import strategies as st
from oracle import Raw
from tables import write_tracks

from sessionmodels import BuildError, ConnectError, SessionmodelsError, Settings, SettingsError, build_all, engine_for
from sessionmodels.errors.redaction import hidden, logger, redacted
from sessionmodels.execution.inspect import _source_name
from sessionmodels.source.columns import Source

SHAPES = (
    "postgresql://me:{}@127.0.0.1:1/db",
    "postgresql://127.0.0.1:1/db?connect_timeout=3&password={}",
    "postgresql:///me:{}@127.0.0.1/db",
    "me:{}@127.0.0.1:1/db",
    "sqlite://me:{}@127.0.0.1:1/db",
    "https://me:{}@127.0.0.1:1/x.parquet",
    "https://127.0.0.1:1/x.parquet?sig={}",
)
PASSWORDS = (
    "hunter9XQZ",
    "XQZW@tail9QX",
    "XQZW/wQZX:rdQX9",
    "aXQZW#bQZXW?cZZQ9",
    "aXQZW=bQZXW&cZZQ9",
    "quXQZW'teQZX\"reZZQ9",
    "blXQZW ankZZQX@reZZQ9",
    "XQZ9%40%zzQ9XZ",
)


def in_a_file(text: str) -> str:
    Path("sessionmodels.toml").write_text(text)
    return run("status").output


def parsed(url: str) -> object:
    return json.dumps(url)  # a JSON text is a TOML text


PLACES = {
    "flag": lambda url: run("build", "--url", url).output,
    "argument": lambda url: run("build", url).output,
    "command": lambda url: run(url).output,
    "mistyped flag": lambda url: run("build", f"--urll={url}").output,
    "other flag": lambda url: run("build", "--wait", url, "--log-format", "json").output,
    "selection": lambda url: run("build", "--url", "duckdb://", "--select", url).output,
    "dialect": lambda url: run("sql", "--dialect", url).output,
    "counter": lambda url: run("build", "--counter", url).output,
    "tracks": lambda url: run("build", "--tracks", url).output,
    "file": lambda url: in_a_file(f"url = {parsed(url)}"),
    "kinds": lambda url: in_a_file(f"[kinds]\nurl = {parsed(url)}"),
    "a kind": lambda url: in_a_file(f"[kinds]\n{parsed(url)} = 'view'"),
    "counters": lambda url: in_a_file(f"[event_counters]\nurl = {parsed(url)}"),
    "grants": lambda url: in_a_file(f"grant_to = {parsed(url)}"),
    "a grant": lambda url: in_a_file(f"grant_to = [{parsed(url)}]"),
    "key": lambda url: in_a_file(f"{parsed(url)} = 1"),
    "schema": lambda url: in_a_file(f"target_schema = {parsed(url)}"),
    "number": lambda url: in_a_file(f"idle_minutes = {parsed(url)}"),
}


def pieces(password: str) -> list[str]:
    """Return what would give a part of the password away."""
    return [piece for piece in re.split(r"[^A-Za-z0-9]+", password) if len(piece) >= 4]


def assert_hidden(password: str, said: str) -> None:
    assert not [piece for piece in pieces(password) if piece in said], said


def urls(place: str) -> Iterator[tuple[str, str]]:
    """Yield shapes and passwords: each with each in two places; in every other each password with two shapes, a login at least.

    Between these places, too, each meets each.
    """
    number, any_text = [*PLACES].index(place), place in {"flag", "file"}
    shapes = [one for one in SHAPES if any_text or "://" in one]  # what looks like no URL, stands elsewhere where any text may
    if any_text:
        yield from product(shapes, PASSWORDS)
    else:
        for n, password in enumerate(PASSWORDS):
            yield from ((shapes[(number + n + more) % len(shapes)], password) for more in (0, 3))


def test_every_shape_meets_every_password() -> None:
    """Also in the places that each sees only some together."""
    met = {one for place in PLACES if place not in {"flag", "file"} for one in urls(place)}
    assert met == {*product((one for one in SHAPES if "://" in one), PASSWORDS)}


@pytest.mark.slow
@pytest.mark.parametrize("place", [pytest.param(one, marks=pytest.mark.slow) if one == "tracks" else one for one in PLACES])
def test_no_place_repeats_a_password(place) -> None:
    """Whatever the password holds, and wherever its URL stands: no piece of it is in the output."""
    for shape, password in urls(place):
        said = PLACES[place](shape.format(password))
        assert said, shape
        assert "Traceback" not in said
        assert_hidden(password, said)


password = st.lists(st.text("xqzXQZ789", min_size=4, max_size=8), min_size=1, max_size=3).flatmap(
    lambda words: st.lists(st.text("@:/?#&= %'\"\\[]", min_size=1, max_size=2), min_size=len(words), max_size=len(words)).map(
        lambda signs: "".join(map("".join, zip(words, signs, strict=True)))
    )
)


@settings(max_examples=60)
@given(password, st.sampled_from(SHAPES[:3]), st.sampled_from(("flag", "argument", "kinds", "number", "tracks")))
@example("p@ssXQ/w:rdXQ", "postgresql://sessions:{}@127.0.0.1:54399/shop", "flag")
@pytest.mark.slow
def test_any_password(password, shape, place) -> None:
    """The same for passwords that nobody thought of."""
    Path("sessionmodels.toml").unlink(missing_ok=True)
    assert_hidden(password, PLACES[place](shape.format(password)))


def test_what_did_not_parse_cleanly_is_not_printed() -> None:
    """The error says what to write instead, and nothing of the URL: not even the server's word of it."""
    url = "postgresql://sessions:p@ss/w:rd@127.0.0.1:54399/shop"
    said = run("status", "--url", url).output
    assert "percent-encoded: '@' as %40, '/' as %2F" in said
    assert not re.search(r"w:rd|'ss'|shop", said)
    with pytest.raises(ConnectError, match="percent-encoded") as caught:
        build_all(sa.create_engine(url))
    assert not re.search(r"w:rd|'ss'|shop", str(caught.value))


def with_locals(error: BaseException) -> str:
    """Return the traceback as Sentry and pytest --showlocals show it, but for what stands in this file."""
    shown = TracebackException.from_exception(error, capture_locals=True)
    left: list[TracebackException | None] = [shown]
    for one in left:
        if one is not None:
            left += [one.__cause__, one.__context__]
            one.stack[:] = [frame for frame in one.stack if frame.filename != __file__]
    assert shown.stack
    return "".join(shown.format())


@pytest.mark.slow
def test_what_a_server_says_is_masked(postgresql, caplog) -> None:
    """In the error, its causes, its pickle, the log, and the table of builds."""
    write_tracks(postgresql, [Raw("1", "d", None, "x", 0)])
    said = "RAISE EXCEPTION 'connection postgresql://u:hunter9XQZ@h failed: password=hunter9XQZ'"
    with postgresql.begin() as connection:
        connection.exec_driver_sql(f"CREATE FUNCTION fail() RETURNS text LANGUAGE plpgsql AS $$ BEGIN {said}; END $$")
        connection.exec_driver_sql("CREATE VIEW raw AS SELECT id, anonymous_id, user_id, fail() AS event, timestamp FROM tracks")
    with caplog.at_level(logging.INFO, "sessionmodels"), pytest.raises(BuildError) as caught:
        build_all(postgresql, Settings(source_table="raw", retries=0))
    assert "connection postgresql://u:***@h failed: password=***" in str(caught.value)
    everything = with_locals(caught.value)
    with postgresql.connect() as connection:
        told = connection.exec_driver_sql("SELECT error FROM sessionmodels_builds_dbt_").scalars().all()
    assert_hidden("hunter9XQZ", f"{everything} {told} {caplog.records} {caplog.text} {vars(caplog.records[-1])}")


def test_logs_are_masked_whoever_writes_them(caplog) -> None:
    """The message, its arguments and what stands beside it."""
    with caplog.at_level(logging.INFO, "sessionmodels.here"):
        logger("sessionmodels.here").info("went to %s: %s", "a://u:XQZ9@h", ValueError("token=XQZ9"), extra={"why": "pwd=XQZ9"})
    assert "XQZ9" not in f"{caplog.text} {vars(caplog.records[0])}"


def failures(url: str) -> Iterator[BaseException]:
    """Yield what goes wrong with a URL in Python."""

    def settings_with_another_fault() -> None:
        Settings(url=url, idle_minutes=0)

    def a_settings_file() -> None:
        Path("sessionmodels.toml").write_text(f"url = '{url}'\nidle_minutes = 0\n")
        try:
            Settings()
        finally:
            Path("sessionmodels.toml").unlink()

    def connecting() -> None:
        with engine_for(Settings(url=url)) as engine:
            build_all(engine)

    def files() -> None:
        build_all(sa.create_engine("duckdb://"), Settings(tracks=f"{url}.parquet"))

    for fail in (settings_with_another_fault, a_settings_file, connecting, files):
        with suppress(AssertionError):
            try:
                fail()
            except Exception as error:  # noqa: BLE001 - whatever it is
                yield error
            else:
                raise AssertionError(fail.__name__)


def chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize(
    "shape", [SHAPES[0], SHAPES[1], "postgresql://me:{}@ss@127.0.0.1:1/db", "https://me:{}@127.0.0.1:1/x?sig={}"]
)
def test_tracebacks_with_locals(shape) -> None:
    """As Sentry and pytest --showlocals show them: no frame of ours, or of a library below, holds the password."""
    url = shape.format("hunter9XQZ", "hunter9XQZ")
    for error in failures(url):
        assert isinstance(error, SessionmodelsError)
        assert_hidden("hunter9XQZ", with_locals(error))
        for one in chain(error):
            assert_hidden("hunter9XQZ", f"{one!r} {one} {vars(one)}")


def test_errors_can_be_pickled() -> None:
    """As schedulers do that run a build in another process; what they are made of comes along, without secrets."""
    error = BuildError("tracks", "password=XQZ9", statement="SELECT * FROM read_csv('https://u:XQZ9@h/x')", transient=True)
    pickled = pickle.dumps(error)
    assert b"XQZ9" not in pickled
    again = pickle.loads(pickled)
    assert (str(again), vars(again)) == (str(error), vars(error))
    assert again.transient


def test_nothing_is_masked_for_ever() -> None:
    """Secrets are known as long as they are in use."""
    with hidden(sa.make_url("postgresql://me:word@h/db")):
        assert redacted("a word") == "a ***"
    assert redacted("a word") == "a word"


def test_settings_are_shown_without_secrets() -> None:
    """In repr, text, dict and JSON; files are still read where they are."""
    settings = Settings(url="postgresql://me:hunter9XQZ@h/db", tracks="https://me:hunter9XQZ@h/x.parquet?sig=hunter9XQZ")
    assert_hidden("hunter9XQZ", f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}")
    assert settings.tracks == "https://me:hunter9XQZ@h/x.parquet?sig=hunter9XQZ"
    with pytest.raises(SettingsError, match=re.escape("tracks='https://me:***@h/x.xlsx'")):
        build_all(sa.create_engine("duckdb://"), Settings(tracks="https://me:hunter9XQZ@h/x.xlsx"))


def test_what_the_builds_record_of_files_has_no_secret() -> None:
    """The name of the source goes into the table of builds, and from there into reasons, the result and the status."""
    chosen = Settings(sources={"tracks": {"files": ["s3://b/a.csv?token=SECRETa1", "s3://b/b.csv"]}, "pages": {}})
    source = Source(sa.select(sa.literal(1).label("one")).subquery(), {})
    assert _source_name(source, chosen, cast("Any", None)) == "s3://b/a.csv?token=***, s3://b/b.csv"
