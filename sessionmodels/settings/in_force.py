"""Every setting in force, and where its value came from."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sessionmodels.errors.redaction import whole
from sessionmodels.settings.settings import Settings
from sessionmodels.settings.sources import origins

DEFAULT: Final = "default"


@dataclass(frozen=True)
class InForce:
    """A setting, its value without passwords and tokens, and the place that it came from."""

    name: str
    value: Any
    place: str

    @property
    def text(self) -> str:
        """The value as JSON, which the environment takes; a text as it is."""
        return self.value if isinstance(self.value, str) else json.dumps(self.value, ensure_ascii=False)


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
