"""What figures are made of: counts by step, by value of the dimension, and by one or two more keys. One select each.

All columns are whole numbers, so that the size of a report depends on its range alone. A browser sums them for any dates and any
value, and every figure follows.
"""

from sessionmodels.reporting.cubes.breakdown import breakdown as breakdown
from sessionmodels.reporting.cubes.cohorts import cohorts as cohorts
from sessionmodels.reporting.cubes.cube import Cube as Cube
from sessionmodels.reporting.cubes.funnel import funnel as funnel
from sessionmodels.reporting.cubes.hours import hours as hours
from sessionmodels.reporting.cubes.lengths import depths as depths
from sessionmodels.reporting.cubes.lengths import lengths as lengths
from sessionmodels.reporting.cubes.pauses import pauses as pauses
from sessionmodels.reporting.cubes.sessions import sessions as sessions
from sessionmodels.reporting.cubes.steps import DEPTH as DEPTH
from sessionmodels.reporting.cubes.steps import steps as steps
from sessionmodels.reporting.cubes.visitors import visitors as visitors
