"""How many examples a law takes on an engine."""

from engines import QUICK
from hypothesis import settings
from sqlalchemy import Engine


def examples(engine: Engine, most: int) -> settings:
    """Return so many on DuckDB, and a third elsewhere, where they need only show what the engine does otherwise with the SQL.

    Elsewhere, it is one more, because the first that Hypothesis draws is always the simplest: one event, as a rule.
    """
    return settings(max_examples=most if engine.dialect.name == QUICK else max(most // 3, 1) + 1)
