"""Renders the operations in a revision."""

import difflib
from collections.abc import Iterator
from typing import Any

from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import render_op

from sessionmodels.views.definition import Definition
from sessionmodels.views.operations import (
    CreateSessionSchemaOp,
    CreateSessionViewOp,
    DropSessionViewOp,
    KeepSessionSchemaOp,
    ReplaceSessionViewOp,
)
from sessionmodels.views.refresh import RefreshLastOp, RefreshSessionViewOp
from sessionmodels.views.revisions import Written


@renderers.dispatch_for(CreateSessionSchemaOp)
def _create_schema(context: AutogenContext, _operation: CreateSessionSchemaOp) -> str:
    return f"{_module(context)}create_session_schema()"


@renderers.dispatch_for(KeepSessionSchemaOp)
def _keep_schema(_context: AutogenContext, _operation: KeepSessionSchemaOp) -> str:
    return "# the target schema stays, because it may contain other objects"


@renderers.dispatch_for(CreateSessionViewOp)
def _create(context: AutogenContext, operation: CreateSessionViewOp) -> str:
    return _with_comments(operation, _call(context, operation))


@renderers.dispatch_for(ReplaceSessionViewOp)
def _replace(context: AutogenContext, operation: ReplaceSessionViewOp) -> str:
    return _with_comments(operation, _call(context, operation))


@renderers.dispatch_for(DropSessionViewOp)
def _drop(context: AutogenContext, operation: DropSessionViewOp) -> str:
    arguments = [*_named(operation), *(["materialized=True"] if operation.materialized else [])]
    return _commented(operation.why, f"{_module(context)}drop_session_view({', '.join(arguments)})")


@renderers.dispatch_for(RefreshSessionViewOp)
def _refresh(context: AutogenContext, operation: RefreshSessionViewOp) -> str:
    return _commented(operation.why, f"{_module(context)}refresh_session_view({', '.join(_named(operation))})")


@renderers.dispatch_for(RefreshLastOp)
def _refresh_last(context: AutogenContext, operation: RefreshLastOp) -> list[str]:
    return [line for one in operation.ops for line in render_op(context, one)]


def _named(operation: DropSessionViewOp | RefreshSessionViewOp) -> list[str]:
    return [repr(operation.relation), *(["where_kind_is_view=True"] if operation.where_kind_is_view else [])]


def _commented(why: str, call: str) -> str:
    return f"# {why}\n{call}" if why else call


def _with_comments(operation: CreateSessionViewOp | ReplaceSessionViewOp, call: str) -> str:
    why = [f"# {operation.why}"] if operation.why else []
    return "\n".join([*why, *_changes(operation.before, operation.written), call])


def _module(context: AutogenContext) -> Any:
    return context.opts["alembic_module_prefix"]


def _call(context: AutogenContext, operation: CreateSessionViewOp | ReplaceSessionViewOp) -> str:
    """Return the call. A definition in an earlier revision is referred to by that revision."""
    written, name = operation.written, operation.name
    definition = written.definition
    arguments = [repr(definition.relation)]
    arguments += [f"revision={written.revision!r}"] if written.revision else _arguments(definition, operation.sql_files)
    arguments += ["where_kind_is_view=True"] if operation.where_kind_is_view else []
    if written.revision:
        return f"{_module(context)}{name}({', '.join(arguments)})"
    listed = "\n".join(f"    {one}," for one in arguments)
    return f"{_module(context)}{name}(\n{listed}\n)"


def _arguments(definition: Definition, sql_files: str | None) -> list[str]:
    columns = "\n".join(f"        {column!r}," for column in definition.columns)
    return [
        repr(definition.row),
        f"reads={list(definition.reads)!r}",
        f"columns=[\n{columns}\n    ]",
        *(["materialized=True"] if definition.kind == "materialized_view" else []),
        *([f"sql_files={sql_files!r}"] if sql_files else _written_out(definition)),
    ]


def _written_out(definition: Definition) -> list[str]:
    return [f'{dialect}="""\n{_escaped(sql)}\n"""' for dialect, sql in definition.sql.items()]


def _escaped(sql: str) -> str:
    return sql.replace("\\", "\\\\").replace('"""', r"\"\"\"")


def _changes(before: Written | None, now: Written) -> Iterator[str]:
    """Yield the changes as comments for reviewers; none if the definition is an earlier one."""
    if before is None or now.revision:
        return
    old, new = before.definition, now.definition
    yield from _difference("columns", _columns(old), _columns(new))
    for dialect, sql in new.sql.items():
        if dialect in old.sql:
            yield from _difference(dialect, old.sql[dialect].split("\n"), sql.split("\n"))
        else:
            yield f"# {dialect}: new"


def _columns(definition: Definition) -> list[str]:
    return [f"{name} {kind}: {meaning}" for name, kind, meaning in definition.columns]


def _difference(where: str, old: list[str], new: list[str]) -> Iterator[str]:
    lines = list(difflib.unified_diff(old, new, n=1, lineterm=""))[2:]
    if lines:
        yield f"# {where}:"
        yield from (f"#   {'…' if line.startswith('@@') else _on_one_line(line)}" for line in lines)


def _on_one_line(text: str) -> str:
    """Return text that cannot break out of a comment."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text.rstrip())
