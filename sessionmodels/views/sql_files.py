"""The selects of a revision in separate files, one per dialect, so that reviewers can read one warehouse's SQL at a time."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from sessionmodels.errors import SettingsError
from sessionmodels.views.definition import Definition
from sessionmodels.warehouses import WAREHOUSES

FOLDER: Final = "sql"
HEAD: Final = """-- The views of revision {revision} on {title}, each as the revision creates it.
-- {{target}}, {{source}} and {{prefix}} stand for the settings target_schema, source_schema and table_prefix.
"""

_views = re.compile(r"^-- view: (\w+)\n", re.MULTILINE)


def write_sql_files(folder: Path, revision: str, definitions: Iterable[Definition]) -> None:
    """Write the selects of a revision's views, in the order in which it creates them."""
    texts: dict[str, list[str]] = {}
    for one in definitions:
        for dialect, sql in one.sql.items():
            texts.setdefault(dialect, []).append(f"\n-- view: {one.relation}\n{sql}\n")
    (folder / FOLDER).mkdir(exist_ok=True)
    for dialect, parts in texts.items():
        head = HEAD.format(revision=revision, title=WAREHOUSES[dialect].title)
        (folder / FOLDER / f"{revision}_{dialect}.sql").write_text(head + "".join(parts), encoding="utf-8")


def read_sql_files(folder: Path, revision: str, relation_name: str) -> Mapping[str, str]:
    """Return the selects of one view by dialect.

    Raises:
        SettingsError: no file contains it.
    """
    found: dict[str, str] = {}
    paths = {dialect: folder / FOLDER / f"{revision}_{dialect}.sql" for dialect in WAREHOUSES}
    for dialect, path in paths.items():
        if path.exists():
            _, *parts = _views.split(path.read_text(encoding="utf-8"))
            selects = dict(zip(parts[::2], parts[1::2], strict=True))
            found |= {dialect: selects[relation_name].strip()} if relation_name in selects else {}
    if not found:
        msg = f"{relation_name}: the SQL files of revision {revision!r} are missing from {FOLDER}/; restore them"
        raise SettingsError(msg)
    return found
