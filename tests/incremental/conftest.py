"""Where most tests of incremental builds begin: `FIRST` in the source, and an incremental build of it."""

from engines import ENGINES, ROLLING_BACK
from kept import Template
from loads import FIRST
from tables import write_tracks

from sessionmodels import build_all


def build_first(engine) -> None:
    """Make the results of the first rows."""
    write_tracks(engine, FIRST)
    build_all(engine, incremental=True)


FIRST_BUILD = Template(build_first)

built = FIRST_BUILD.copies(*ENGINES)
built_duckdb = FIRST_BUILD.copies("duckdb")
built_transactional = FIRST_BUILD.copies(*ROLLING_BACK)
