"""What the revisions say: which views they have made, read from their text. None of them is run for that."""

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
    """A definition, and the revision that wrote it down; none yet where it is about to be written."""

    definition: Definition
    revision: str | None = None


def made_by(script: ScriptDirectory, heads: Iterable[str]) -> dict[str, Written]:
    """Return the views that stand once these revisions and all before them have run, by the relation's name.

    Raises:
        SettingsError: a revision says something of a view in words that only running it would explain.
    """
    made: dict[str, Written] = {}
    for script_of in reversed(list(script.iterate_revisions(tuple(heads), "base"))):
        for operation, said in _said(script_of):
            relation = said["relation_name"]
            if operation == DROPS:
                made.pop(relation, None)
            else:
                made[relation] = find(script, relation, said["revision"]) if "revision" in said else _written(script_of, said)
    return made


def find(script: ScriptDirectory, relation_name: str, revision: str) -> Written:
    """Return the view as that revision wrote it down.

    Raises:
        SettingsError: it did not, or is not there.
    """
    try:
        script_of = script.get_revision(revision)
    except Exception as error:  # noqa: BLE001 - Alembic's own, of several kinds
        msg = f"{relation_name} is to be as revision {revision!r} has it, which is not there ({error}); put its file back"
        raise SettingsError(msg) from None
    for operation, said in _said(script_of) if script_of else ():
        if operation in CREATES and said["relation_name"] == relation_name and "revision" not in said:
            return _written(script_of, said)
    msg = f"{relation_name} is to be as revision {revision!r} has it, whose upgrade does not write it down; put its text back"
    raise SettingsError(msg)


def _written(script_of: Any, said: dict[str, Any]) -> Written:
    files = said.pop("sql_files", None)
    if files:
        said |= read_sql_files(Path(script_of.path).parents[1], files, said["relation_name"])
    return Written(definition_of(**said), script_of.revision)


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
    """Return what the arguments of an operation say."""
    del where_kind_is_view  # says when, not what
    listed: Any = tuple(tuple(column) for column in columns)
    selects = {dialect: dedent(text).strip() for dialect, text in sql.items()}
    return Definition(relation_name, row, tuple(reads), listed, selects, "materialized_view" if materialized else "view")


def _said(script_of: Script) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the operations on views in a revision's `upgrade`, each with its arguments by name."""
    tree = ast.parse(Path(script_of.path).read_bytes())
    for function in (one for one in tree.body if isinstance(one, ast.FunctionDef)):
        calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
        ours = [one for one in calls if isinstance(one.func, ast.Attribute) and one.func.attr in {*CREATES, DROPS}]
        if ours and function.name not in {"upgrade", "downgrade"}:
            msg = f"revision {script_of.revision!r} changes views in {function.name}(); only upgrade() is read, so put it there"
            raise SettingsError(msg)
        for call in sorted(ours, key=lambda one: one.lineno) if function.name == "upgrade" else ():
            yield call.func.attr, _arguments(call, script_of)  # pyright: ignore[reportAttributeAccessIssue] - as looked for above


def _arguments(call: ast.Call, script_of: Script) -> dict[str, Any]:
    try:
        named = {str(one.arg): ast.literal_eval(one.value) for one in call.keywords}
        return dict(zip(("relation_name", "row"), map(ast.literal_eval, call.args), strict=False)) | named
    except ValueError:
        msg = (
            f"revision {script_of.revision!r}, line {call.lineno}, hands an operation on views something that is no plain text "
            "or list; write out what it is, since revisions are compared without being run"
        )
        raise SettingsError(msg) from None
