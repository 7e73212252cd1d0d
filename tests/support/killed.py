"""A build in a process of its own, ended by `kill -9`."""

import multiprocessing
import os
import time
from multiprocessing.connection import Connection

import sqlalchemy as sa

from sessionmodels import build_all

FORKED = multiprocessing.get_context("forkserver")
"""Its processes come from one that has imported all that a build needs, which takes longer than the build."""

FORKED.set_forkserver_preload(["sessionmodels.execution.build", "duckdb_sqlalchemy", "psycopg"])


def kill_a_build(engine: sa.Engine, at: int, *, incremental: bool = False) -> None:
    """Let another process build, and kill it after so many steps."""
    url = engine.url.render_as_string(hide_password=False)
    engine.dispose()
    here, there = FORKED.Pipe(duplex=False)
    process = FORKED.Process(target=build_up_to, args=(url, at, there, {**os.environ}, incremental), daemon=True)
    process.start()
    there.close()
    assert here.recv() == at
    process.kill()
    process.join()


def build_up_to(url: str, at: int, reached: Connection, environment: dict[str, str], incremental: bool) -> None:
    """Build in this environment, for that of the process before is another test's, and stay in the middle after so many steps."""
    os.environ.update(environment)

    def stay(done: int, *_more: object) -> None:
        if done == at:
            reached.send(done)
            time.sleep(60)

    build_all(sa.create_engine(url), incremental=incremental, watch=stay)
