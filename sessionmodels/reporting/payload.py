"""What a page is given: figures and cubes as plain data, in a form that is small and has no character of markup."""

import base64
import gzip
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sessionmodels.display.blocks import Grid
from sessionmodels.display.escape import visible
from sessionmodels.display.format import moment
from sessionmodels.reporting.facts import Counted, Facts
from sessionmodels.reporting.figures import figures_of
from sessionmodels.reporting.figures.look import CONFIG
from sessionmodels.warehouses import warehouse_of
from sessionmodels.warehouses.render import dialect_of, plain_text_of


def packed(facts: Facts) -> str:
    """Return the facts as JSON, compressed, in base64: no text of the data can be read as markup."""
    written = json.dumps(_plain(facts), separators=(",", ":"), default=str)
    return base64.b64encode(gzip.compress(written.encode("utf-8"), 9, mtime=0)).decode("ascii")


def _plain(facts: Facts) -> dict[str, Any]:
    scope = facts.scope
    return {
        "period": scope.period,
        "starts": [one.isoformat() for one in scope.starts],
        "until": scope.until.isoformat(),
        "zone": scope.days.time_zone,
        "by": scope.by,
        "values": list(facts.values),
        "cubes": {name: _columns(cube, facts.warehouse) for name, cube in facts.cubes.items()},
        "figures": [{**asdict(one), "spec": _compiled(one.spec)} for one in figures_of(facts)],
        "warehouse": facts.warehouse,
        "made_at": moment(facts.made_at),
        "has_conversions": facts.has_conversions,
        "known_from": facts.known_from,
        "first_day": facts.first_day and facts.first_day.isoformat(),
        "is_unfinished": facts.is_unfinished,
        "notes": [visible(one) for one in facts.notes],
        "about_builds": [visible(one) for one in facts.about_builds],
        "tables": {
            "What was excluded, and why": _table(facts.excluded),
            "Freshness": _table(facts.freshness),
            "Last builds": _table(facts.builds),
        },
    }


def _compiled(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a figure for Vega, with its look. A browser need not compile it again."""
    import vl_convert  # noqa: PLC0415 - heavy, and an extra

    dressed = {**spec, "config": {**CONFIG, **spec.get("config", {}), "aria": False}}
    return vl_convert.vegalite_to_vega(dressed) if "vega-lite" in spec["$schema"] else dressed


def _columns(cube: Counted, warehouse: str) -> dict[str, Any]:
    columns = [list(column) for column in zip(*cube.rows, strict=True)] or [[] for _ in (*cube.keys, *cube.sums)]
    return {
        "keys": cube.keys,
        "sums": cube.sums,
        "columns": columns,
        "labels": {name: list(words) for name, words in cube.labels.items()},
        "last_later": list(cube.last_later),
        "sql": "" if cube.query is None else plain_text_of(cube.query, dialect_of(warehouse_of(warehouse))).strip(),
    }


def _table(grid: Grid | None) -> dict[str, Any] | None:
    if grid is None:
        return None
    numeric = [
        all(str(row[place]).replace(",", "").rstrip("%").replace(".", "").isdigit() for row in grid.rows)
        for place in range(len(grid.columns))
    ]
    return {"columns": list(grid.columns), "rows": [list(row) for row in grid.rows], "numeric": numeric}
