"""Facts of a session: from which event each comes, and what counts as engaged.

Every warehouse computes all of them in `test_traps.py`, which also says what a number and a sum is, and so does any stream in
`test_meaning.py`.
"""

from itertools import permutations

import pytest
from facts import FACTS, FACTS_RULES
from hypothesis import given
from laws import examples
from oracle import MINUTE, Raw, Rules, sessionize
from streams import many_streams
from tables import assert_same, read_all, write_tracks

from sessionmodels import Settings, build_all

pytestmark = pytest.mark.usefixtures("unguarded")

SECOND = 1_000_000


def hold(engine, raws, rules, **chosen) -> list[dict]:
    """Build on these rows, hold every relation against the oracle, and return the sessions."""
    write_tracks(engine, raws)
    build_all(engine, Settings(**chosen))
    found = read_all(engine)
    assert_same(found, sessionize(raws, rules)[0])
    return sorted(found["sessions"], key=lambda row: (row["dbt_visitor_id"], row["session_sequence_number"]))


def visit(*contexts: dict[str, str], event: str = "x", device: str | None = "d", user: str | None = None) -> list[Raw]:
    """Return one session, an event a second, with these contexts."""
    return [Raw(f"{n}", device, user, event, n * SECOND, context=tuple(sent.items())) for n, sent in enumerate(contexts)]


@pytest.mark.slow
def test_any_stream_without_a_context(kept_engine) -> None:
    """What needs a context is null, and everything else as ever."""

    @examples(kept_engine, 3)
    @given(raws=many_streams())
    def law(raws) -> None:
        for session in hold(kept_engine, raws, Rules(context=()), context={}):
            assert all(session[name] is None for name in ("landing_page_url", "exit_page_path", "utm_source", "os_name"))

    law()


@pytest.mark.slow
def test_columns_of_one_group_are_of_one_event(duckdb) -> None:
    """A landing without a referrer does not borrow that of the next page, nor a campaign the term of another."""
    (session,) = hold(
        duckdb,
        visit(
            {"context_page_referrer": "https://too.early/"},
            {"context_page_path": "/a", "context_campaign_medium": "email", "context_os_name": "iOS"},
            {"context_page_url": "https://b/", "context_page_referrer": "https://late/", "context_campaign_term": "shoes"},
            {"context_page_path": "/c", "context_device_type": "phone"},
            {"context_page_referrer": "https://none/"},
        ),
        Rules(),
    )
    assert (session["landing_page_url"], session["landing_page_path"], session["referrer"]) == (None, "/a", None)
    assert (session["exit_page_url"], session["exit_page_path"]) == (None, "/c")
    assert (session["utm_medium"], session["utm_term"]) == ("email", None)
    assert (session["os_name"], session["device_type"]) == ("iOS", None)


@pytest.mark.slow
@pytest.mark.parametrize("column", ["context_page_referrer", "context_page_url", "context_campaign_content", "context_os_name"])
def test_a_source_with_one_column_of_a_group(duckdb, column) -> None:
    """The others are null; a referrer alone is no landing."""
    (session,) = hold(duckdb, visit({}, {column: "one"}, {column: "two"}), Rules())
    landed = column == "context_page_url"
    assert (session["landing_page_url"], session["exit_page_url"]) == (("one", "two") if landed else (None, None))
    assert session["referrer"] is None


@pytest.mark.slow
def test_ids(duckdb) -> None:
    """The first device, also where a session began without one, and the last user, also where one logged out."""
    raws = [
        Raw("1", None, "u", "x", 0),
        Raw("2", "b", "u", "x", 1),
        Raw("3", "a", "u", "x", 2),
        Raw("4", "c", None, "x", 3),
        Raw("5", "c", None, "x", 40 * MINUTE),
    ]
    sessions = hold(duckdb, [*raws, Raw("6", "c", "u", "x", 90 * MINUTE)], Rules())
    assert [(one["anonymous_id"], one["user_id"]) for one in sessions] == [("b", "u"), ("c", None), ("c", "u")]


VISITS: list[tuple[list[str | None], int, bool, bool | None]] = [
    (["x"], 0, False, None),
    (["page"], 0, False, True),
    (["page", "x"], 10 * SECOND - 1, False, True),
    (["page", "x"], 10 * SECOND, True, False),
    (["x", "x"], 10 * SECOND, True, None),
    (["page", "screen"], 1, True, False),
    (["page", "bought"], 1, True, False),
    (["bought"], 0, True, None),
    (["Page", None], 1, False, None),
]
"""The events of a visit and how long it lasts; whether it is engaged, and a bounce."""


@pytest.mark.slow
def test_engaged_and_bounce(engine) -> None:
    """Ten seconds to the microsecond, two page views, or a conversion; without a page view there is nothing to bounce from."""
    raws = [
        Raw(f"{visitor}.{n}", f"d{visitor}", None, name, n and lasts)
        for visitor, (names, lasts, _, _) in enumerate(VISITS)
        for n, name in enumerate(names)
    ]
    sessions = hold(engine, raws, Rules(conversion_events=("bought",)), conversion_events=["bought"])
    assert [(one["is_engaged"], one["is_bounce"]) for one in sessions] == [(engaged, bounce) for _, _, engaged, bounce in VISITS]


@pytest.mark.slow
def test_nothing_counts(duckdb) -> None:
    """Without names of pages there are no page views, and every session is engaged that lasts no time at all, if that is set."""
    chosen = {"page_events": [], "engaged_seconds": 0}
    (session,) = hold(duckdb, visit({}, event="page"), Rules(page_events=(), engaged_seconds=0), **chosen)
    assert (session["page_views"], session["conversions"], session["is_engaged"], session["is_bounce"]) == (0, 0, True, None)


TIED = {"context_page_url": "https://a/", "revenue": "1"}, {"context_page_url": "https://a/"}, {"context_campaign_term": "b"}


@pytest.mark.slow
def test_kept_duplicates_that_differ_in_their_context(duckdb) -> None:
    """The context breaks the last ties, so that the same page is the landing, in whatever order the rows were written."""
    orders = enumerate(permutations(TIED))
    raws = [Raw(f"{n}", f"d{n}", None, "x", 0, context=tuple(one.items())) for n, order in orders for one in order]
    hold(duckdb, raws, Rules(deduplicate=False), deduplicate=False)


@pytest.mark.slow
def test_columns_of_a_context_that_the_source_lacks(engine) -> None:
    """They are null, of their own type."""
    (session,) = hold(engine, visit({}), FACTS_RULES, **FACTS)
    assert [session[name] for name in FACTS["session_columns"]] == [None] * len(FACTS["session_columns"])
