"""The places where settings come from, in order of precedence: arguments, environment, settings file, pyproject.toml."""

import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    PyprojectTomlConfigSettingsSource,
    TomlConfigSettingsSource,
)

from sessionmodels.errors import SettingsError, did_you_mean
from sessionmodels.settings.key import VARIABLE

ARGUMENT: Final = "an argument"

OF_FILES: Final = frozenset({"tracks", "format", "hive_partitioning"})
"""Settings that apply only to files."""


WHOLE_TABLES: Final = frozenset({"channel_sites", "event_counters", "context", "session_columns", "sources"})
"""Settings that are one value although they are tables: those of another place replace all of them."""


class _Place(PydanticBaseSettingsSource):
    """A place where settings come from. Files or a table set in a place of higher precedence replace those set here."""

    def place(self, setting: str) -> str:
        """Return this place's name for the setting, for messages."""
        raise NotImplementedError(setting)

    def __call__(self) -> dict[str, Any]:
        """Return what is set here, without the source if a place of higher precedence names another kind of source."""
        found = super().__call__()
        # The library would merge dictionaries from several places.
        for name in WHOLE_TABLES & found.keys():
            found[name] = MappingProxyType(found[name]) if isinstance(found[name], dict) else found[name]
        files, table = _source_kinds(found)
        if files and table and "sources" not in found:
            name = next(name for name in ("source_table", "source_schema") if found.get(name) is not None)
            places = " and ".join(dict.fromkeys((self.place("tracks"), self.place(name))))
            both = "tracks (files) and source_table or source_schema (a table) are both set in one place"
            msg = f"{both}; keep one of them (from {places})"
            raise SettingsError(msg)
        files_win, table_wins = _source_kinds(self.current_state)
        if "sources" in found or "sources" in self.current_state:  # several sources can be files and tables
            return found
        dropped = {"source_schema", "source_table"} if files_win else OF_FILES if table_wins else set()
        return {name: value for name, value in found.items() if name not in dropped}


def _source_kinds(found: Mapping[str, Any]) -> tuple[bool, bool]:
    names_a_table = any(found.get(name) is not None for name in ("source_schema", "source_table"))
    return found.get("tracks") is not None, names_a_table


class Arguments(_Place, InitSettingsSource):
    """Keyword arguments."""

    def place(self, setting: str) -> str:
        """Return the name of keyword arguments and flags in messages."""
        del setting
        return ARGUMENT


class Environment(_Place, EnvSettingsSource):
    """Environment variables with our prefix."""

    def place(self, setting: str) -> str:
        """Return the variable's name."""
        return f"{self.env_prefix}{setting.upper()} in the environment"


class File(_Place, TomlConfigSettingsSource):
    """`sessionmodels.toml`."""

    def __init__(self, settings_cls: type[BaseSettings]) -> None:
        """Read the file, if it exists."""
        self.path = Path(str(settings_cls.model_config.get("toml_file")))
        refuse_unreadable(self.path)
        super().__init__(settings_cls)

    def place(self, setting: str) -> str:
        """Return the file's path."""
        del setting
        return str(self.path.absolute())


class Pyproject(_Place, PyprojectTomlConfigSettingsSource):
    """`[tool.sessionmodels]`."""

    def __init__(self, settings_cls: type[BaseSettings]) -> None:
        """Read the table, if it exists."""
        self.path = _working_directory() / "pyproject.toml"
        refuse_unreadable(self.path)
        try:
            super().__init__(settings_cls)
        except AttributeError:  # the library expects a table and found a value
            msg = f"{self.path} has a value where a table belongs; write the settings below a heading [tool.sessionmodels]"
            raise SettingsError(msg) from None

    def place(self, setting: str) -> str:
        """Return the file's path, and the table in it."""
        del setting
        return f"[tool.sessionmodels] of {self.path}"


def origins(settings_cls: type[BaseSettings], arguments: Mapping[str, Any]) -> Iterator[tuple[_Place, dict[str, Any]]]:
    """Yield each place in order of precedence, with the values set there."""
    yield Arguments(settings_cls, {}), dict(arguments)
    for place in (Environment, File, Pyproject):
        with suppress(SettingsError):
            found = place(settings_cls)
            yield found, found()


def refuse_unreadable(path: Path) -> None:
    """Refuse a settings file that exists and cannot be read.

    Raises:
        SettingsError: the file cannot be read; the message says why.
    """
    try:
        tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        why = f"cannot be read: {error.strerror}; make it a file that this user may read, or remove it"
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        why = f"cannot be read as TOML: {error}; fix that line"
    else:
        return
    msg = f"{path} {why}"
    raise SettingsError(msg)


def _working_directory() -> Path:
    try:
        return Path.cwd()
    except OSError as error:
        why = error.strerror
    msg = f"the working directory cannot be read: {why}; change to another one"
    raise SettingsError(msg)


def refuse_unknown_variables(prefix: str, settings: Iterable[str]) -> None:
    """Refuse a mistyped environment variable.

    Raises:
        ValueError: a variable has our prefix and names no setting.
    """
    known = {prefix + name.upper() for name in settings} | {VARIABLE}
    for name in os.environ:
        if name.upper().startswith(prefix) and name.upper() not in known:
            msg = f"the environment variable {name} names no setting; {did_you_mean(name, known)}"
            raise ValueError(msg)
