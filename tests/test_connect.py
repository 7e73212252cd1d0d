"""From settings to an engine, and what one database is."""

import threading
import time

import pytest
import sqlalchemy as sa
from oracle import Raw
from tables import write_tracks

from sessionmodels import LockedError, Settings, build_all, engine_for
from sessionmodels.settings import defaults

pytestmark = pytest.mark.slow


def test_an_engine_of_the_settings(tmp_path) -> None:
    """Those that are given, else those that stand outside; its connections end with it."""
    write_tracks(sa.create_engine(f"duckdb:///{tmp_path / 'events.duckdb'}"), [Raw("1", "d", None, "x", 0)])
    with engine_for(Settings(url="duckdb:///events.duckdb")) as engine:
        assert build_all(engine)["track_facts"].rows == 1
    (tmp_path / "sessionmodels.toml").write_text("url = 'duckdb:///events.duckdb'\n")
    with engine_for() as engine:
        assert build_all(engine)["track_facts"].rows == 1


@pytest.mark.parametrize(
    ("url", "other", "is_one"),
    [
        ("duckdb:///:memory:shared", "duckdb:///:memory:shared", True),
        ("duckdb:///:memory:one", "duckdb:///:memory:other", False),
        ("duckdb:///file.duckdb", "duckdb:///./file.duckdb", True),
    ],
)
def test_what_one_database_is(url, other, is_one) -> None:
    """Engines that share one by its name in memory, or by its file, build one at a time."""
    one, two = sa.create_engine(url), sa.create_engine(other)
    write_tracks(one, [Raw("1", "d", None, "x", 0)])
    if not is_one:
        write_tracks(two, [Raw("1", "d", None, "x", 0)])
    began, over = threading.Event(), threading.Event()

    def hold(*_) -> None:
        began.set()
        over.wait(10)

    builder = threading.Thread(target=lambda: build_all(one, defaults(), watch=hold))
    builder.start()
    assert began.wait(10)
    try:
        if is_one:
            with pytest.raises(LockedError):
                build_all(two, defaults(retries=0))
        else:
            build_all(two, defaults())
    finally:
        over.set()
        builder.join()
    started = time.monotonic()
    build_all(two, defaults(), wait="10s")
    assert time.monotonic() - started < 10
