"""Every name that is given in a warehouse."""

from itertools import permutations

from sessionmodels.models import MODELS
from sessionmodels.settings import Settings

TRACKS = "tracks"
"""What the models call the clean events."""


STAGED = "sessionmodels_tracks"
"""The temporary table in which a build keeps them, so that the source is cleaned once."""


RETAINED = "sessionmodels_events"
"""What the name of the table begins with that incremental builds go on from: every raw row that can be used."""


SHADOW = "sessionmodels_aside"
"""What the name of every table begins with that a build makes beside the real names."""


WORKING = (
    *("window", "difference", "rows", "changed", "aliases", "visitors", "old_sessions"),
    *(f"slice_{name}" for name in (TRACKS, *MODELS)),
    *(f"audit_{name}" for name in (TRACKS, "known", "visitors", "slice", *MODELS)),
)
"""What an incremental build and an audit make on their way."""


def shadow_name(name: str, settings: Settings, build: str) -> str:
    """Return the relation's name beside the real one, in a build of that token."""
    return f"{SHADOW}_{build}_{target_name(name, settings)}"


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
    names = (TRACKS, *MODELS, *WORKING)
    between = {longer.removesuffix(shorter) for longer, shorter in permutations(names, 2) if longer.endswith(shorter)}
    ending = next((one for one in sorted(between, key=len) if prefix.lower().endswith(one)), None)
    return prefix if ending is None else family(prefix[: -len(ending)])


def target_name(name: str, settings: Settings) -> str:
    """Return the relation's name in the warehouse."""
    return settings.table_prefix + name
