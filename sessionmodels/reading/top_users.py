"""The sample analysis: the visitors with the longest sessions."""

from sqlalchemy import BigInteger, Double, Text, cast, column, desc, func, select, table

from sessionmodels.model import AnySelect
from sessionmodels.relations.naming import target_name
from sessionmodels.settings import Settings
from sessionmodels.sql.elapsed import MINUTE, divide
from sessionmodels.sql.text import by_code_point


def top_users_by_avg_session_duration(settings: Settings | None = None) -> AnySelect:
    """One row per visitor, the longest average session first, equal averages ordered by id.

    Columns:
        dbt_visitor_id: the visitor.
        avg_session_duration: the average duration of their sessions in minutes.

    Source: `session_duration`. Add `.limit(10)` for the first ten. Whole microseconds are summed, because a sum of
    fractions depends on the order in which an engine adds them.
    """
    settings = settings or Settings()
    session_duration = table(
        target_name("session_duration", settings),
        column("dbt_visitor_id", Text),
        column("session_duration", Double),
        schema=settings.target_schema,
    )
    duration = cast(func.round(session_duration.c.session_duration * MINUTE), BigInteger)
    average = divide(cast(func.sum(duration), Double), func.count(type_=BigInteger) * MINUTE)
    return (
        select(session_duration.c.dbt_visitor_id, average.label("avg_session_duration"))
        .group_by(session_duration.c.dbt_visitor_id)
        .order_by(desc("avg_session_duration"), by_code_point(session_duration.c.dbt_visitor_id))
    )
