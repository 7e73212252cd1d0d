"""A definition: what is fixed in it, what is left open, and how it comes out of a revision as it went in."""

from dataclasses import replace

import pytest
from alembic.operations.ops import UpgradeOps
from alembic.script import ScriptDirectory
from project import write_first

from sessionmodels import Settings, SettingsError
from sessionmodels.models import MODELS
from sessionmodels.views import options
from sessionmodels.views.freeze import Definitions
from sessionmodels.views.operations import CreateSessionViewOp, ReplaceSessionViewOp
from sessionmodels.views.packaged import configuration, folder
from sessionmodels.views.revisions import Written, created_by
from sessionmodels.warehouses import WAREHOUSES
from sessionmodels.warehouses.render import dialect_of, quoted_in
from sessionmodels.warehouses.statement import literal_text

NASTY = 'it\'s 100% \\ :name {x} """ -- y\n   z\r \\'


def packaged():
    return ScriptDirectory.from_config(configuration(Settings()))


@pytest.mark.slow
def test_the_packaged_revisions_are_what_the_models_say() -> None:
    """On all five dialects; after a change of a model: `python tests/support/project.py --rewrite`, and read the diff."""
    script = packaged()
    written = {name: one.definition for name, one in created_by(script, script.get_heads()).items()}
    assert written == Definitions(Settings()).written(WAREHOUSES)


@pytest.mark.slow
def test_the_first_revision_is_written_by_the_tool(tmp_path) -> None:
    """Nobody edits it, or the SQL files beside it, by hand: `python tests/support/project.py --rewrite` writes them."""
    write_first(tmp_path / "migrations")
    for part in ("versions/*.py", "sql/*.sql"):
        fresh, kept = ({path.name: path.read_text() for path in at.glob(part)} for at in (tmp_path / "migrations", folder()))
        assert fresh == kept


def test_the_branch_has_a_label() -> None:
    """By which a project that has taken the packaged revisions in names them."""
    assert packaged().get_revision("sessionmodels@head")


@pytest.mark.parametrize("dialect", WAREHOUSES)
@pytest.mark.parametrize("place", [{}, {"source_schema": "a b", "target_schema": "An odd one", "table_prefix": "Odd_"}])
@pytest.mark.slow
def test_in_its_place_it_is_the_models_own_select(dialect, place) -> None:
    """But for line breaks: whatever the schemas, the prefix and the texts in the settings are."""
    chosen = {"event_counters": {"c": [NASTY]}, "kinds": dict.fromkeys(MODELS, "view")}
    settings, words = Settings(**chosen, **place), dialect_of(WAREHOUSES[dialect])
    from sessionmodels.offline.documented import documented_stream  # noqa: PLC0415
    from sessionmodels.relations.graph import bind  # noqa: PLC0415 - beside its only use

    graph = bind(settings, documented_stream(settings, WAREHOUSES[dialect]))
    definitions = Definitions(Settings(**chosen)).written([dialect])
    for relation in graph.relations:
        view = definitions[relation.name].in_place(settings, words)
        found, wanted = (literal_text(one, words) for one in (view.select, relation.select))
        assert "".join(found.split()) == "".join(wanted.split())
        assert quoted_in(words).findall(found) == quoted_in(words).findall(wanted)
        assert view.table.fullname == relation.table.fullname


@pytest.mark.parametrize("operation", [CreateSessionViewOp, ReplaceSessionViewOp])
@pytest.mark.slow
def test_what_is_written_is_read_back(tmp_path, operation) -> None:
    """Through Alembic's rendering and indenting, with whatever a text may hold."""
    from alembic.autogenerate import render_python_code  # noqa: PLC0415 - beside its only use

    options()
    settings = Settings(event_counters={"c": [NASTY]})
    before = Definitions(Settings(event_counters={"c": [NASTY * 2]})).written(["duckdb"])["session_track_facts"]
    one = Definitions(settings).written(WAREHOUSES)["session_track_facts"]
    body = render_python_code(UpgradeOps([operation(Written(one), Written(before))]))
    versions = tmp_path / "versions"
    versions.mkdir()
    head = "from alembic import op\nrevision = 'r1'\ndown_revision = None\n\ndef upgrade():\n    "
    (versions / "r1_x.py").write_text(head + body, encoding="utf-8")
    assert created_by(ScriptDirectory(str(tmp_path)), ["r1"]) == {"session_track_facts": Written(one, "r1")}


def test_words_with_a_meaning_of_their_own() -> None:
    """A name that would be taken for what is left open is refused."""
    for word in ("{target}", "{prefix}x", "__source"):
        with pytest.raises(SettingsError, match="is a placeholder in migrations"):
            Definitions(Settings(event_counters={"c": [word]}))


@pytest.mark.slow
def test_a_dialect_that_is_not_written_down() -> None:
    """Is an error that says which are, and how to get it."""
    one = Definitions(Settings()).written(["duckdb", "postgresql"])["session_duration"]
    with pytest.raises(SettingsError, match=r"for duckdb, postgresql, not for snowflake; .*dialects=\['snowflake'\]"):
        one.in_place(Settings(), dialect_of(WAREHOUSES["snowflake"]))


def test_a_revision_that_is_more_than_text(tmp_path) -> None:
    """What only running a revision would tell is refused, with its place; so is one that names a revision without the view."""
    versions = tmp_path / "versions"
    versions.mkdir()
    script = "from alembic import op\nrevision = 'r1'\ndown_revision = None\n\ndef upgrade():\n    {}\n"
    (versions / "r1_x.py").write_text(script.format("op.create_session_view('a' + name, 'b')"))
    with pytest.raises(SettingsError, match=r"revision 'r1', line 6, passes a computed value .* write it as plain text"):
        created_by(ScriptDirectory(str(tmp_path)), ["r1"])
    (versions / "r1_x.py").write_text(script.format("op.create_session_view('a', revision='r0')"))
    with pytest.raises(SettingsError, match="refers to revision 'r0', which does not exist"):
        created_by(ScriptDirectory(str(tmp_path)), ["r1"])
    (versions / "r1_x.py").write_text(script.format("op.create_session_view('a', revision='r1')"))
    with pytest.raises(SettingsError, match="whose upgrade does not define it"):
        created_by(ScriptDirectory(str(tmp_path)), ["r1"])


def test_revisions_of_theirs(tmp_path) -> None:
    """Are read whatever letters they are in; views that are changed where nobody looks are refused."""
    versions = tmp_path / "versions"
    versions.mkdir()
    text = "# coding: latin-1\n# caf\u00e9\nrevision = 'r1'\ndown_revision = None\n\ndef upgrade():\n    pass\n"
    (versions / "r1_x.py").write_text(text, encoding="latin-1")
    assert created_by(ScriptDirectory(str(tmp_path)), ["r1"]) == {}
    inside = "revision = 'r1'\ndown_revision = None\n\ndef upgrade_engine1():\n    op.drop_session_view('tracks_flow')\n"
    (versions / "r1_x.py").write_text(inside)
    with pytest.raises(SettingsError, match=r"changes views in upgrade_engine1\(\)"):
        created_by(ScriptDirectory(str(tmp_path)), ["r1"])


@pytest.mark.slow
def test_it_is_equal_to_what_says_the_same() -> None:
    """A meaning, a type, a kind and one dialect's words each make another definition; names, types and kind another place."""
    one = Definitions(Settings()).written(["duckdb", "postgresql"])["session_duration"]
    reworded = replace(one, sql={**one.sql, "duckdb": "SELECT 1"})
    explained = replace(one, columns=((*one.columns[0][:2], "y"), *one.columns[1:]))
    renamed = replace(one, columns=(("x", "text", "y"), *one.columns[1:]))
    kept = replace(one, kind="materialized_view")
    assert one not in [reworded, explained, renamed, kept, replace(one, row="another")]
    assert reworded.can_replace(one)
    assert explained.can_replace(one)
    assert not renamed.can_replace(one)
    assert not kept.can_replace(one)
    assert not kept.can_replace(kept)
