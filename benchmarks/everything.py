"""How long a full build takes with context and every rule on, beside the default build of the same events without context.

    python benchmarks/everything.py 1000000
    python benchmarks/everything.py 10000000 --only context everything

Ratios count, not seconds: of one run, on one machine, with two threads, by the clock and, in brackets, by the processor's time.
The raw table has ten columns of the context; the default build reads a table of the same events without them.
"""

import sys
from typing import Any, Final

from build import events
from copies import Took, database, timed
from sqlalchemy import Engine

from sessionmodels import Settings, build_all

# Pages on every event; a campaign on some of every third visit; the SDK's session for each visit; one event in a hundred
# is the start of the app.
WITH_CONTEXT: Final = """\
CREATE TABLE with_context AS
SELECT id, anonymous_id, user_id, CASE WHEN dice % 100 = 0 THEN 'app_opened' ELSE event END AS event, timestamp, uuid_ts,
       'https://shop.example' || path || '?utm_source=ads' AS context_page_url, path AS context_page_path,
       CASE WHEN dice % 2 = 0 THEN 'https://www.google.com/' ELSE '$direct' END AS context_page_referrer,
       CASE WHEN lands THEN 'ads' END AS context_campaign_source,
       CASE WHEN lands THEN 'cpc' END AS context_campaign_medium,
       CASE WHEN lands THEN 'spring' || visit % 5 END AS context_campaign_name,
       CASE visit % 2 WHEN 0 THEN 'mobile' ELSE 'desktop' END AS context_device_type,
       CASE visit % 3 WHEN 0 THEN 'iOS' WHEN 1 THEN 'Android' ELSE 'Windows' END AS context_os_name,
       'RudderLabs JavaScript SDK' AS context_library_name,
       visit::VARCHAR AS context_session_id
FROM tracks,
     LATERAL (SELECT hash(id) AS dice, hash(anonymous_id || date_trunc('hour', timestamp)::VARCHAR) AS visit) AS drawn,
     LATERAL (SELECT '/products/' || dice % 200 AS path, dice % 10 = 0 AND visit % 3 = 0 AS lands) AS pages"""

WITHOUT: Final = "CREATE TABLE without_context AS SELECT id, anonymous_id, user_id, event, timestamp, uuid_ts FROM with_context"

EVERY_RULE: Final[dict[str, Any]] = {
    "sdk_sessions": True,
    "start_events": ["app_opened"],
    "cut_on_campaign": True,
    "cut_at_midnight": True,
    "time_zone": "Europe/Berlin",
    "max_session_minutes": 240,
}
WAYS: Final[dict[str, dict[str, Any]]] = {
    "context": {},
    "context and facts": {"page_events": ["viewed_product", "searched"], "conversion_events": ["ordered"]},
    **{name: {name: value} for name, value in EVERY_RULE.items() if name != "time_zone"},
    "every session rule": EVERY_RULE,
    "point in time": {"identity": "point_in_time"},
    "everything": {
        **EVERY_RULE,
        "identity": "point_in_time",
        "page_events": ["viewed_product", "searched"],
        "conversion_events": ["ordered"],
        "session_columns": {"last_path": "last(page_path)"},
        "ignored_ids": ["unknown"],
        "ignored_events": ["heartbeat"],
        "where": [{"column": "context_os_name", "operator": "!=", "value": "bot"}],
    },
}


def measure(count: int, ways: dict[str, dict[str, Any]]) -> None:
    """Print how long each way takes, and its ratio to the default build."""
    with database() as engine:
        events(engine, count, one_visitor=False)
        with engine.begin() as connection:
            for statement in (WITH_CONTEXT, WITHOUT, "DROP TABLE tracks"):
                connection.exec_driver_sql(statement)
        default = build(engine, "without_context")
        print(f"{count:>12,} events  {'default, without context':25} {default.seconds:7.2f} s", flush=True)
        for name, chosen in ways.items():
            took = build(engine, "with_context", **chosen, table_prefix=f"{name.replace(' ', '_')}_")
            clock, processor = took.seconds / default.seconds, took.processor / default.processor
            print(f"{'':21}{name:25} {took.seconds:7.2f} s  {clock:5.2f} ({processor:.2f})", flush=True)


def build(engine: Engine, source: str, **chosen: Any) -> Took:
    """Build in full from this table."""
    return timed(lambda: build_all(engine, Settings(source_table=source, **chosen)))


if __name__ == "__main__":
    words, _, named = " ".join(sys.argv[1:]).partition("--only")
    chosen_ways = {name: WAYS[name] for name in named.split() if name in WAYS} or WAYS
    for wanted in map(int, words.split() or ["1000000"]):
        measure(wanted, chosen_ways)
