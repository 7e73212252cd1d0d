"""The oracle itself, against figures worked out by hand."""

from oracle import DBT, MINUTE, Raw, sessionize


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
    assert left_out == {"unreadable_time": 0, **one_each}
    assert [row["event_id"] for row in out["mapped_tracks"]] == ["5"]
