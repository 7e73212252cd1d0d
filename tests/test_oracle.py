"""The oracle itself, against figures worked out by hand."""

import pytest
from oracle import DBT, MINUTE, Raw, Rules, ignored, sessionize


def test_a_login_takes_the_device_along() -> None:
    """A device's earlier events belong to the latest user seen on it."""
    raws = [Raw("1", "d", None, "a", 0), Raw("2", "d", "u", "b", MINUTE), Raw("3", "d", "v", "c", 2 * MINUTE)]
    out, _, _ = sessionize(raws)
    assert {row["alias"]: row["dbt_visitor_id"] for row in out["aliases_mapping"]} == {"d": "v", "u": "u", "v": "v"}
    assert {row["event_id"]: row["dbt_visitor_id"] for row in out["mapped_tracks"]} == {"1": "v", "2": "u", "3": "v"}


def test_one_hop_not_a_chain() -> None:
    """A user id that is also a device maps to that device's user, and no further."""
    raws = [Raw("1", "d", "u", "a", 0), Raw("2", "u", "w", "b", 1), Raw("3", "w", "z", "c", 2)]
    out, _, _ = sessionize(raws)
    assert {row["event_id"]: row["dbt_visitor_id"] for row in out["mapped_tracks"]} == {"1": "w", "2": "z", "3": "z"}


def test_the_flow_shows_what_follows() -> None:
    """By default the events after this one; for the dbt project, the session's first names so far."""
    raws = [Raw(str(n), "d", None, name, n) for n, name in enumerate(["a", None, "b"])]
    exact, _, _ = sessionize(raws)
    assert [[row["event"], row["event_2"], row["event_3"]] for row in exact["tracks_flow"]] == [
        ["a", None, "b"],
        [None, "b", None],
        ["b", None, None],
    ]
    dbt, _, _ = sessionize(raws, DBT)
    assert [[row["event"], row["event_2"], row["event_3"]] for row in dbt["tracks_flow"]] == [
        ["a", None, None],
        ["a", None, None],
        ["a", "b", None],
    ]


def test_the_earliest_of_duplicates_stands() -> None:
    """By time, then by load time, and it is counted how many were removed."""
    raws = [Raw("1", "d", None, "late", 5), Raw("1", "d", None, "second", 3, 9), Raw("1", "d", None, "first", 3, 8)]
    out, left_out, duplicates = sessionize(raws)
    assert [row["event"] for row in out["mapped_tracks"]] == ["first"]
    assert (sum(left_out.values()), duplicates) == (0, 2)


def test_what_belongs_to_nobody_is_counted() -> None:
    """Each event that is left out counts once, by the first reason that holds."""
    too_long = "x" * 65_536
    raws = [Raw(" ", None, "", "a", None), Raw("1", " ", "", "a", None), Raw("2", "d", None, "a", None)]
    raws += [Raw("3", "d", too_long, "a", None), Raw("4", "d", None, "a", 2**60), Raw("5", too_long[1:], None, "a", 0)]
    out, left_out, _ = sessionize(raws)
    one_each = dict.fromkeys(("no_event_id", "no_id", "no_time", "id_too_long", "time_out_of_range"), 1)
    assert left_out == {"unreadable_time": 0, "ignored_event": 0, **one_each}
    assert [row["event_id"] for row in out["mapped_tracks"]] == ["5"]


WHO = [
    Raw("1", "d", None, "a", 0),
    Raw("2", "d", "u", "b", MINUTE),
    Raw("3", "d", None, "c", 2 * MINUTE),
    Raw("4", "d", "v", "d", 3 * MINUTE),
    Raw("5", "d", None, "e", 4 * MINUTE),
    Raw("6", None, "u", "f", 5 * MINUTE),
    Raw("7", "e", None, "g", 6 * MINUTE),
]
"""A device that two users share, a user without a device, and a device without a user."""


@pytest.mark.parametrize(
    ("identity", "visitors", "mapping"),
    [
        ("latest", "vuvvvue", {"d": "v"}),
        ("first", "uuuvuue", {"d": "u"}),
        ("device", "dddddue", {}),
        ("point_in_time", "uuuvvue", {"d": "v"}),
        ("table", "xxxxxue", {"d": "x", "v": "x"}),
    ],
)
def test_whose_an_event_is(identity, visitors, mapping) -> None:
    """By each identity; the table says something of the device and of one of its users."""
    out, _, _ = sessionize(WHO, Rules(identity=identity, graph=(("d", "x"), ("v", "x"), (" ", "y"), ("u", None))))
    assert "".join(row["dbt_visitor_id"] for row in sorted(out["mapped_tracks"], key=lambda row: row["event_id"])) == visitors
    assert {row["alias"]: row["dbt_visitor_id"] for row in out["aliases_mapping"]} == {one: one for one in "duve"} | mapping


def test_ids_and_events_that_are_none() -> None:
    """An ignored id is null, compared exactly; an ignored event counts as that, whatever else is wrong with it."""
    rules = Rules(ignored_ids=("unknown",), ignored_events=("ping",))
    raws = [Raw("1", "d", "unknown", "a", 0), Raw("2", "unknown", None, "a", 0), Raw("3", "d", "Unknown", "a", 0)]
    out, left_out, _ = sessionize([*raws, Raw(None, None, None, "ping", None)], rules)
    assert {row["event_id"]: row["dbt_visitor_id"] for row in out["mapped_tracks"]} == {"1": "Unknown", "3": "Unknown"}
    assert (left_out["ignored_event"], left_out["no_id"], left_out["no_event_id"]) == (1, 1, 0)
    assert ignored(raws, rules) == {"user_id": {"unknown": 1}, "anonymous_id": {"unknown": 1}}
