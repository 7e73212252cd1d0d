"""Questions that users may ask next, with the SQL that answers them on the demo's DuckDB file."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Question:
    """A question, and the SQL that answers it."""

    asks: str
    sql: str


FIRST_SESSIONS: Final = """\
SELECT session_id, session_start_at, num_pvs, cnt_viewed_product, cnt_signup
FROM dbt_sessions
WHERE dbt_visitor_id = 'user-0003'
ORDER BY session_sequence_number
LIMIT 5"""

QUESTIONS: Final = (
    Question(
        "What do people do right after they view a product?",
        """\
SELECT coalesce(event_2, '(they leave)') AS next_event,
       count(*) AS times,
       round(100.0 * count(*) / sum(count(*)) OVER (), 1) AS percent
FROM dbt_session_events
WHERE event = 'viewed_product'
  AND dbt_visitor_id NOT LIKE 'crawler-%'
GROUP BY next_event
ORDER BY times DESC, next_event""",
    ),
    Question(
        "How many visitors come back, and how soon?",
        """\
SELECT CASE WHEN away IS NULL THEN 'not yet'
            WHEN away < INTERVAL 1 DAY THEN 'within a day'
            WHEN away < INTERVAL 7 DAY THEN 'within a week'
            ELSE 'later' END AS they_came_back,
       count(*) AS visitors
FROM (SELECT next_session_start_at - session_start_at AS away
      FROM dbt_sessions
      WHERE session_sequence_number = 1)
GROUP BY they_came_back
ORDER BY visitors DESC, they_came_back""",
    ),
    Question(
        "Do longer sessions look at more products, and lead to more sign-ups?",
        """\
SELECT CASE WHEN session_duration < 1 THEN '1. under a minute'
            WHEN session_duration < 5 THEN '2. 1 to 5 minutes'
            WHEN session_duration < 15 THEN '3. 5 to 15 minutes'
            ELSE '4. longer' END AS session_length,
       count(*) AS sessions,
       round(avg(cnt_viewed_product), 1) AS products_viewed,
       round(100.0 * sum(cnt_signup) / count(*), 1) AS signups_per_100
FROM dbt_sessions
WHERE dbt_visitor_id NOT LIKE 'crawler-%'
GROUP BY session_length
ORDER BY session_length""",
    ),
)
