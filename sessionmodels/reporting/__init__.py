"""The report: one file that shows sessions to people. It reads cubes of counts, and a browser sums them."""

from sessionmodels.reporting.report import Report as Report
from sessionmodels.reporting.report import report as report
