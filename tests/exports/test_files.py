"""The files of an export: where they go, and what they never overwrite."""

import builtins
from pathlib import Path

import pytest
import yaml
from command import run

from sessionmodels import Settings, SettingsError, export
from sessionmodels.cli import main
from sessionmodels.cli.export import FORMATS as OFFERED
from sessionmodels.display.files import MARK
from sessionmodels.exports.run import FORMATS, described


def test_the_formats_of_the_command() -> None:
    """They are those that there are, and its help says what each is."""
    assert list(OFFERED.choices) == list(FORMATS)
    assert all(f"      {name} " in (main.commands["export"].help or "") for name in FORMATS)


@pytest.mark.parametrize("name", FORMATS)
def test_written_and_written_again(name, tmp_path) -> None:
    """An export overwrites what an export wrote; the command prints each path."""
    found = export(name)
    assert all(MARK in text for text in found.files.values())
    words = ("export", name, "--output", str(tmp_path / "new" / "folder"))
    assert run(*words).exit_code == 0
    written = run(*words)
    assert written.exit_code == 0, written.output
    assert [Path(line).read_text(encoding="utf-8") for line in written.stdout.splitlines()] == [*found.files.values()]


def test_a_file_of_ones_own(tmp_path) -> None:
    """It stays as it is, and so do all others, unless it may be replaced."""
    (tmp_path / "sessions.yml").write_text("mine")
    with pytest.raises(
        SettingsError, match=r"sessions.yml' is there already, and sessionmodels did not write it, so nothing was written"
    ):
        export("cube").write(tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["sessions.yml"]
    refused = run("export", "cube", "--output", str(tmp_path))
    assert refused.exit_code == 2
    assert "--replace" in refused.stderr
    assert run("export", "cube", "--output", str(tmp_path), "--replace").exit_code == 0
    assert MARK in (tmp_path / "sessions.yml").read_text()


def test_a_file_that_is_a_folder(tmp_path) -> None:
    """Nothing can be written there, also if it may be replaced."""
    (tmp_path / "sessions.yml").mkdir()
    with pytest.raises(SettingsError, match=r"sessions.yml' is a folder; choose another place"):
        export("cube").write(tmp_path)


def test_a_folder_that_is_a_file(tmp_path) -> None:
    """The error names it."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(SettingsError, match="cannot be written"):
        export("dbt").write(tmp_path / "file")


def test_printed() -> None:
    """One file is printed as it is; several each under its name."""
    assert run("export", "odcs").stdout == export("odcs").files["sessionmodels.odcs.yaml"]
    shown = run("export", "lookml").stdout
    assert all(f"==> {name} <==\n" in shown for name in export("lookml").files)


@pytest.mark.slow
def test_where_the_relations_are(monkeypatch) -> None:
    """A URL names the database and the schema, and no password gets into a file."""
    monkeypatch.setenv("SESSIONMODELS_URL", "snowflake://me:hunter9XQZ@account/SHOP/WEB")
    (text,) = export("dbt").files.values()
    assert "database: SHOP\n  schema: WEB\n" in text
    assert not any("hunter9XQZ" in one for write in FORMATS.values() for one in write(described(Settings())).values())
    (text,) = export("dbt", dialect="postgresql").files.values()  # the URL is of another warehouse
    assert "schema: public\n" in text
    assert "database" not in text
    monkeypatch.delenv("SESSIONMODELS_URL")
    (text,) = export("dbt").files.values()
    assert "schema: main\n" in text
    assert "database" not in text


@pytest.mark.parametrize(
    ("url", "schema", "named", "quoted"),
    [
        ("bigquery://shop/web", "other.results", ("other", "results"), "`other`.`results`.`dbt_sessions`"),
        ("snowflake://me@account/SHOP/WEB", "other.results", ("other", "results"), "other.results.dbt_sessions"),
        ("snowflake://me@account/SHOP", 'My "50%"', ("SHOP", 'My "50%"'), '"SHOP"."My ""50%""".dbt_sessions'),
        ("duckdb:///.my.shop.duckdb", "main", ("my", "main"), "my.main.dbt_sessions"),
        ("duckdb:///md:shop", "main", ("shop", "main"), "shop.main.dbt_sessions"),
        ("duckdb:///shop.duckdb", "other.results", ("other", "results"), "other.results.dbt_sessions"),
        ("postgresql://host/shop", "a.b", ("shop", "a.b"), 'shop."a.b".dbt_sessions'),
        ("redshift+psycopg2://host/shop", "50%", ("shop", "50%"), 'shop."50%".dbt_sessions'),
    ],
)
def test_schemas_with_odd_names(url, schema, named, quoted) -> None:
    """A schema names its database itself where builds read it so; what is quoted is quoted as in the warehouse's console."""
    settings = Settings(url=url, target_schema=schema)
    (source,) = yaml.safe_load(export("dbt", settings).files["sources.yml"])["sources"]
    assert (source["database"], source["schema"]) == named
    (cube,) = yaml.safe_load(export("cube", settings).files["sessions.yml"])["cubes"]
    assert cube["sql_table"] == quoted


def test_what_is_refused(monkeypatch) -> None:
    """An unknown format, a schema that nobody knows, and a flag that would do nothing."""
    with pytest.raises(SettingsError, match="there is no format 'looker'; did you mean 'lookml'"):
        export("looker")
    with pytest.raises(SettingsError, match="the schema of the results is unknown; set target_schema, or a URL of BigQuery"):
        export("dbt", dialect="bigquery")
    assert run("export", "dbt", "--replace").exit_code == 2
    assert run("export", "looker").exit_code == 2
    real = builtins.__import__

    def without(name, *more, **extra):
        if name in {"yaml", "lkml"}:
            raise ImportError(name)
        return real(name, *more, **extra)

    monkeypatch.setattr(builtins, "__import__", without)
    for name in ("dbt", "lookml"):
        with pytest.raises(SettingsError, match=r"install the extra: pip install '.\[export\]'"):
            export(name, Settings())
