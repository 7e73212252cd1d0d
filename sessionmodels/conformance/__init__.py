"""A few hundred events that cover every edge case, the rows they must give, and a run of them on any warehouse."""

from sessionmodels.conformance.run import Comparison as Comparison
from sessionmodels.conformance.run import verify as verify
