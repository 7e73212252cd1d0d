"""The package as it is imported and documented."""

import inspect
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest
import sqlalchemy as sa

import sessionmodels
from sessionmodels import Settings
from sessionmodels.models import MODELS
from sessionmodels.offline.documented import documented_graph

HEAVY = {
    "sqlalchemy",
    "pydantic",
    "duckdb",
    "psycopg",
    "rich",
    "google",
    "snowflake",
    "alembic",
    "sqlparse",
    "yaml",
    "lkml",
    "markdown_it",
}


def imported_by(statement: str) -> set[str]:
    """Return the top-level packages that a statement imports, in a fresh interpreter."""
    code = f"import sys; {statement}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout.split())


@pytest.mark.slow
def test_importing_loads_nothing_heavy() -> None:
    """Neither a driver nor SQLAlchemy, before something is asked for."""
    assert not imported_by("import sessionmodels") & HEAVY
    assert not imported_by("import sessionmodels.cli") & HEAVY
    assert not imported_by("from sessionmodels import build_all, Settings") & (HEAVY - {"sqlalchemy", "pydantic"})


@pytest.mark.slow
def test_alembic_has_one_room() -> None:
    """Whoever never migrates never loads it."""
    root = Path(sessionmodels.__file__).parent
    files = [path for path in root.rglob("*.py") if re.search(r"^\s*(from|import) alembic", path.read_text(), re.MULTILINE)]
    importing = {path.relative_to(root).parts[0] for path in files}
    assert importing - {"migrations"} == {"views"}
    assert "alembic" not in imported_by("import sessionmodels.views, sessionmodels.execution.build")


def test_public_names() -> None:
    """What is promised is there, and nothing else is made up."""
    for name in sessionmodels.__all__:
        assert getattr(sessionmodels, name).__doc__
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        getattr(sessionmodels, "nonsense")  # noqa: B009 - so that no type checker looks


def modules():
    root = Path(sessionmodels.__file__).parent
    return [import_module(name) for _, name, _ in walk_packages([str(root)], "sessionmodels.")]


def test_every_module_says_what_it_is() -> None:
    """And every public function and class in it, too."""
    for module in modules():
        assert module.__doc__, module.__name__
        for name, thing in vars(module).items():
            ours = getattr(thing, "__module__", None) == module.__name__
            if ours and not name.startswith("_") and (inspect.isclass(thing) or inspect.isfunction(thing)):
                assert inspect.getdoc(thing), f"{module.__name__}.{name}"


@pytest.mark.parametrize("name", MODELS)
def test_models_describe_each_column(name) -> None:
    """The docstring names the columns in the order in which the select gives them, and the source."""
    doc = inspect.getdoc(MODELS[name].select) or ""
    described = re.findall(r"^    (\w+): ", doc.partition("Columns:")[2].partition("\n\n")[0], re.MULTILINE)
    assert described == list(documented_graph(Settings(), "duckdb")[name].table.c.keys())
    assert "\nSource: `" in doc


def test_models_give_typed_columns() -> None:
    """No column is left without a type, in any mode."""
    for settings in (Settings(), Settings(compatibility="dbt"), Settings(deduplicate=False)):
        for relation in documented_graph(settings, "duckdb").relations:
            for column in relation.table.c:
                assert not isinstance(column.type, sa.types.NullType), f"{relation.name}.{column.name}"
