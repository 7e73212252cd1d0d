"""Two sets of relations side by side, held against what plain Python counts from the oracle's relations."""

from collections import Counter, defaultdict
from random import Random

import pytest
from command import run, url_of
from hypothesis import given
from kept import copy_of, kept
from laws import examples
from oracle import DBT, MINUTE, Raw, Rules, sessionize
from session_rules import busy_visitors
from streams import many_streams
from tables import as_bag, write_tracks

from sessionmodels import Settings, SettingsError, TargetError, build_all, compare
from sessionmodels.comparison.run import EIGHT, OURS
from sessionmodels.models import MODELS

pytestmark = pytest.mark.slow

OTHERS = {
    "dbt": (DBT, {"compatibility": "dbt"}),
    "device": (Rules(identity="device"), {"identity": "device"}),
    "60 minutes": (Rules(idle_minutes=60), {"idle_minutes": 60}),
    "campaigns": (Rules(cut_on_campaign=True), {"cut_on_campaign": True}),
}


def with_pauses(events):
    """Return events by id that occur once, each with the pauses around it, and whether its visitor has others."""
    mine, times = defaultdict(list), Counter(one["event_id"] for one in events)
    for one in events:
        mine[one["dbt_visitor_id"]].append(one)
    found = {}
    for row in mine.values():
        row.sort(key=lambda one: (one["timestamp"], one["track_sequence_number"], one["event_id"].encode()))
        repeats = any(times[one["event_id"]] > 1 for one in row)
        for at, one in enumerate(row):
            before = None if at == 0 else one["timestamp"] - row[at - 1]["timestamp"]
            after = None if at + 1 == len(row) else row[at + 1]["timestamp"] - one["timestamp"]
            if times[one["event_id"]] == 1:
                found[one["event_id"]] = one | {"pause": before, "next_pause": after, "repeats": repeats}
    return found


def kinds_of(theirs, ours):
    """Return how many sessions are of which kind."""
    there, here = with_pauses(theirs["track_facts"]), with_pauses(ours["track_facts"])
    pairs = Counter((there[one]["session_id"], here[one]["session_id"]) for one in there.keys() & here.keys())
    sizes = [Counter(one["session_id"] for one in side["track_facts"]) for side in (theirs, ours)]
    theirs_of, ours_of = defaultdict(set), defaultdict(set)
    for their, our in pairs:
        theirs_of[our].add(their)
        ours_of[their].add(our)
    kinds = Counter()
    for one in (row["session_id"] for row in ours["session_tracks"]):
        mates = theirs_of.get(one, set())
        is_split = any(len(ours_of[mate]) > 1 for mate in mates)
        if not mates:
            kinds["only_here"] += 1
        elif len(mates) > 1 or is_split:
            kinds["moved" if len(mates) > 1 and is_split else "split" if is_split else "merged"] += 1
        else:
            (mate,) = mates
            whole = pairs[mate, one] == sizes[0][mate] == sizes[1][one]
            kinds["other_events" if not whole else "same" if mate == one else "renumbered"] += 1
    lost = [row["session_id"] for row in theirs["session_tracks"] if row["session_id"] not in ours_of]
    kinds["only_there"] = len(lost)
    return +kinds


def causes_of(theirs, ours, minutes, *, whole):
    """Return for each cause how many sessions only one side starts, and the first event."""
    there, here = with_pauses(theirs["track_facts"]), with_pauses(ours["track_facts"])
    found = defaultdict(list)
    for name in there.keys() & here.keys():
        their, our = there[name], here[name]
        if (their["track_sequence_number"] == 1) == (our["track_sequence_number"] == 1):
            continue
        pauses = [our["pause"], their["pause"], our["next_pause"], their["next_pause"]]
        if our["dbt_visitor_id"] != their["dbt_visitor_id"]:
            cause = "another_visitor"
        elif whole and our["pause"] == their["pause"] and minutes * MINUTE < (our["pause"] or 0) < (minutes + 1) * MINUTE:
            cause = "whole_minutes"
        elif 0 in pauses:
            cause = "ties"
        else:
            cause = "duplicates" if our["repeats"] or their["repeats"] else "other_rules"
        found[cause].append((name, our["track_sequence_number"] == 1))
    return {
        cause: (
            sum(is_ours for _, is_ours in rows),
            sum(not is_ours for _, is_ours in rows),
            min((name for name, _ in rows), key=str.encode),
        )
        for cause, rows in found.items()
    }


def held(engine, raws, rules: Rules, chosen: dict) -> None:
    """Build both, compare them, and hold every figure."""
    write_tracks(engine, raws)
    build_all(engine)
    build_all(engine, Settings(table_prefix="old_", **chosen))
    found = compare(engine, prefix="old_")
    theirs, ours = sessionize(raws, rules)[0], sessionize(raws)[0]
    assert [one.relation for one in found.relations] == [*EIGHT, *OURS]
    for one in found.relations:
        mine, other = ours[one.relation], theirs[one.relation]
        shared = set(mine[0]) & set(other[0]) if mine and other else set()
        bags = [as_bag([{name: row[name] for name in shared} for row in rows]) for rows in (other, mine)]
        assert (one.theirs, one.ours, one.equal) == (len(other), len(mine), (bags[0] & bags[1]).total()), one.relation
    assert found.sessions == kinds_of(theirs, ours)
    causes = causes_of(theirs, ours, 30, whole=rules.dbt)
    assert {one.cause: (one.only_ours, one.only_theirs, one.example) for one in found.causes} == causes
    assert found.events["matched"] == len(with_pauses(theirs["track_facts"]).keys() & with_pauses(ours["track_facts"]).keys())


@pytest.mark.usefixtures("unguarded")
def test_any_stream(kept_engine) -> None:
    """Rows, sessions and causes, against the dbt project's figures, another identity, and other rules."""

    @examples(kept_engine, 6)
    @given(raws=many_streams(15, least=8))
    def law(raws) -> None:
        dice = Random(len(raws))
        rules, chosen = OTHERS[dice.choice(sorted(OTHERS))]
        held(kept_engine, [*raws, *busy_visitors(10, dice)], rules, chosen)

    law()


PAUSE = [Raw(f"e{n}", "d", None, "x", n * 30 * MINUTE + n * 20_000_000) for n in range(4)]


def fill(engine) -> None:
    """Build pauses of 30 minutes and 20 seconds twice."""
    write_tracks(engine, PAUSE)
    build_all(engine)
    build_all(engine, Settings(compatibility="dbt", target_schema="old", kinds=dict.fromkeys(MODELS, "table")))


both, changed = kept(fill), copy_of("both")


def test_what_is_shown(both) -> None:
    """Rows of each relation, how our sessions relate to theirs, and why, in words."""
    found = compare(both, schema="old")
    assert not found.equal
    assert found.sessions == {"split": 4}
    (cause,) = found.causes
    assert (cause.cause, cause.only_ours, cause.only_theirs, cause.example) == ("whole_minutes", 3, 0, "e1")
    assert "the pause is less than a minute longer than idle_minutes, and one side counts whole minutes  e1" in str(found)
    assert "is one of several sessions here that are one session there" in str(found)
    assert found.to_dict()["relations"][0]["equal"] == 1


def test_what_the_dbt_project_adds(changed) -> None:
    """Sessions without events, events without an id, and events that only one side has are counted."""
    with changed.begin() as connection:
        connection.exec_driver_sql("INSERT INTO old.dbt_session_tracks (session_id, dbt_visitor_id) VALUES ('0 - d', 'd')")
        connection.exec_driver_sql("INSERT INTO old.dbt_session_tracks (session_id, dbt_visitor_id) VALUES ('7 - x', 'x')")
        connection.exec_driver_sql("INSERT INTO old.dbt_track_facts (session_id, dbt_visitor_id) VALUES ('7 - x', 'x')")
        connection.exec_driver_sql("INSERT INTO old.dbt_track_facts (event_id) VALUES ('more')")
    found = compare(changed, schema="old")
    assert (found.sessions["empty_there"], found.sessions["only_there"]) == (1, 1)
    assert (found.events["their_without_an_id"], found.events["only_theirs"], found.events["only_ours"]) == (1, 1, 0)


def test_equal_sides(changed) -> None:
    """Two builds with the same settings are equal, to the last row."""
    build_all(changed, Settings(target_schema="old"))
    assert compare(changed, schema="old").equal
    assert "Both sides are equal" in str(compare(changed, schema="old"))


def test_what_is_refused(both) -> None:
    """A side compared with itself, and one without sessions, before anything is compared."""
    with pytest.raises(SettingsError, match=r"both sides are main\.dbt_…; name another schema \(--with\), or another prefix"):
        compare(both)
    with pytest.raises(TargetError, match="there is no 'old_track_facts' in schema 'main'; build it first, or correct"):
        compare(both, prefix="old_")


def test_relations_and_columns_of_one_side(changed) -> None:
    """What only one side has is named, and everything else compared."""
    with changed.begin() as connection:
        connection.exec_driver_sql("DROP TABLE old.dbt_session_duration")
        connection.exec_driver_sql("ALTER TABLE old.dbt_user_session_facts ADD COLUMN more INTEGER")
    found = compare(changed, schema="old")
    assert found.missing == ("session_duration",)
    assert [one.columns for one in found.relations if one.relation == "user_session_facts"] == [("more",)]
    assert "user_session_facts: not compared, because only one side has them: more." in str(found)


def test_the_command(both) -> None:
    """It exits with 1 where anything differs."""
    url = url_of(both)
    shown = run("compare", "--url", url, "--with", "old")
    assert shown.exit_code == 1
    assert "and one side counts whole minutes" in shown.stdout
    assert run("compare", "--url", url).exit_code == 2


def test_on_a_warehouse(snowflake_database) -> None:
    """Through the dialect of Snowflake, too; GoogleSQL judges BigQuery's in `tests/googlesql`."""
    write_tracks(snowflake_database, PAUSE)
    build_all(snowflake_database)
    build_all(snowflake_database, Settings(compatibility="dbt", table_prefix="old_"))
    found = compare(snowflake_database, prefix="old_")
    assert found.sessions == {"split": 4}
