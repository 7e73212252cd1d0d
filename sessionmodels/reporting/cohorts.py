"""Visitors by the week or month in which they were first seen: several steps of time make one cohort."""

from dataclasses import replace

from sessionmodels.reporting.facts import Facts
from sessionmodels.reporting.scope import number_of, start_of


def with_cohorts(facts: Facts) -> Facts:
    """Return the facts with a key `cohort` in the cube of cohorts. Each step lies in one cohort, as no step is longer."""
    scope, found = facts.scope, facts.cubes["cohorts"]
    numbers = [number_of(start, scope.cohort_period) for start in scope.starts]
    places = {number: place for place, number in enumerate(dict.fromkeys(numbers))}
    firsts = {number: start_of(start, scope.cohort_period) for number, start in zip(numbers, scope.starts, strict=True)}
    last = number_of(max(facts.last_day, scope.starts[-1]), scope.cohort_period)
    most = len(found.labels["later"]) - 1
    cohorts = replace(
        found,
        keys=("step", "value", "cohort", "later"),
        rows=[(step, value, places[numbers[step]], *rest) for step, value, *rest in found.rows],
        labels={**found.labels, "cohort": [firsts[number].isoformat() for number in places]},
        last_later=[min(last - number, most) for number in places],
    )
    return replace(facts, cubes={**facts.cubes, "cohorts": cohorts})
