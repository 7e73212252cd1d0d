"""A build in a process of its own, ended by `kill -9`."""

import subprocess
import sys

import sqlalchemy as sa

BUILD = """
import sys, sqlalchemy as sa
from sessionmodels import build_all
url, at, incremental = sys.argv[1:]
def watch(done, total, step):
    if done == int(at):
        print("now", flush=True)
        sys.stdin.read()
build_all(sa.create_engine(url), incremental=incremental == "True", watch=watch)
"""
"""Builds, and stays in the middle after so many steps."""


def kill_a_build(engine: sa.Engine, at: int, *, incremental: bool = False) -> None:
    """Let another process build, and kill it after so many steps."""
    url = engine.url.render_as_string(hide_password=False)
    engine.dispose()
    words = [sys.executable, "-c", BUILD, url, str(at), str(incremental)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "now\n"
        process.kill()
