"""Questions that users may ask next, with the SQL that answers them on the demo's DuckDB file."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Question:
    """A question, and the SQL that answers it."""

    asks: str
    sql: str


FIRST_SESSIONS: Final = """\
SELECT session_id, session_start_at, landing_page_path AS landing_page, utm_campaign, conversions
FROM dbt_sessions
WHERE dbt_visitor_id = 'user-0007'
ORDER BY session_sequence_number
LIMIT 5"""

QUESTIONS: Final = (
    Question(
        "Which campaigns and sites bring sessions, and which of them lead to orders?",
        """\
SELECT coalesce(utm_source || ' / ' || utm_medium,
                split_part(referrer, '/', 3), '(direct)') AS came_from,
       utm_campaign AS campaign,
       count(*) AS sessions,
       count(DISTINCT dbt_visitor_id) AS visitors,
       round(100 * avg(is_bounce::INT), 1) AS bounce_percent,
       round(100 * sum(conversions) / count(*), 1) AS orders_per_100
FROM dbt_sessions
GROUP BY came_from, campaign
ORDER BY sessions DESC
LIMIT 7""",
    ),
    Question(
        "On which landing pages do visitors leave at once?",
        """\
SELECT landing_page_path,
       count(*) AS sessions,
       round(100 * avg(is_bounce::INT), 1) AS bounce_percent
FROM dbt_sessions
GROUP BY landing_page_path
ORDER BY sessions DESC
LIMIT 5""",
    ),
    Question(
        "Do phones convert as well as computers?",
        """\
SELECT device_type,
       count(*) AS sessions,
       round(100 * avg(is_bounce::INT), 1) AS bounce_percent,
       round(100 * sum(conversions) / count(*), 1) AS orders_per_100
FROM dbt_sessions
WHERE device_type IS NOT NULL  -- bots have none
GROUP BY device_type
ORDER BY device_type""",
    ),
    Question(
        "What do people do right after they view a product?",
        """\
SELECT coalesce(event_2, '(they leave)') AS next_event,
       count(*) AS times,
       round(100 * count(*) / sum(count(*)) OVER (), 1) AS percent
FROM dbt_session_events
WHERE event = 'viewed_product'
  AND device_type IS NOT NULL
GROUP BY next_event
ORDER BY times DESC, next_event""",
    ),
)
