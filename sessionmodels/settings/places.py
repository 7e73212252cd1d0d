"""Where settings come from, the strongest place first: arguments, the environment, our file, pyproject.toml."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from pydantic_settings import (
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    PyprojectTomlConfigSettingsSource,
    TomlConfigSettingsSource,
)

from sessionmodels.errors import SettingsError

OF_FILES: Final = frozenset({"tracks", "format", "hive_partitioning"})
"""Settings that say something of files."""


class _Place(PydanticBaseSettingsSource):
    """A place where settings come from. What a stronger place says is never mixed with what this one does."""

    def __call__(self) -> dict[str, Any]:
        """Return what is set here, but for what a stronger place has decided otherwise."""
        found = super().__call__()
        # The library would merge the entries of dictionaries; counters are one value, taken whole.
        if isinstance(found.get("event_counters"), dict):
            found["event_counters"] = MappingProxyType(found["event_counters"])
        files, table = _source_kinds(found)
        if files and table:
            msg = "tracks (files) and source_table or source_schema (a table) are both set in one place; keep one of them"
            raise SettingsError(msg)
        stronger_files, stronger_table = _source_kinds(self.current_state)
        dropped = {"source_schema", "source_table"} if stronger_files else OF_FILES if stronger_table else set()
        return {name: value for name, value in found.items() if name not in dropped}


def _source_kinds(found: Mapping[str, Any]) -> tuple[bool, bool]:
    names_a_table = any(found.get(name) is not None for name in ("source_schema", "source_table"))
    return found.get("tracks") is not None, names_a_table


class Arguments(_Place, InitSettingsSource):
    """Keyword arguments."""


class Environment(_Place, EnvSettingsSource):
    """Variables of our prefix."""


class File(_Place, TomlConfigSettingsSource):
    """`sessionmodels.toml`."""


class Pyproject(_Place, PyprojectTomlConfigSettingsSource):
    """`[tool.sessionmodels]`."""
