"""Every name that is given in a warehouse."""

from hashlib import sha256
from itertools import permutations
from uuid import uuid4

from sessionmodels.models import MODELS
from sessionmodels.settings import Settings

TRACKS = "tracks"
"""What the models call the clean events."""


STAGED = "sessionmodels_tracks"
"""The temporary table in which a build keeps them, so that the source is cleaned once."""


RETAINED = "sessionmodels_events"
"""What the name of the table begins with that incremental builds go on from: every raw row that can be used."""


SHADOW = "sessionmodels_shadow"
"""What the name of every shadow table begins with; the token of its build follows."""


def shadow_name(name: str, settings: Settings, build: str) -> str:
    """Return the relation's name beside the real one, in a build of that token."""
    return f"{SHADOW}_{build}_{target_name(name, settings)}"


def new_token(prefix: str) -> str:
    """Return a token for a build, by which its shadow tables are told from those of other builds, and of other prefixes."""
    return owner_of_token(prefix) + uuid4().hex[:8]


def owner_of_token(prefix: str) -> str:
    """Return how the tokens begin of all builds that one lock keeps from running at the same time."""
    return sha256(family(prefix).encode()).hexdigest()[:8]


def retained_name(settings: Settings) -> str:
    """Return the name of the table in which events are kept."""
    return own_name(RETAINED, settings)


def own_name(name: str, settings: Settings) -> str:
    """Return a name of this package's own beside the relations of a prefix, which stands in it as it is: no two share one."""
    return f"{name}_{settings.table_prefix}"


def meeting_prefixes(prefix: str) -> dict[str, str]:
    """Return the other prefixes of which a relation would have the name of one of this prefix, each with that name."""
    found = {}
    for longer, shorter in permutations(MODELS, 2):
        if longer.endswith(shorter):
            between = longer.removesuffix(shorter)
            found[prefix + between] = prefix + longer
            if prefix.lower().endswith(between):
                found[prefix[: -len(between)]] = prefix + shorter
    return found


def family(prefix: str) -> str:
    """Return what is the same for all prefixes under which builds could write tables of the same names: one lock is for them."""
    names = (TRACKS, *MODELS)
    between = {longer.removesuffix(shorter) for longer, shorter in permutations(names, 2) if longer.endswith(shorter)}
    ending = next((one for one in sorted(between, key=len) if prefix.lower().endswith(one)), None)
    return prefix if ending is None else family(prefix[: -len(ending)])


def target_name(name: str, settings: Settings) -> str:
    """Return the relation's name in the warehouse."""
    return settings.table_prefix + name
