"""Settings: what may be set, to which values, from which places, and what is said where one is wrong."""

from sessionmodels.settings.settings import Settings as Settings
from sessionmodels.settings.settings import defaults as defaults
