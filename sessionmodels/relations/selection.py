"""Resolves selections such as '+session_tracks' to relations."""

from collections.abc import Mapping, Sequence

from sessionmodels.errors import SettingsError, did_you_mean
from sessionmodels.models import MODELS
from sessionmodels.relations.naming import TRACKS


def readers() -> Mapping[str, tuple[str, ...]]:
    """Return each relation with the relations that read it."""
    return {name: tuple(sorted(other.name for other in MODELS.values() if name in other.reads)) for name in (TRACKS, *MODELS)}


def choose(selection: str | Sequence[str] | None) -> frozenset[str]:
    """Return the names that a selection means.

    `name` is that relation alone, `+name` also what it needs, `name+` also what needs it, `+name+` both; several are
    a sequence, or one text with commas. None is all.

    Raises:
        SettingsError: a name is not a relation.
    """
    if selection is None:
        return frozenset(MODELS)
    words = selection.split(",") if isinstance(selection, str) else selection
    if not isinstance(words, Sequence) or not all(isinstance(word, str) for word in words):
        msg = f"select={selection!r} is neither a name nor a list of names; write it like '+session_tracks'"
        raise SettingsError(msg)
    chosen = frozenset[str]().union(*(_meant_by(word.strip()) for word in words))
    if not chosen:
        msg = f"select={selection!r} names no relation; {did_you_mean('', MODELS)}"
        raise SettingsError(msg)
    return chosen


def _meant_by(word: str) -> frozenset[str]:
    name = word.removeprefix("+").removesuffix("+").strip()
    if name not in MODELS:
        msg = f"select={word!r}: there is no relation {name!r}; {did_you_mean(name, MODELS)}"
        raise SettingsError(msg)
    chosen = {name}
    if word.startswith("+"):
        chosen |= _connected(name, {model.name: model.reads for model in MODELS.values()})
    if word.endswith("+"):
        chosen |= _connected(name, readers())
    return frozenset(chosen & MODELS.keys())


def _connected(name: str, edges: Mapping[str, Sequence[str]]) -> set[str]:
    found: set[str] = set()
    for other in edges.get(name, ()):
        found |= {other} | _connected(other, edges)
    return found
