"""A stream of a few hundred events with every edge of the meaning, the rows it must give, and a run of it on any warehouse."""

from sessionmodels.conformance.run import Comparison as Comparison
from sessionmodels.conformance.run import verify as verify
