"""What a revision would do, as values: no database."""

from typing import Any

import pytest

from sessionmodels.views import options
from sessionmodels.views.definition import Definition
from sessionmodels.views.revisions import Written

options()  # makes the operations known

from sessionmodels.views.operations import DropSessionViewOp  # noqa: E402
from sessionmodels.views.pending import Pending  # noqa: E402


def view(name: str, *reads: str, sql: str = "SELECT 1", kind: str = "text") -> Definition:
    return Definition(name, "One row.", reads, (("c", kind, "it."),), {"duckdb": sql})


# sessions ← user_session_facts; sessions ← session_duration
BASE = [view("sessions"), view("session_duration", "sessions"), view("user_session_facts", "sessions")]


def pending(wanted, made=BASE, stands: Any = None) -> list[tuple[str, ...]]:
    standing: Any = {one.relation: "view" for one in made} if stands is None else stands
    written = {one.relation: Written(one, "r1") for one in made}
    return [one.to_diff_tuple()[:2] for one in Pending({one.relation: one for one in wanted}, written, standing.get).operations()]


def test_nothing_changed() -> None:
    """Nothing is owed."""
    assert pending(BASE) == []


def test_the_first_revision() -> None:
    """Makes the schema and every view, in the order of who reads whom."""
    assert pending(BASE, made=[]) == [("create_session_schema",), *(("create_session_view", one.relation) for one in BASE)]


def test_another_body() -> None:
    """Replaces that view alone."""
    assert pending([BASE[0], view("session_duration", "sessions", sql="SELECT 2"), BASE[2]]) == [
        ("replace_session_view", "session_duration")
    ]


def test_other_columns() -> None:
    """Make the view anew, and those that read it: the readers go first, and come last."""
    steps = pending([view("sessions", kind="bigint"), *BASE[1:]])
    assert {steps[0][1], steps[1][1]} == {"session_duration", "user_session_facts"}
    assert steps[2] == ("drop_session_view", "sessions")
    assert steps[3:] == [("create_session_view", one.relation) for one in BASE]


def test_no_more_a_view() -> None:
    """It is dropped with its readers, which are made again; where its table stands already, nothing is done."""
    steps = pending(BASE[1:])
    assert steps[2] == ("drop_session_view", "sessions")
    assert steps[3:] == [("create_session_view", one.relation) for one in BASE[1:]]
    stands = {"sessions": "table", "session_duration": "view", "user_session_facts": "view"}
    assert pending(BASE[1:], stands=stands) == []


def test_a_relation_that_this_version_does_not_know() -> None:
    """Is dropped, whether it stands or not."""
    assert pending(BASE, made=[*BASE, view("of_old")], stands={one.relation: "view" for one in BASE}) == [
        ("drop_session_view", "of_old")
    ]


@pytest.mark.parametrize(
    ("stands", "expected"),
    [
        ({"sessions": "view", "session_duration": "view"}, [("replace_session_view", "user_session_facts")]),
        ({}, [("replace_session_view", one.relation) for one in BASE]),
    ],
)
def test_what_is_lost(stands, expected) -> None:
    """Is put back where all that it reads is there, or put back too."""
    assert pending(BASE, stands=stands) == expected


def test_what_waits_for_a_table() -> None:
    """It is not pending: the build that creates the table also creates the view. `waiting` names the missing table."""
    waiting = [view("user_session_facts", "sessions")]
    assert pending(waiting, made=waiting, stands={}) == []
    comparison = Pending({"user_session_facts": waiting[0]}, {"user_session_facts": Written(waiting[0], "r1")}, lambda _: None)
    assert comparison.waiting() == {"user_session_facts": ["sessions"]}


def test_every_operation_has_its_inverse() -> None:
    """Whose inverse is the operation again."""
    written = {one.relation: Written(one, "r1") for one in BASE}
    wanted = {one.relation: one for one in (view("sessions", kind="bigint"), BASE[1], view("aliases_mapping"))}
    steps = Pending(wanted, written, lambda name: "view" if name in written else None).operations()
    assert {step.to_diff_tuple()[0] for step in steps} == {"drop_session_view", "create_session_view"}
    for step in steps:
        assert vars(step.reverse().reverse()) | {"why": "", "before": None} == vars(step) | {"why": "", "before": None}


def test_what_is_conditional_stays_so() -> None:
    """Where revisions leave out what is kept as a table, so do downgrades; but what was dropped for its table comes back."""
    wanted = {one.relation: one for one in (view("session_duration", "sessions", kind="bigint"), BASE[2])}
    written = {one.relation: Written(one, "r1") for one in BASE}
    steps = Pending(wanted, written, lambda _: "view", where_kind_is_view=True).operations()
    dropped = [step for step in steps if isinstance(step, DropSessionViewOp)]
    undone = {step.relation: step.reverse().where_kind_is_view for step in dropped}
    assert undone == {"sessions": False, "session_duration": True, "user_session_facts": True}


def test_a_schema_that_is_missing() -> None:
    """Is made first, also where views were made before, in another one."""
    written = {one.relation: Written(one, "r1") for one in BASE}
    found = Pending({one.relation: one for one in BASE}, written, lambda _: None, schema_is_missing=True).operations()
    assert found[0].to_diff_tuple() == ("create_session_schema",)
