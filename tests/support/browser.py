"""A page in real headless Chromium: what it says after its scripts have run, what it complained of, and what it asked for."""

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from environments import leave_out

LEFT_OUT = "there is no `chromium` on the path, in which reports are looked at; Debian's package of that name has it"
VOID = {"meta", "input", "br", "link", "img"}


@dataclass(frozen=True)
class Seen:
    """A page as a browser has it."""

    dom: str
    console: tuple[str, ...]
    """Lines of the console, whatever their level."""

    requests: tuple[str, ...]
    """Addresses that were asked for, but for the page's own."""

    @property
    def tables(self) -> Mapping[str, list[list[str]]]:
        """By the title of a figure, the rows of its table."""
        reader = _Tables()
        reader.feed(self.dom)
        return {title: [row for row in rows if row] for title, rows in reader.tables.items()}

    @property
    def headline(self) -> dict[str, str]:
        """The headline figures by their titles."""
        cards = re.findall(r'<dt>([^<]*)</dt><dd class="big">([^<]*)</dd>', self.dom)
        return dict(cards)


class _Tables(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.rows: list[list[str]] | None = None
        self.in_cell = False

    def handle_starttag(self, tag, attrs) -> None:
        if tag == "table":
            self.rows = self.tables.setdefault(dict(attrs).get("aria-label") or "", [])
        elif tag == "tr" and self.rows is not None:
            self.rows.append([])
        elif (tag == "td" or dict(attrs).get("scope") == "row") and self.rows is not None:
            self.rows[-1].append("")
            self.in_cell = True

    def handle_endtag(self, tag) -> None:
        if tag == "table":
            self.rows = None
        self.in_cell = self.in_cell and tag not in {"td", "th"}

    def handle_data(self, data) -> None:
        if self.in_cell and self.rows:
            self.rows[-1][-1] += data


def chromium() -> str:
    """Return the browser; without it the test is skipped, but for CI, where that is an error."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or leave_out(LEFT_OUT)


def see(page: Path, fragment: str = "", *flags: str) -> Seen:
    """Open a page in a browser of its own, whose every request is written down, and wait until it has shown its figures."""
    folder = page.parent / f"browser-{len(list(page.parent.iterdir()))}"
    log = folder / "net.json"
    address = page.as_uri()
    options = (
        *("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
        *("--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-extensions"),
        *(f"--user-data-dir={folder}", f"--log-net-log={log}", "--enable-logging=stderr", "--v=0"),
        *("--virtual-time-budget=10000", "--dump-dom", *flags, f"{address}{fragment}"),
    )
    folder.mkdir()
    done = subprocess.run([chromium(), *options], capture_output=True, text=True, timeout=120, check=True)
    console = re.findall(r"CONSOLE[:(]\d+\)?\] (.*)", done.stderr)
    return Seen(done.stdout, tuple(console), tuple(one for one in _asked(log) if not one.startswith(address)))


def with_script(page: Path, script: str, folder: Path, *, before: str = "</body>") -> Path:
    """Return a copy of a page that runs a script of a test's, without the policy that would forbid it."""
    text = re.sub(r"<meta http-equiv.*?>", "", page.read_text(encoding="utf-8"))
    start, found, end = text.rpartition(before)
    copied = folder / "copied.html"
    copied.write_text(f'{start}<script type="module">{script}</script>{found}{end}', encoding="utf-8")
    return copied


def drawing(dom: str, name: str) -> str:
    """Return the drawing of a figure."""
    found = re.search(rf'id="chart-{name}".*?(<svg.*?</svg>)', dom, re.DOTALL)
    assert found, name
    assert "<path" in found.group(1)
    return found.group(1)


def _asked(log: Path) -> list[str]:
    """Return the addresses of all requests of the page's, from the browser's own record."""
    text = log.read_text(encoding="utf-8", errors="replace")
    try:
        events = json.loads(text)["events"]
    except ValueError:  # the browser did not finish the last line
        events = json.loads(text.rstrip().rstrip(",") + "]}")["events"]
    found = (one.get("params", {}) for one in events)
    return [one["url"] for one in found if "url" in one and "initiator" in one and one["initiator"] != "not an origin"]
