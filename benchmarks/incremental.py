"""What an incremental build costs beside one in full, by the number of events, the share that is new, and how late that is.

    python benchmarks/incremental.py 1000000 10000000
    python benchmarks/incremental.py 5000000 --url postgresql://postgres@127.0.0.1:5432/bench
    python benchmarks/incremental.py 5000000 --url postgresql --by-hand

The last column is the ratio that counts: incremental by full, of one run on one machine. Each line is the median of three
batches. "Full" is a full refresh of tables that are there: on PostgreSQL, their rows are replaced, and no reader waits. The first
build makes the tables. On PostgreSQL, the database of the URL is used, and its table `tracks` is replaced; `--url postgresql`
starts the tests' throw-away server. `--by-hand` also times the same tables written by hand, without a check, a count or a record;
on DuckDB without indexes.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from sqlalchemy import Engine, create_engine, event, text

from sessionmodels import BuildResult, build_all

# Visits of about ten events, one every two minutes; every fifth visitor is logged in; one event in a hundred is doubled.
EVENTS = """\
SELECT *, {loaded} AS uuid_ts FROM (SELECT {id} AS id,
       md5(visitor::TEXT) AS anonymous_id,
       CASE WHEN visitor % 5 = 0 THEN 'user-' || visitor END AS user_id,
       CASE i * 7 % 11 % 4 WHEN 0 THEN 'viewed_product' WHEN 1 THEN 'searched' WHEN 2 THEN 'signup' ELSE 'ordered' END AS event,
       {begins} + INTERVAL '1 second' * (moment + 120 * (i % 10)) AS timestamp
FROM (SELECT i, {dice} % {visitors} AS visitor, (({dice} - {dice} % 7) / 7)::BIGINT % {span} AS moment
      FROM (SELECT generate_series AS i FROM generate_series(1, {events})) AS numbers) AS thrown) AS made"""
DOUBLED = "SELECT * FROM ({events}) AS once UNION ALL SELECT * FROM ({events}) AS again WHERE right(id, 2) IN ('00', '55', 'aa')"

# Numbers that look random and are the same on both engines: multiplied by a prime, one number a visit.
DICE = "(((i - i % 10) / 10)::BIGINT * 2654435761 + {seed}::BIGINT * 40503 * 65537) % 2147483647"

END = "TIMESTAMPTZ '2026-04-01 00:00:00+00'"
DAYS = 90
LATENESS = {"on time": 0, "up to a day late": 24, "up to 30 days late": 30 * 24}
"""By name, the most hours between an event of a batch and its load. Events on time happened since the last batch, and were loaded
ten minutes later, like the history."""

BATCHES = 3

BY_HAND = """
CREATE TABLE by_hand_aliases AS
WITH events AS (SELECT DISTINCT ON (id) * FROM tracks ORDER BY id, timestamp, uuid_ts),
logins AS (SELECT DISTINCT ON (anonymous_id) anonymous_id, user_id FROM events WHERE user_id IS NOT NULL
           ORDER BY anonymous_id, timestamp DESC, id DESC)
SELECT alias, coalesce(logins.user_id, alias) AS dbt_visitor_id
FROM (SELECT anonymous_id AS alias FROM events UNION SELECT user_id FROM events WHERE user_id IS NOT NULL) AS aliases
LEFT JOIN logins ON logins.anonymous_id = alias;
ANALYZE by_hand_aliases;
CREATE TABLE by_hand_events AS
WITH events AS (SELECT DISTINCT ON (id) * FROM tracks ORDER BY id, timestamp, uuid_ts),
visits AS (SELECT events.*, dbt_visitor_id, lag(timestamp) OVER visit AS previous
           FROM events JOIN by_hand_aliases ON alias = coalesce(user_id, anonymous_id)
           WINDOW visit AS (PARTITION BY dbt_visitor_id ORDER BY timestamp, id)),
numbered AS (SELECT *, sum(CASE WHEN timestamp - previous <= INTERVAL '30 minutes' THEN 0 ELSE 1 END) OVER visit AS number
             FROM visits WINDOW visit AS (PARTITION BY dbt_visitor_id ORDER BY timestamp, id))
SELECT id AS event_id, 'tracks' AS source, anonymous_id, user_id, dbt_visitor_id, timestamp, uuid_ts AS loaded_at, event,
       EXTRACT(EPOCH FROM timestamp - previous)::FLOAT / 60 AS idle_time_minutes, number || ' - ' || dbt_visitor_id AS session_id,
       number::BIGINT AS session_sequence_number, row_number() OVER session AS track_sequence_number,
       lead(event, 1) OVER session AS event_2, lead(event, 2) OVER session AS event_3, lead(event, 3) OVER session AS event_4,
       lead(event, 4) OVER session AS event_5
FROM numbered WINDOW session AS (PARTITION BY dbt_visitor_id, number ORDER BY timestamp, id);
CREATE INDEX ON by_hand_events (dbt_visitor_id);
CREATE INDEX ON by_hand_events (session_id);
CREATE INDEX ON by_hand_events (timestamp);
ANALYZE by_hand_events;
CREATE TABLE by_hand_sessions AS
WITH grouped AS (
    SELECT session_id, max(CASE WHEN track_sequence_number = 1 THEN event_id END) AS session_key, dbt_visitor_id,
           session_sequence_number, min(timestamp) AS session_start_at, max(timestamp) AS ended_at, count(*) AS num_pvs,
           count(*) FILTER (WHERE event IN ('view_product', 'viewed_product')) AS cnt_viewed_product,
           count(*) FILTER (WHERE event IN ('signup')) AS cnt_signup,
           count(*) FILTER (WHERE event IN ('page', 'screen')) AS page_views,
           (array_agg(anonymous_id ORDER BY track_sequence_number) FILTER (WHERE anonymous_id IS NOT NULL))[1] AS anonymous_id,
           (array_agg(user_id ORDER BY track_sequence_number DESC) FILTER (WHERE user_id IS NOT NULL))[1] AS user_id
    FROM by_hand_events GROUP BY session_id, dbt_visitor_id, session_sequence_number)
SELECT *, lead(session_start_at) OVER (PARTITION BY dbt_visitor_id ORDER BY session_sequence_number) AS next_session_start_at,
       EXTRACT(EPOCH FROM ended_at - session_start_at)::FLOAT / 60 AS session_duration, 0::BIGINT AS conversions,
       ended_at - session_start_at >= INTERVAL '10 seconds' OR page_views >= 2 AS is_engaged,
       CASE WHEN page_views > 0 THEN ended_at - session_start_at < INTERVAL '10 seconds' AND page_views < 2 END AS is_bounce,
       (session_start_at AT TIME ZONE 'UTC')::DATE AS session_date,
       CASE WHEN session_sequence_number = 1 THEN 'first' ELSE 'idle' END AS start_reason
FROM grouped;
CREATE INDEX ON by_hand_sessions (dbt_visitor_id);
CREATE INDEX ON by_hand_sessions (session_id);
CREATE INDEX ON by_hand_sessions (session_start_at);
CREATE TABLE by_hand_users AS
SELECT dbt_visitor_id, min(session_start_at) AS first_date, max(session_start_at) AS last_date, count(*) AS number_of_sessions
FROM by_hand_sessions GROUP BY dbt_visitor_id;
CREATE INDEX ON by_hand_users (dbt_visitor_id)
"""


@contextmanager
def database(url: str | None) -> Iterator[Engine]:
    """Yield a fresh DuckDB file that two threads work on, or the PostgreSQL database of the URL."""
    if url is None:
        with TemporaryDirectory() as folder:
            engine = create_engine(f"duckdb:///{Path(folder) / 'bench.duckdb'}")
            event.listen(engine, "connect", lambda connection, _record: connection.cursor().execute("SET threads = 2"))
            yield engine
            engine.dispose()
    elif url == "postgresql":
        sys.path.append(str(Path(__file__).parents[1] / "tests" / "support"))
        from postgres_server import postgres_server  # noqa: PLC0415 - only for this

        with postgres_server() as (host, _sorts_naturally), database(f"postgresql+psycopg://postgres@{host}/postgres") as engine:
            yield engine
    else:
        engine = create_engine(url)
        yield engine
        engine.dispose()


def made(count: int, name: str, seed: int, **how: object) -> str:
    """Return the select of so many events, of which one in a hundred is doubled."""
    chosen = {"id": f"md5('{name}' || i)", "dice": DICE.format(seed=seed), "events": count} | how
    return DOUBLED.format(events=EVENTS.format(**chosen))


def run(engine: Engine, *statements: str) -> None:
    """Run statements outside of a transaction."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in statements:
            connection.execute(text(statement))


def settle(engine: Engine) -> None:
    """Let the engine write down what arrived, so that the build does not have to."""
    run(engine, "CHECKPOINT", *(["ANALYZE tracks"] if engine.dialect.name == "postgresql" else []))


def history(engine: Engine, count: int) -> None:
    """Make a raw table of so many events, each loaded ten minutes after it happened."""
    begins, loaded = f"{END} - INTERVAL '{DAYS} days'", "timestamp + INTERVAL '10 minutes'"
    events = made(count, "h", 0, visitors=count // 50, begins=begins, span=(DAYS - 1) * 86_400, loaded=loaded)
    run(engine, "DROP TABLE IF EXISTS tracks CASCADE", f"CREATE TABLE tracks AS {events}")
    if engine.dialect.name == "postgresql":
        run(engine, "CREATE INDEX ON tracks (uuid_ts)")
    settle(engine)


def arrive(engine: Engine, count: int, visitors: int, *, late: int, begins: int, hours: int) -> None:  # noqa: PLR0913 - each by its name
    """Load this many events of known visitors: from the `hours` after the hour `begins`, or from the `late` hours before it."""
    start = f"{END} + INTERVAL '{begins} hours'"
    loaded = "timestamp + INTERVAL '10 minutes'"
    if late:
        start, loaded, hours = f"{start} - INTERVAL '{late} hours'", f"{END} + INTERVAL '{begins} hours'", late
    events = made(count, f"b{begins}-", begins, visitors=visitors, begins=start, span=hours * 3600, loaded=loaded)
    run(engine, f"INSERT INTO tracks {events}")
    settle(engine)


def timed(engine: Engine, *, full_refresh: bool = False) -> tuple[float, BuildResult]:
    """Build once, and return how long it took and what it did."""
    started = perf_counter()
    result = build_all(engine, incremental=True, full_refresh=full_refresh)
    return perf_counter() - started, result


def timed_by_hand(engine: Engine) -> float:
    """Write the four tables by hand, and return how long it took."""
    tables = ("aliases", "events", "sessions", "users")
    run(engine, *(f"DROP TABLE IF EXISTS by_hand_{name}" for name in tables))
    started = perf_counter()
    indexed = engine.dialect.name == "postgresql"
    run(engine, *(one for one in BY_HAND.split(";\n") if indexed or not one.startswith("CREATE INDEX")))
    took = perf_counter() - started
    run(engine, *(f"DROP TABLE by_hand_{name}" for name in tables))
    return took


def measure(engine: Engine, count: int, *, by_hand: bool, shares: tuple[float, ...]) -> None:
    """Measure: in full, by hand, with nothing new, and by batches of every share and lateness."""
    history(engine, count)
    first, _ = timed(engine)
    full, _ = timed(engine, full_refresh=True)
    show(count, "full", "", full, full)
    show(count, "full", "the first build", first, full)
    if by_hand:
        hand = timed_by_hand(engine)
        show(count, "full", f"by hand; the first build ÷ this: {first / hand:.2f}", hand, full)
    nothing, _ = timed(engine)
    show(count, "nothing", "", nothing, full)
    begins = 0
    for late, hours in LATENESS.items():
        for share in shares:
            took = []
            lasts = max(1, round(DAYS * 24 * share))
            for _ in range(BATCHES):
                arrive(engine, int(count * share), count // 50, late=hours, begins=begins, hours=lasts)
                begins += lasts
                seconds, result = timed(engine)
                assert result.mode == "incremental", result.reason
                took.append(seconds)
            show(count, f"{share:.1%}", late, median(took), full)


def show(count: int, share: str, late: str, seconds: float, full: float) -> None:
    """Print one line of the table."""
    print(f"| {count:,} | {share} | {late} | {seconds:.2f} s | {seconds / full:.3f} |", flush=True)


if __name__ == "__main__":
    words = sys.argv[1:]
    where = words.pop(words.index("--url") + 1) if "--url" in words else None
    only = float(words.pop(words.index("--share") + 1)) if "--share" in words else None
    counts = [int(word) for word in words if not word.startswith("--")] or [1_000_000]
    print("| events | new | | took | of a full build |\n|---|---|---|---|---|")
    for events_wanted in counts:
        with database(where) as opened:
            measure(opened, events_wanted, by_hand="--by-hand" in words, shares=(only,) if only else (0.001, 0.01, 0.1))
