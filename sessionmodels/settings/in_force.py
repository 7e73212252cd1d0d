"""Every setting in force, and where its value came from."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from textwrap import wrap
from typing import Any, Final

from sessionmodels.errors.redaction import whole
from sessionmodels.settings.places import ARGUMENT, origins
from sessionmodels.settings.settings import Settings

DEFAULT: Final = "default"
DEFAULTS: Final = "Defaults"
ENVIRONMENT: Final = "From the environment"
NO_CONDITIONS: Final = "[]"
WIDTH: Final = 44
"""The number of characters of a value in a line, so that it fits beside the longest name on a terminal of 80 columns."""


@dataclass(frozen=True)
class InForce:
    """A setting, its value without passwords and tokens, and the place that it came from."""

    name: str
    value: Any
    place: str

    @property
    def lines(self) -> tuple[str, ...]:
        """The value for people, in short lines: one or more for each entry of a table."""
        is_list = isinstance(self.value, list) and any(isinstance(one, dict) for one in self.value)
        entries = [{name: one} for name, one in self.value.items()] if isinstance(self.value, dict) else [self.value]
        texts = map(_text, self.value if is_list else entries or [None])
        how: Any = {"subsequent_indent": "  ", "break_long_words": False, "break_on_hyphens": False}
        return tuple(line for text in texts for line in wrap(text, WIDTH, **how))


def _text(value: Any) -> str:
    """Return a value as people write it, and a condition as a sentence."""
    if value in (None, [], {}, NO_CONDITIONS):
        return "none"
    if isinstance(value, dict) and {"column", "operator"} <= value.keys():
        return " ".join(_text(one) for one in value.values())
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_text(one)}" for name, one in value.items())
    if isinstance(value, list):
        return (" and " if isinstance(value[0], dict) else ", ").join(map(_text, value))
    return value if isinstance(value, str) else json.dumps(value)


def by_place(found: Iterable[InForce]) -> list[tuple[str, list[InForce]]]:
    """Return settings by where they came from, in order of precedence, the defaults last."""
    groups: dict[str, list[InForce]] = {}
    for one in found:
        groups.setdefault(_heading(one.place), []).append(one)
    order = {f"From {ARGUMENT}": 0, ENVIRONMENT: 1, DEFAULTS: 4}
    return sorted(groups.items(), key=lambda group: order.get(group[0], 3 if group[0].startswith("From the preset ") else 2))


def _heading(place: str) -> str:
    if place.endswith(" in the environment"):
        return ENVIRONMENT
    return DEFAULTS if place == DEFAULT else f"From {place}"


def in_force(settings: Settings, arguments: Mapping[str, Any]) -> Iterator[InForce]:
    """Yield each setting, in order. `arguments` are the values that were given as flags or keywords."""
    plain = settings.model_dump(mode="json")
    url: Any = settings.url
    if url is not None:
        plain["url"] = whole(url.get_secret_value())
    places = tuple(origins(type(settings), arguments))
    for name, value in plain.items():
        found = (place.place(name) for place, values in places if values.get(name) is not None)
        preset = f"the preset {settings.preset!r}"
        yield InForce(name, value, next(found, preset) if name in settings.model_fields_set else DEFAULT)
