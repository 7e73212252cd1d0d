"""Queries of the relations for users to run. They only read."""

from sessionmodels.report.ask import Answer as Answer
from sessionmodels.report.ask import ask as ask
from sessionmodels.report.check import check_all as check_all
from sessionmodels.report.explain import explain as explain
from sessionmodels.report.explain import explain_visitor as explain_visitor
from sessionmodels.report.read import read as read
from sessionmodels.report.read import refuse_unbuilt as refuse_unbuilt
from sessionmodels.report.status import Status as Status
from sessionmodels.report.status import status as status
from sessionmodels.report.top_users import top_users_by_avg_session_duration as top_users_by_avg_session_duration
