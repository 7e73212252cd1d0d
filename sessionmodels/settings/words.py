"""What is said of settings that cannot be used."""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from pydantic_settings import SettingsError as UnreadableSettings

from sessionmodels.errors import did_you_mean

EXAMPLES: Final = {
    "event_counters": """'{"cnt_signup": ["signup"]}'""",
    "grant_to": """'["analyst"]'""",
    "kinds": """'{"tracks_flow": "view"}'""",
}


def about_variable(error: UnreadableSettings, prefix: str) -> str:
    """Return which variable of the environment is no JSON, and how to write it."""
    found = re.search(r'field "(\w+)"', str(error))
    name = found.group(1) if found else ""
    return f"{prefix}{name.upper()} in the environment is no JSON; write it such as {EXAMPLES.get(name, '{}')}"


def broken_file() -> str:
    """Return the name of the settings file that is no TOML."""
    for name in ("sessionmodels.toml", "pyproject.toml"):
        try:
            tomllib.loads(Path(name).read_text(encoding="utf-8")) if Path(name).exists() else None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError):
            return name
    return "a settings file"


def about_values(error: ValidationError, known: Iterable[str]) -> str:
    """Return a line for each value that is wrong: which, what was found, what to write instead."""
    # A default that could not be computed only repeats that another setting is wrong.
    found = [one for one in error.errors(include_url=False) if one["type"] != "default_factory_not_called"]
    return "\n".join(_sentence(one, known) for one in found)


def _sentence(one: Any, known: Iterable[str]) -> str:
    name = ".".join(str(part) for part in one["loc"])
    if one["type"] == "extra_forbidden":
        return f"there is no setting {name!r}; {did_you_mean(name, known)}"
    message = re.sub(r"^(Value error, |(Input|String|List|Dictionary) (?=should))", "", one["msg"])
    if one["type"] == "value_error":
        return f"{name}: {message}" if name else message
    found = "" if name == "url" else f" {one['input']!r}"
    hint = f"; write it such as [{one['input']!r}]" if one["type"] == "list_type" else ""
    return f"{name}: found{found}, but it {message}{hint}"
