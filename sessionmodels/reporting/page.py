"""Writes a report as one file: the page, its style, its scripts, the plot library, and the facts."""

import base64
import hashlib
from functools import cache
from html import escape
from importlib.resources import files
from typing import Final

from sessionmodels.display.files import MARK
from sessionmodels.errors import SettingsError, how_to_install
from sessionmodels.reporting.facts import Facts
from sessionmodels.reporting.payload import packed

SCRIPTS: Final = "sums.js", "sql.js", "figures.js", "page.js"


def refuse_without_library() -> None:
    """Refuse to make a report where the plot library is not installed.

    Raises:
        SettingsError: it is not.
    """
    try:
        import vl_convert  # noqa: F401, PLC0415 - heavy, and an extra
    except ImportError:
        msg = f"a report needs the plot library; {how_to_install('report')}"
        raise SettingsError(msg) from None


def page_of(facts: Facts) -> str:
    """Return the page. Only scripts with these hashes run in it, and nothing is loaded from anywhere.

    Expressions of figures are interpreted, not compiled (`ast` in figures.js), so that the policy need not allow `eval`.
    """
    library = _library()
    script = "\n".join(_part(name) for name in SCRIPTS)
    hashes = " ".join(f"'sha256-{_hash(one)}'" for one in (library, script))
    policy = (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    filled = {
        "mark": MARK,
        "policy": policy,
        "title": escape(f"Sessions, {facts.scope.since} to {facts.scope.until}"),
        "style": _part("style.css"),
        "facts": packed(facts),
        "library": library,
        "script": script,
    }
    page = _part("page.html")
    for name, text in filled.items():
        before, found, after = page.partition("{{" + name + "}}")
        page = before + text + after if found else page
    return page


@cache
def _library() -> str:
    """Return the plot library's scripts, Vega's, as one."""
    import vl_convert  # noqa: PLC0415 - heavy, and an extra

    bundle = vl_convert.javascript_bundle()  # pyright: ignore[reportCallIssue] - the stub lacks its default
    return bundle.replace("</script", "<\\/script")


def _part(name: str) -> str:
    return files("sessionmodels.reporting").joinpath("browser", name).read_text(encoding="utf-8")


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
