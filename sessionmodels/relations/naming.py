"""All names that the package gives to objects in a warehouse."""

from hashlib import sha256
from itertools import permutations
from uuid import uuid4

from sessionmodels.models import MODELS
from sessionmodels.settings import Settings

TRACKS = "tracks"
"""The models' name for the clean events."""


STAGED = "sessionmodels_tracks"
"""The temporary table that a build stages them in, so that the source is cleaned once."""


DUPLICATES = "sessionmodels_duplicates"
"""The prefix of the table of removed duplicates: the usable raw rows that repeat the id of an event. With the events in the
results, they are all that incremental builds continue from."""


FORGOTTEN = "sessionmodels_forgotten"
"""The prefix of the list of forgotten people. Builds read it, and only `forget` writes it."""


FORMER = "sessionmodels_events"
"""The prefix of a table in which earlier versions stored all usable raw rows. It is dropped."""


SHADOW = "sessionmodels_shadow"
"""The prefix of all shadow tables. The token of the build follows."""


def shadow_name(name: str, settings: Settings, build: str) -> str:
    """Return the name of a relation's shadow table in the build with that token."""
    return f"{SHADOW}_{build}_{target_name(name, settings)}"


def new_token(prefix: str) -> str:
    """Return a token that distinguishes a build's shadow tables from those of other builds and other prefixes."""
    return token_prefix(prefix) + uuid4().hex[:8]


def token_prefix(prefix: str) -> str:
    """Return the common start of the tokens of all builds that share one lock."""
    return sha256(lock_family(prefix).encode()).hexdigest()[:8]


def duplicates_name(settings: Settings) -> str:
    """Return the name of the table of removed duplicates."""
    return own_name(DUPLICATES, settings)


def own_name(name: str, settings: Settings) -> str:
    """Return the name of one of the package's own tables for a prefix. It contains the whole prefix, so that it is unique."""
    return f"{name}_{settings.table_prefix}"


def colliding_prefixes(prefix: str) -> dict[str, str]:
    """Return other prefixes under which a relation would have the same name as a relation of this prefix, with that name."""
    found = {}
    for longer, shorter in permutations(MODELS, 2):
        if longer.endswith(shorter):
            between = longer.removesuffix(shorter)
            found[prefix + between] = prefix + longer
            if prefix.lower().endswith(between):
                found[prefix[: -len(between)]] = prefix + shorter
    return found


def lock_family(prefix: str) -> str:
    """Return a name shared by all prefixes whose relations could have the same names. They share one lock."""
    names = (TRACKS, *MODELS)
    between = {longer.removesuffix(shorter) for longer, shorter in permutations(names, 2) if longer.endswith(shorter)}
    ending = next((one for one in sorted(between, key=len) if prefix.lower().endswith(one)), None)
    return prefix if ending is None else lock_family(prefix[: -len(ending)])


def target_name(name: str, settings: Settings) -> str:
    """Return the relation's name in the warehouse."""
    return settings.table_prefix + name
