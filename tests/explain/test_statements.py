"""The queries of an explanation are SQL of every dialect; GoogleSQL judges BigQuery's in `tests/googlesql`."""

from typing import Any

import pytest
import sqlglot
from everything import EVERYTHING
from explained import explained_graph, queries
from sqlglot import expressions

from sessionmodels import Settings
from sessionmodels.warehouses import WAREHOUSES
from sessionmodels.warehouses.render import dialect_of
from sessionmodels.warehouses.statement import literal_text

VARIANTS: dict[str, dict[str, Any]] = {
    "everything on": {**EVERYTHING, "ignored_ids": ["unknown"], "loaded_since": "2026-01-01"},
    "an identity table": {"identity_table": "graph"},
}


@pytest.mark.slow
@pytest.mark.parametrize("dialect", WAREHOUSES)
@pytest.mark.parametrize("variant", VARIANTS)
def test_every_query_is_spelled(dialect, variant) -> None:
    """Each compiles, another parser reads it as one select, and it is limited to the id that was asked for."""
    found = queries(explained_graph(Settings(**VARIANTS[variant]), dialect))
    words = dialect_of(WAREHOUSES[dialect])
    assert len(found) > 14
    for name, query in found.items():
        text = literal_text(query, words)
        (parsed,) = sqlglot.parse(text, dialect={"postgresql": "postgres"}.get(dialect, dialect))
        assert isinstance(parsed, expressions.Select | expressions.Union), name
        literals = {one.this for one in parsed.find_all(expressions.Literal)}
        assert any("100%" in str(one) for one in literals), name
