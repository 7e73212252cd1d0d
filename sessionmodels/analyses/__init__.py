"""Questions that people ask of the relations, one file each. Each is a select that is stored nowhere."""

from sessionmodels.analyses.active_visitors import active_visitors as active_visitors
from sessionmodels.analyses.analysis import Analysis
from sessionmodels.analyses.conversions import conversions as conversions
from sessionmodels.analyses.funnel import funnel as funnel
from sessionmodels.analyses.pages import pages as pages
from sessionmodels.analyses.paths import paths as paths
from sessionmodels.analyses.retention import retention as retention
from sessionmodels.analyses.sessions_by import sessions_by as sessions_by

ANALYSES: dict[str, Analysis] = {name: found for name, found in list(globals().items()) if isinstance(found, Analysis)}
