"""The result of the checks, for people and for programs."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal

from sessionmodels.checks.junit import Case, as_junit
from sessionmodels.display.blocks import Block, Code, Grid
from sessionmodels.display.displayed import PlainData
from sessionmodels.display.format import count, seconds, short
from sessionmodels.display.toml import settings_in_toml

Outcome = Literal["passed", "tolerated", "warned", "failed", "not_run"]

OWN: Final = "own"
"""The class in JUnit XML of what belongs to no relation: the user's own checks, and the settings."""


@dataclass(frozen=True)
class CheckResult:
    """One check: what must hold, whether it does, and a few of the rows that break it."""

    name: str
    """The relation and the rule, such as `sessions.numbered`; or the name of a check of your own."""

    relation: str
    """The relation that is wrong if it does not hold, by its name in the warehouse; empty for a check of your own."""

    says: str
    """What must hold, in one sentence."""

    outcome: Outcome
    """`passed`; `tolerated`, if no more rows break it than are tolerated; `warned` or `failed`; or `not_run`."""

    rows: int = 0
    """How many rows break it."""

    tolerated: int = 0
    """How many rows may break it."""

    columns: tuple[str, ...] = ()
    examples: tuple[tuple[Any, ...], ...] = ()
    """A few of these rows: the values of `columns`."""

    query: str = ""
    """The select that finds them all, if any row breaks it."""

    why: str = ""
    """Why it was not run, if it was not."""

    def blocks(self) -> Iterator[Block]:
        """Yield what must hold, how many rows break it, a few of them, and the query that finds them all."""
        where = f" in {self.relation}" if self.relation else ""
        at_most = f" ({self.tolerated:,} tolerated)" if self.tolerated else ""
        yield f"{self.outcome.upper()} {self.name}: {count(self.rows, 'row')}{where}{at_most}. Rule: {self.says}"
        yield Grid(self.columns, tuple(tuple(map(short, row)) for row in self.examples))
        yield Code(f"{self.query};")


@dataclass(frozen=True)
class CheckReport(PlainData):
    """The result of all checks. Displayed with the rows that break a rule; `to_dict` and `to_json` return plain data."""

    checks: tuple[CheckResult, ...]
    seconds: float
    other_settings: Mapping[str, Any] | None = None
    """The settings of the builds that differ from those of the check; None if no build recorded them."""

    @property
    def failed(self) -> tuple[CheckResult, ...]:
        """The checks that failed."""
        return self.having("failed")

    @property
    def warned(self) -> tuple[CheckResult, ...]:
        """The checks that do not hold, but only warn."""
        return self.having("warned")

    @property
    def passed(self) -> bool:
        """Whether no check failed, and none was skipped because the relations were built with other settings."""
        return not self.failed and not self.other_settings

    def having(self, outcome: Outcome) -> tuple[CheckResult, ...]:
        """Return the checks with this outcome."""
        return tuple(one for one in self.checks if one.outcome == outcome)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data: dictionaries, lists, text and numbers."""
        return json.loads(json.dumps({"passed": self.passed, **asdict(self)}, default=_plain))

    def to_junit(self) -> str:
        """Return JUnit XML, which CI systems display: a failure for each check that failed."""
        cases = [_case(one) for one in self.checks]
        if self.other_settings:
            message = f"built with {settings_in_toml(self.other_settings)}"
            cases.insert(0, Case(OWN, "built with the settings of the check", "failure", message))
        return as_junit("sessionmodels check", cases, self.seconds)

    def in_brief(self) -> Iterator[Block]:
        """Yield every check that does not hold, and how many there are of each."""
        yield from self._broken()
        yield f"{self._summary()} Checked in {seconds(self.seconds)}."

    def blocks(self) -> Iterator[Block]:
        """Yield every check that does not hold, then those that were not run, and how many there are of each."""
        if self.other_settings:
            yield (
                f"The relations were built with other settings: {settings_in_toml(self.other_settings)}. What depends on them"
                " was not checked. Check with the settings of the build, or build again with these."
            )
        yield from self._broken()
        if self.failed and self.other_settings is None:
            yield "If the last build had other settings than these checks, check again with those: they decide what must hold."
        for why, names in self._not_run().items():
            yield f"Not run: {', '.join(names)}: {why}."
        is_partial = self.other_settings and not self.failed
        but = " The check has not passed, because the relations were built with other settings." if is_partial else ""
        yield f"{self._summary()} Checked in {seconds(self.seconds)}.{but}"

    def _broken(self) -> Iterator[Block]:
        for outcome in ("tolerated", "warned", "failed"):
            for one in self.having(outcome):
                yield from one.blocks()

    def _not_run(self) -> dict[str, list[str]]:
        """Return the checks that were not run by their reason. If none of a relation was run, the relation is named instead."""
        run = {one.relation for one in self.checks if one.outcome != "not_run"}
        found: dict[str, dict[str, None]] = {}
        for one in self.having("not_run"):
            found.setdefault(one.why, {})[one.name if one.relation in run else one.relation] = None
        return {why: list(names) for why, names in found.items()}

    def _summary(self) -> str:
        outcomes: tuple[Outcome, ...] = "failed", "warned", "tolerated", "passed"
        numbers = {one: len(self.having(one)) for one in outcomes}
        not_run = len(self.having("not_run"))
        others = f" Not run: {not_run}." if not_run else ""
        found = ", ".join(f"{n} {one}" for one, n in numbers.items() if n)
        return f"{count(sum(numbers.values()), 'check')}{f': {found}' if found else ''}.{others}"


def _case(check: CheckResult) -> Case:
    """Return a check as a test case for JUnit XML. One that only warns passes, and what it found is its output."""
    from sessionmodels.display.terminal import as_text  # noqa: PLC0415 - only for CI

    case = Case(check.relation or OWN, check.name)
    if check.outcome == "not_run":
        return replace(case, outcome="skipped", message=check.why)
    if check.outcome == "failed":
        message = f"{check.rows:,} rows: {check.says}"
        return replace(case, outcome="failure", message=message, output=as_text(check.blocks()))
    return replace(case, output=as_text(check.blocks()) if check.rows else "")


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else str(value)
