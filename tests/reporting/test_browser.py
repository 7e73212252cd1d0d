"""A report in real headless Chromium: no complaint, no request, no markup from data; every figure follows the filters."""

import re
from html import unescape
from itertools import product
from pathlib import Path
from urllib.parse import quote

import pytest
import sqlalchemy as sa
import vl_convert
from browser import drawing, see, with_script
from oracle import MINUTE, Raw
from tables import write_tracks

from sessionmodels import Report, Settings, build_all, report
from sessionmodels.reporting.figures import figures_of
from sessionmodels.reporting.pictures import spec_of
from sessionmodels.reporting.sums import Chosen, everything, rows_of
from sessionmodels.warehouses import warehouse_of
from sessionmodels.warehouses.render import dialect_of, plain_text_of

pytestmark = pytest.mark.slow

EVIL = "</script><img src=x onerror=\"document.title='owned'\">"
NAMES = "constructor", "toString", "valueOf", "hasOwnProperty", "__proto__"
"""What every object of a script has."""

NOON = 29_460_240 * MINUTE
"""2026-01-05T12:00Z."""

DAY = 24 * 60 * MINUTE
STATIC = {"What was excluded, and why", "Last builds", "Freshness"}


def raws() -> list[Raw]:
    """Return eight weeks of visits: by several channels and devices, with names and pages like markup."""
    found = []
    sources = ("news", "ads", EVIL, None)
    for n in range(160):
        at = NOON + n * 8 * 60 * MINUTE + (n * n) % 97 * MINUTE
        sent = (
            ("context_page_path", ("/", "/shoes", EVIL, *NAMES)[n % 8]),
            ("context_device_type", ("mobile", "desktop", *NAMES)[n % 7]),
            *((("context_campaign_source", sources[n % 4]), ("context_campaign_medium", "email")) if sources[n % 4] else ()),
        )
        visitor = f"v{n if n % 4 == 0 else n % 37}"
        for m, event in enumerate(("page", EVIL, "page", "signup")[: 1 + n % 4]):
            found.append(Raw(f"{n}-{m}", visitor, None, event, at + m * (1 + n % 9) * MINUTE, None, sent))
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Report:
    engine = sa.create_engine(f"duckdb:///{tmp_path_factory.mktemp('report') / 'events.duckdb'}")
    write_tracks(engine, raws())
    settings = Settings(conversion_events=["signup"])
    build_all(engine, settings)
    found = report(engine, settings, by="utm_source", last=30, funnel=["page", EVIL, "signup"])
    engine.dispose()
    return found


@pytest.fixture(scope="module")
def page(made, tmp_path_factory) -> Path:
    return made.write(tmp_path_factory.mktemp("page") / "report.html")


@pytest.fixture(scope="module")
def whole(page):
    return see(page)


@pytest.fixture(scope="module")
def filtered(page, made):
    starts = made.facts.scope.starts
    return see(page, f"#from={starts[6]}&to={starts[15]}&value={quote('news')}")


def cells(figure, rows) -> list[list[str]]:
    """Return the table of a figure as a page shows it."""
    return [[shown(column, row, rows) for column in figure.table] for row in rows]


def shown(column, row, rows) -> str:
    value = row[column.shows]
    if column.of is None:
        return f"{value:,}" if isinstance(value, int) else value
    alike = [one for one in rows if column.within is None or one[column.within] == row[column.within]]
    total = sum(one[column.shows] for one in alike) if column.of == "*" else row[column.of]
    return f"{value / total:.1%}" if total else ""


def nearly(found, wanted) -> bool:
    """Whether two tables are equal; a percentage may be rounded differently in its last digit."""
    pairs = [pair for rows in zip(found, wanted, strict=True) for pair in zip(*rows, strict=True)]
    return all(one == other or abs(float(one.rstrip("%")) - float(other.rstrip("%"))) < 0.11 for one, other in pairs)


@pytest.mark.parametrize("how", ["whole", "filtered"])
def test_every_table_is_what_the_cubes_say(how, request, made) -> None:
    """The page sums as `sums.py` does, which is held to plain Python: of the whole range, and of some days and one value."""
    seen = request.getfixturevalue(how)
    chosen = everything(made.facts) if how == "whole" else Chosen(6, 15, made.facts.values.index("news"))
    for figure in figures_of(made.facts):
        assert nearly(seen.tables[figure.title], cells(figure, rows_of(figure, made.facts, chosen))), figure.name
    sessions = sum(
        row["n"] for figure in figures_of(made.facts) if figure.name == "lengths" for row in rows_of(figure, made.facts, chosen)
    )
    assert seen.headline["Sessions"] == f"{sessions:,}"
    assert f'role="status">{sessions:,} sessions from ' in seen.dom


@pytest.mark.parametrize("how", ["whole", "filtered"])
def test_nothing_is_complained_of_or_asked_for(how, request) -> None:
    """The console is empty, no address is asked for, and the policy would forbid it."""
    seen = request.getfixturevalue(how)
    assert seen.console == ()
    assert seen.requests == ()
    assert "default-src 'none'; script-src 'sha256-" in seen.dom
    assert "unsafe-eval" not in seen.dom


def test_filters_change_every_figure(whole, filtered, made) -> None:
    """Each table and each drawing; what the builds recorded stays."""
    for figure in figures_of(made.facts):
        assert whole.tables[figure.title] != filtered.tables[figure.title], figure.name
        assert drawing(whole.dom, figure.name) != drawing(filtered.dom, figure.name), figure.name
    for title in STATIC:
        assert whole.tables[title] == filtered.tables[title]
    assert set(whole.headline) == set(filtered.headline)
    for title in whole.headline:
        assert whole.headline[title] != filtered.headline[title] or title == "Bounce rate", title


TYPED = """
const shown = async () => {{ while (!document.body.dataset.shown) await new Promise((done) => setTimeout(done, 5)); }};
const change = async (field, value) => {{
  delete document.body.dataset.shown;
  field.value = value;
  field.dispatchEvent(new Event("change"));
  await shown();
}};
const button = (title) => [...document.querySelectorAll("button")].find((one) => one.textContent === title);
await shown();
document.body.dataset.before = [...document.querySelectorAll("dd.big")].map((one) => one.textContent).join(" | ");
const [from, to] = document.querySelectorAll("input[type=date]");
await change(from, "{first}");
await change(to, "{last}");
await change(document.querySelector("select"), "{value}");
button("Dark").click();
button("Copy").click();
"""


def test_typed_into_the_page(page, whole, filtered, made, tmp_path) -> None:
    """Dates and a value that are typed show what a link with them shows; the theme and a copy are one click.

    Before, an address with a value that cannot be chosen shows every value.
    """
    starts = made.facts.scope.starts
    script = TYPED.format(first=starts[6], last=starts[15], value=made.facts.values.index("news"))
    seen = see(with_script(page, script, tmp_path), "#value=(other)")
    assert seen.console == ()
    assert f'data-before="{" | ".join(whole.headline.values())}"' in seen.dom
    assert seen.tables == filtered.tables
    assert seen.headline == filtered.headline
    assert 'data-theme="dark"' in seen.dom
    assert ">Light</button>" in seen.dom
    assert ">Copied</button>" in seen.dom or ">Copy</button>" in seen.dom


KEPT = """
const shown = async () => {{ while (!document.body.dataset.shown) await new Promise((done) => setTimeout(done, 5)); }};
await shown();
document.querySelector(".skip").click();
const focused = document.activeElement.id, address = location.hash;
location.hash = "#footnote";
await new Promise((done) => setTimeout(done, 50));
await shown();
document.body.dataset.skipped = `${{focused}} ${{address}} ${{document.querySelector("select").value}}`;
const [from, to] = document.querySelectorAll("input[type=date]");
const type = async (value) => {{ from.value = value; from.dispatchEvent(new Event("change")); await shown(); }};
from.focus();
await type("0002-{first}");
const kept = from.value;
await type("2026-{first}");
to.focus();
document.body.dataset.typed = `${{kept}} ${{from.value}} ${{location.hash}}`;
"""


def test_what_is_chosen_or_half_typed_is_kept(page, made, tmp_path) -> None:
    """The link to the figures leads there and keeps the filters, as any address does that names none.

    The field of a date stays as it is typed, and nothing is chosen before the date lies in the range.
    """
    first = made.facts.scope.starts[6].isoformat().removeprefix("2026-")
    seen = see(with_script(page, KEPT.format(first=first), tmp_path), "#value=news")
    assert f'data-skipped="figures #value=news {made.facts.values.index("news")}"' in seen.dom
    chosen = f"#from=2026-{first}&amp;to={made.facts.scope.until}&amp;value=news"
    assert f'data-typed="0002-{first} 2026-{first} {chosen}"' in seen.dom


def test_a_value_without_sessions(page, made) -> None:
    """Counts are zero, and compared; what cannot be computed of none is not shown."""
    seen = {row[:2] for row in made.facts.cubes["sessions"].rows}
    step, value = next(one for one in product(range(1, 20), range(3)) if one not in seen and (one[0] - 1, one[1]) in seen)
    day = made.facts.scope.starts[step]
    shown = see(page, f"#from={day}&to={day}&value={quote(made.facts.values[value])}")
    assert [*shown.headline.values()] == ["0", "0", "–", "–", "–", "–"]  # noqa: RUF001
    assert shown.dom.count("<b>−100.0%</b>") == 2  # noqa: RUF001


def test_before_data_begin(whole, filtered) -> None:
    """There is no change from days of which nothing is known; and the legend names the lines all the same."""
    assert ">Sessions, period before</text>" in drawing(whole.dom, "trend")
    assert whole.dom.count('<dd class="was">data begin on 2026-01-05</dd>') == 6
    assert "data begin" not in re.sub("<script.*?</script>", "", filtered.dom, flags=re.DOTALL)


FAILING = """
const embed = window.vegaEmbed;
let calls = 0;
window.vegaEmbed = (...given) => (calls++ ? embed(...given) : Promise.reject(new Error("no room")));
"""


def test_a_figure_that_cannot_be_drawn(page, whole, made, tmp_path) -> None:
    """It says so and has its table; every other figure is drawn."""
    seen = see(with_script(page, FAILING, tmp_path, before='<script type="module">'))
    assert seen.dom.count("This figure could not be drawn: no room. Its table is below.</p>") == 1
    assert seen.tables == whole.tables
    for figure in list(figures_of(made.facts))[1:]:
        assert drawing(seen.dom, figure.name)


def test_text_of_data_is_no_markup(whole) -> None:
    """Names of events, pages and campaigns that look like markup are shown as they are, and run nothing."""
    assert "owned" not in re.findall(r"<title>(.*?)</title>", whole.dom)[0]
    without_scripts = re.sub(r"<script.*?</script>", "", whole.dom, flags=re.DOTALL)
    assert "&lt;img" in without_scripts
    assert "<img" not in without_scripts
    rows = whole.tables["Landing pages"]
    assert any(row and row[0] == EVIL for row in rows)
    assert any(row and row[0] == EVIL for row in whole.tables["Funnel"])


def test_names_that_every_object_has(whole, made) -> None:
    """They are values like others: their bars stand in the drawings, of the page and of the pictures."""
    for name in ("landing_pages", "devices"):
        assert {*NAMES} <= {*re.findall(r"<text[^>]*>([^<]*)</text>", drawing(whole.dom, name))}
        figure = next(one for one in figures_of(made.facts) if one.name == name)
        spec = spec_of(figure, rows_of(figure, made.facts, everything(made.facts)))
        assert {*NAMES} <= {*re.findall(r"<text[^>]*>([^<]*)</text>", vl_convert.vegalite_to_svg(spec))}


def test_for_readers_and_keyboards(whole, made) -> None:
    """Each drawing is described, has a table and its SQL to copy; what scrolls or opens can be reached by keys."""
    for figure in figures_of(made.facts):
        assert f'role="img" id="chart-{figure.name}"' in whole.dom
        assert re.search(rf'id="chart-{figure.name}"[^>]*aria-label="{re.escape(figure.title)}\.', whole.dom), figure.name
        for control in ("summary", "pre", "button"):
            assert re.search(rf'<{control} [^>]*aria-label="(?:Copy the )?SQL: {re.escape(figure.title)}"', whole.dom), (
                figure.name
            )
        assert f'<summary aria-label="Table: {figure.title}">' in whole.dom
        assert f'<figure class="{figure.width}" id="{figure.name}" aria-labelledby="title-{figure.name}">' in whole.dom
    for title in {*STATIC, *(figure.title for figure in figures_of(made.facts))}:
        assert f'<div class="scroll" tabindex="0" role="region" aria-label="Table: {title}">' in whole.dom
    rows = re.findall(r"<tbody>(.*?)</tbody>", whole.dom, re.DOTALL)
    assert all(body.count("<tr>") == body.count('<tr><th scope="row">') for body in rows)
    assert 'aria-label="Dark colours">Dark</button>' in whole.dom
    assert len(re.findall(r"<label>[^<]*<(?:input|select)", whole.dom)) == 3


def test_statements_are_only_laid_out(whole, made) -> None:
    """Nothing but the space between words differs from the statement that was run, which runs again as it stands."""
    shown = {"".join(unescape(one).split()) for one in re.findall(r"<pre [^>]*>(.*?)</pre>", whole.dom, re.DOTALL)}
    dialect = dialect_of(warehouse_of("duckdb"))
    run = {"".join(f"{plain_text_of(one.query, dialect)};".split()) for one in made.facts.cubes.values()}
    assert shown == run


def test_in_a_notebook(made, tmp_path) -> None:
    """Its frame shows the same page, although it may neither keep a choice nor change the address."""
    place = tmp_path / "notebook.html"
    place.write_text(f"<!doctype html><title>n</title>{made._repr_html_()}", encoding="utf-8")
    seen = see(place)
    assert seen.console == ()
    assert 'sandbox="allow-scripts"' in seen.dom
