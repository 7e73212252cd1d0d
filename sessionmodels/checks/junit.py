"""The result of the checks as JUnit XML."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from sessionmodels.checks.built_with import in_words
from sessionmodels.display.escape import visible_lines
from sessionmodels.display.terminal import as_text

if TYPE_CHECKING:
    from sessionmodels.checks.result import CheckReport, CheckResult

OWN = "own"
"""The class of what belongs to no relation: the user's own checks, and the settings."""


def as_junit(report: "CheckReport") -> str:
    """Return one test case for each check. One that only warns passes, and what it found is its output."""
    other = bool(report.other_settings)
    numbers = {
        "tests": len(report.checks) + other,
        "failures": len(report.failed) + other,
        "skipped": len(report.having("not_run")),
    }
    attributes = {name: str(number) for name, number in numbers.items()} | {"time": f"{report.seconds:.3f}"}
    suites = ET.Element("testsuites")
    suite = ET.SubElement(suites, "testsuite", {"name": "sessionmodels check", "errors": "0", **attributes})
    if report.other_settings:
        _add_other_settings(suite, report.other_settings)
    for one in report.checks:
        _add(suite, one)
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=False) + "\n"


def _add_other_settings(suite: ET.Element, settings: Mapping[str, Any]) -> None:
    case = ET.SubElement(suite, "testcase", {"classname": OWN, "name": "built with the settings of the check"})
    ET.SubElement(case, "failure", {"message": visible_lines(f"built with {in_words(settings)}")})


def _add(suite: ET.Element, check: "CheckResult") -> None:
    names = {"classname": check.relation or OWN, "name": check.name}
    case = ET.SubElement(suite, "testcase", {one: visible_lines(text) for one, text in names.items()})
    if check.outcome == "not_run":
        ET.SubElement(case, "skipped", {"message": visible_lines(check.why)})
    elif check.outcome == "failed":
        message = f"{check.rows:,} rows: {check.says}"
        ET.SubElement(case, "failure", {"message": visible_lines(message)}).text = as_text(check.blocks())
    elif check.rows:
        ET.SubElement(case, "system-out").text = as_text(check.blocks())
