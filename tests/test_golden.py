"""Golden SQL: what each warehouse gets, kept in files so that a reviewer reads a change. Compared as text, never executed.

After a change: `pytest tests/test_golden.py --regenerate`, then read the diff.
"""

import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import sqlglot
from documented import whole_graph
from everything import EVERYTHING, FACTS
from privacy import statements_of_privacy
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.exc import UnsupportedCompilationError
from sqlalchemy.ext.compiler import compiles
from sqlglot import expressions
from sqlglot.errors import ParseError
from words import unspelled

import sessionmodels.sql
from sessionmodels import Settings, top_users_by_avg_session_duration
from sessionmodels.checks.plan import Subject, plan_checks
from sessionmodels.incremental.increment import Increment
from sessionmodels.models import MODELS
from sessionmodels.offline.documented import documented_graph
from sessionmodels.offline.script import FIRST_AFFECTED, LAST_LOADED, write_increment, write_statements
from sessionmodels.source.junk import junk_events
from sessionmodels.source.reload_window import Window
from sessionmodels.sql.elapsed import elapsed
from sessionmodels.warehouses import WAREHOUSES
from sessionmodels.warehouses.catalogue import Existing
from sessionmodels.warehouses.in_parts import LEAST, in_parts
from sessionmodels.warehouses.render import dialect_of, plain_text_of, text_of
from sessionmodels.warehouses.warehouse import Job

FOLDER = Path(__file__).parent / "golden"
VARIANTS = {
    **{dialect: (dialect, {}) for dialect in WAREHOUSES},
    "duckdb, compatibility dbt": ("duckdb", {"compatibility": "dbt"}),
    "postgresql, everything on": ("postgresql", EVERYTHING),
    "postgresql, all as views": ("postgresql", {"kinds": dict.fromkeys(MODELS, "view")}),
}


@cache
def written(variant: str) -> dict[str, str]:
    """Return each statement of a variant, under a header that says what it shows."""
    dialect, chosen = VARIANTS[variant]
    title = WAREHOUSES[dialect].title
    files: dict[str, str] = {}
    for statement in list(write_statements(Settings(**chosen), dialect))[1:]:
        name = statement.removeprefix("-- ").partition(":")[0]
        row = MODELS[name].row if name in MODELS else "One row per usable raw row, with its rank among the rows of its id."
        files[name] = files.get(name, f"-- {name} on {title}. {row}\n") + f"{statement}\n"
    if chosen in ({}, EVERYTHING):
        files["an incremental build"] = "\n\n".join(write_increment(Settings(**chosen), dialect)) + "\n"
    if not chosen:
        facts = whole_graph(Settings(**FACTS), dialect)["sessions"]
        files["facts of a session"] = (
            f"-- facts of a session on {title}. Where the source fills every column of the context, with columns of one's own.\n"
            f"{text_of(facts.select, dialect_of(WAREHOUSES[dialect]))};\n"
        )
    if not chosen:
        files["privacy"] = privacy_of(dialect)
    if VARIANTS[variant] == ("duckdb", {}):
        graph = documented_graph(Settings(), dialect)
        in_two = in_parts(graph["sessions"].select, graph["session_events"].table, 2 * LEAST)
        files["sessions in parts"] = (
            f"-- sessions in parts on {title}. From events that the same build has stored, of a source with two million rows.\n"
            f"{text_of(in_two, dialect_of(WAREHOUSES[dialect]))};\n"
        )
    files["checks"] = checks_of(Settings(**chosen), dialect)
    events = documented_graph(Settings(**chosen), dialect).tracks
    files["junk ids"] = (
        f"-- junk ids on {title}. {(junk_events.__doc__ or '').splitlines()[0]}\n"
        f"{text_of(junk_events(events), dialect_of(WAREHOUSES[dialect]))};\n"
    )
    analysis = top_users_by_avg_session_duration
    text = text_of(analysis(Settings(**chosen)), dialect_of(WAREHOUSES[dialect]))
    files[analysis.__name__] = f"-- {analysis.__name__} on {title}. {(analysis.__doc__ or '').splitlines()[0]}\n{text};\n"
    return files


def privacy_of(dialect: str) -> str:
    """Return the statements of hashed ids and of forgetting. The time of an entry is that of the run."""
    words = dialect_of(WAREHOUSES[dialect])
    texts = (f"-- {what}\n{text_of(statement, words)};\n" for what, statement in statements_of_privacy(dialect).items())
    text = re.sub(r"20\d\d-\d\d-\d\d[T ][0-9:.]+(\+00:00|Z)?", "<now>", "\n".join(texts))
    return f"-- privacy on {WAREHOUSES[dialect].title}. Ids are hashed, and the rows of forgotten people found.\n{text}"


def checks_of(settings: Settings, dialect: str) -> str:
    """Return the query of each set of rows that checks look at."""
    graph, warehouse = documented_graph(settings, dialect), WAREHOUSES[dialect]
    scans = plan_checks(Subject(graph, {one.name: one.kind for one in graph.relations})).scans
    queries = (f"-- {scan.name}\n{text_of(query, dialect_of(warehouse))};\n" for scan in scans for query in scan.queries)
    return f"-- checks on {warehouse.title}. How many rows break each rule.\n" + "\n".join(queries)


@pytest.mark.parametrize("dialect", WAREHOUSES)
def test_every_word_is_spelled(dialect) -> None:
    """What a new warehouse lacks is listed at once: also words that only an audit, a lock or an incremental build needs."""
    assert not unspelled(dialect), lacking(dialect)


def lacking(dialect: str) -> str:
    return "\n".join([f"these words of sessionmodels/sql lack a rule for {dialect}:", *unspelled(dialect)])


class MadeUp(DefaultDialect):
    """A dialect that no word has a rule for."""

    name = "made_up"
    supports_statement_cache = True


def test_all_that_a_new_dialect_lacks_is_listed() -> None:
    """Each word that more than one dialect spells, in one list; a rule takes its word off the list."""
    sources = "".join(path.read_text(encoding="utf-8") for path in Path(sessionmodels.sql.__path__[0]).glob("*.py"))
    rules = Counter(re.findall(r"@compiles\((\w+), ", sources))
    assert {name.partition(": ")[2] for name in unspelled(MadeUp.name)} == {word for word, count in rules.items() if count > 1}
    word = elapsed(sa.column("a"), sa.column("b"))
    with pytest.raises(UnsupportedCompilationError):
        word.compile(dialect=MadeUp())
    compiles(elapsed, MadeUp.name)(lambda *_, **__: "spelled")
    try:
        assert str(word.compile(dialect=MadeUp())) == "spelled"
        assert "elapsed.py: elapsed" not in unspelled(MadeUp.name)
    finally:
        del vars(elapsed)["_compiler_dispatcher"].specs[MadeUp.name]


@pytest.mark.parametrize(
    "variant", [pytest.param(one, marks=[pytest.mark.slow] if VARIANTS[one][1] == EVERYTHING else []) for one in VARIANTS]
)
def test_golden_sql(variant, request) -> None:
    """What is written is what was read and agreed to; no file is left of a relation that is gone."""
    assert not unspelled(VARIANTS[variant][0]), lacking(VARIANTS[variant][0])
    folder = FOLDER / variant.replace(", ", "-").replace(" ", "-")
    files = written(variant)
    if request.config.getoption("--regenerate"):
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / f"{name}.sql").write_text(text, encoding="utf-8")
    assert {path.stem for path in folder.glob("*.sql")} == files.keys()
    for name, text in files.items():
        assert (folder / f"{name}.sql").read_text(encoding="utf-8") == text, name


@pytest.mark.parametrize("variant", VARIANTS)
def test_it_can_be_read(variant) -> None:
    """Subqueries have names, and no name is a counter."""
    for text in written(variant).values():
        assert not re.search(r"\banon_\d|\bparam_\d|%\(", text)
        assert "%%" not in text


@pytest.mark.parametrize("dialect", WAREHOUSES)
def test_values_are_rendered_by_the_dialect(dialect) -> None:
    """A quote is doubled or escaped, a percent sign is one, a backslash is not lost."""
    nasty = "it's 100% \\ :name  select  x -- from y \\"
    text = "\n".join(write_statements(Settings(event_counters={"c": [nasty]}), dialect, select="sessions"))
    expected = {
        "duckdb": "'it''s 100% \\ :name  select  x -- from y \\'",
        "postgresql": "'it''s 100% \\ :name  select  x -- from y \\'",
        "redshift": "'it''s 100% \\\\ :name  select  x -- from y \\\\'",
        "snowflake": "'it''s 100% \\\\ :name  select  x -- from y \\\\'",
        "bigquery": '"it\'s 100% \\\\ :name  select  x -- from y \\\\"',
    }
    assert expected[dialect] in text


@pytest.mark.parametrize("dialect", WAREHOUSES)
def test_names_of_any_letters(dialect) -> None:
    """The formatter sees neither a quoted name nor a string; control characters are refused with the settings."""
    settings = Settings(event_column="Ü -- Übung's", source_table="tracks; DROP")
    text = "\n".join(write_statements(settings, dialect))
    assert "Ü -- Übung" in text
    assert "tracks; DROP" in text


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS)
def test_another_parser_takes_it(variant) -> None:
    """Each statement parses in the dialect it is written for; no oracle, but it refuses what is no SQL at all."""
    dialect = {"postgresql": "postgres"}.get(VARIANTS[variant][0], VARIANTS[variant][0])
    with pytest.raises(ParseError):
        sqlglot.parse("SELECT FROM WHERE (", dialect=dialect)
    for text in written(variant).values():
        first = sqlglot.parse(text, dialect=dialect)[0]
        assert isinstance(first, expressions.Create | expressions.Select)


@pytest.mark.slow
@pytest.mark.parametrize("dialect", WAREHOUSES)
@pytest.mark.parametrize("kind", ["table", "view"])
def test_another_parser_reads_every_statement(dialect, kind) -> None:
    """Of a build that has everything to do: drops, layouts, grants, comments; what makes or fills a relation is understood.

    As it is sent: what is shown, laid out, it reads above.
    """
    warehouse = WAREHOUSES[dialect]
    grants = [] if dialect == "duckdb" else ["group:analysts@example.com" if dialect == "bigquery" else "analyst"]
    kinds: Any = dict.fromkeys(MODELS, kind)
    settings = Settings(
        source_schema="rudder", target_schema="analytics", kinds=kinds, grant_to=grants, snowflake_cluster_above=0
    )
    graph, words = documented_graph(settings, dialect), dialect_of(warehouse)
    existing = {name: Existing("view" if kind == "table" else "table", {}) for name in MODELS}
    plan = warehouse.strategy.full(Job(warehouse, words, graph, graph.relations, existing, events=1))
    parser = {"postgresql": "postgres"}.get(dialect, dialect)
    kept = documented_graph(settings.model_copy(update={"kinds": Settings().kinds}), dialect, continues=True)
    increment = Increment(Job(warehouse, words, kept, kept.relations), Window({"tracks": LAST_LOADED}, ("tracks",)))
    of_increment = increment.steps(FIRST_AFFECTED) if kind == "table" else ()  # whatever the kinds are, it is the same
    for step in (*plan.steps, *plan.clean_up, *of_increment):
        for statement in step.statements:
            text = plain_text_of(statement, words)
            parsed, *more = sqlglot.parse(text, dialect=parser)
            assert all(isinstance(one, expressions.Comment) for one in (parsed, *more)) or not more, text  # which go together
            understood = expressions.Create | expressions.Insert | expressions.Delete | expressions.Merge
            assert isinstance(parsed, understood) or not re.match(r"CREATE .*\bAS\b|INSERT|DELETE|MERGE", text, re.DOTALL), text
