"""Settings: their values, where they come from, and the errors about wrong ones."""

from sessionmodels.settings.settings import Settings as Settings
from sessionmodels.settings.settings import defaults as defaults
