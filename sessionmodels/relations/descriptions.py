"""The descriptions of a relation's columns, as comments in the warehouse show them."""

from sessionmodels.model import Model
from sessionmodels.models import MODELS
from sessionmodels.settings import Settings

LONGEST_COMMENT = 1000
"""BigQuery accepts 1,024 characters for a column."""


def described_columns(model: Model, settings: Settings) -> dict[str, str]:
    """Return the descriptions by column, each short enough. What depends on settings is described where it is computed.

    A column of another grain is another thing: `utm_source` of a session is not that of each event.
    """
    own = model.columns(settings)
    read = (MODELS[name] for name in model.reads if name in MODELS)
    inherited = (one.described_by(settings) for one in read if one.grain == model.grain)
    found = own | {column: text for texts in inherited for column, text in texts.items()} | model.described_by(settings)
    return {column: _short(text) for column, text in found.items()}


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_COMMENT else f"{text[: LONGEST_COMMENT - 4]} ..."  # ASCII: any database can store it
