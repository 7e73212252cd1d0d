"""JUnit XML: test cases as CI systems read them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from sessionmodels.display.escape import visible_lines


@dataclass(frozen=True)
class Case:
    """One test case."""

    classname: str
    name: str
    outcome: Literal["passed", "failure", "skipped"] = "passed"
    message: str = ""
    """Why it failed, or why it was skipped."""

    output: str = ""
    """What was found, as text."""

    def elements(self) -> Iterator[tuple[str, dict[str, str], str | None]]:
        """Yield the elements within the test case: tag, attributes and text."""
        if self.outcome != "passed":
            yield self.outcome, {"message": visible_lines(self.message)}, self.output or None
        elif self.output:
            yield "system-out", {}, self.output


def as_junit(suite_name: str, cases: Sequence[Case], seconds: float) -> str:
    """Return one suite of these test cases."""
    from xml.etree import ElementTree as ET  # noqa: PLC0415 - only for CI

    numbers = {
        "tests": len(cases),
        "failures": sum(one.outcome == "failure" for one in cases),
        "skipped": sum(one.outcome == "skipped" for one in cases),
    }
    attributes = {name: str(number) for name, number in numbers.items()} | {"time": f"{seconds:.3f}"}
    suites = ET.Element("testsuites")
    suite = ET.SubElement(suites, "testsuite", {"name": suite_name, "errors": "0", **attributes})
    for one in cases:
        names = {"classname": visible_lines(one.classname), "name": visible_lines(one.name)}
        case = ET.SubElement(suite, "testcase", names)
        for tag, own, text in one.elements():
            ET.SubElement(case, tag, own).text = text
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=False) + "\n"
