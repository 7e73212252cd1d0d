"""Reads from the text of revisions which views they create, without running them."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any, Final

from alembic.script import Script, ScriptDirectory

from sessionmodels.errors import SettingsError
from sessionmodels.views.definition import Definition
from sessionmodels.views.sql_files import read_sql_files

CREATES: Final = "create_session_view", "replace_session_view"
DROPS: Final = "drop_session_view"


@dataclass(frozen=True)
class Written:
    """A definition and the revision that contains it; None for a new one."""

    definition: Definition
    revision: str | None = None


def created_by(script: ScriptDirectory, heads: Iterable[str]) -> dict[str, Written]:
    """Return the views that exist after these revisions and all before them have run, by relation name.

    Raises:
        SettingsError: a revision computes an argument, which cannot be read without running it.
    """
    created: dict[str, Written] = {}
    for script_of in reversed(list(script.iterate_revisions(tuple(heads), "base"))):
        for operation, arguments in _calls(script_of):
            relation = arguments["relation_name"]
            if operation == DROPS:
                created.pop(relation, None)
            else:
                created[relation] = (
                    find(script, relation, arguments["revision"]) if "revision" in arguments else _written(script_of, arguments)
                )
    return created


def find(script: ScriptDirectory, relation_name: str, revision: str) -> Written:
    """Return the view as defined in that revision.

    Raises:
        SettingsError: the revision does not define it, or does not exist.
    """
    try:
        script_of = script.get_revision(revision)
    except Exception as error:  # noqa: BLE001 - Alembic's own, of several kinds
        msg = f"{relation_name} refers to revision {revision!r}, which does not exist ({error}); restore its file"
        raise SettingsError(msg) from None
    for operation, arguments in _calls(script_of) if script_of else ():
        if operation in CREATES and arguments["relation_name"] == relation_name and "revision" not in arguments:
            return _written(script_of, arguments)
    msg = f"{relation_name} refers to revision {revision!r}, whose upgrade does not define it; restore the definition there"
    raise SettingsError(msg)


def _written(script_of: Any, arguments: dict[str, Any]) -> Written:
    files = arguments.pop("sql_files", None)
    if files:
        arguments |= read_sql_files(Path(script_of.path).parents[1], files, arguments["relation_name"])
    return Written(definition_of(**arguments), script_of.revision)


def definition_of(  # noqa: PLR0913 - as the operations
    relation_name: str,
    row: str,
    *,
    reads: Iterable[str] = (),
    columns: Iterable[Iterable[str]] = (),
    materialized: bool = False,
    where_kind_is_view: bool = False,
    **sql: str,
) -> Definition:
    """Return the definition in an operation's arguments."""
    del where_kind_is_view  # decides whether it runs, and is not part of the definition
    listed: Any = tuple(tuple(column) for column in columns)
    selects = {dialect: dedent(text).strip() for dialect, text in sql.items()}
    return Definition(relation_name, row, tuple(reads), listed, selects, "materialized_view" if materialized else "view")


def _calls(script_of: Script) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the operations on views in a revision's `upgrade`, each with its arguments by name."""
    tree = ast.parse(Path(script_of.path).read_bytes())
    for function in (one for one in tree.body if isinstance(one, ast.FunctionDef)):
        calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
        ours = [one for one in calls if isinstance(one.func, ast.Attribute) and one.func.attr in {*CREATES, DROPS}]
        if ours and function.name not in {"upgrade", "downgrade"}:
            msg = (
                f"revision {script_of.revision!r} changes views in {function.name}(); only upgrade() is read, so move that there"
            )
            raise SettingsError(msg)
        for call in sorted(ours, key=lambda one: one.lineno) if function.name == "upgrade" else ():
            yield call.func.attr, _arguments(call, script_of)  # pyright: ignore[reportAttributeAccessIssue] - filtered above


def _arguments(call: ast.Call, script_of: Script) -> dict[str, Any]:
    try:
        named = {str(one.arg): ast.literal_eval(one.value) for one in call.keywords}
        return dict(zip(("relation_name", "row"), map(ast.literal_eval, call.args), strict=False)) | named
    except ValueError:
        msg = (
            f"revision {script_of.revision!r}, line {call.lineno}, passes a computed value to an operation on views; write it "
            "as plain text or a list, because revisions are compared without being run"
        )
        raise SettingsError(msg) from None
