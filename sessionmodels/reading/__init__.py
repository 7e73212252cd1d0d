"""Queries of the relations for users to run. They only read."""

from sessionmodels.reading.ask import Answer as Answer
from sessionmodels.reading.ask import ask as ask
from sessionmodels.reading.check import check_all as check_all
from sessionmodels.reading.explain import explain as explain
from sessionmodels.reading.explain import explain_visitor as explain_visitor
from sessionmodels.reading.read import read as read
from sessionmodels.reading.read import refuse_unbuilt as refuse_unbuilt
from sessionmodels.reading.status import Status as Status
from sessionmodels.reading.status import status as status
from sessionmodels.reading.top_users import top_users_by_avg_session_duration as top_users_by_avg_session_duration
