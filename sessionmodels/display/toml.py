"""Settings as they stand in a settings file, so that each one that a message shows can be copied there."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from sessionmodels.display.escape import hidden_character

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")


def in_toml(value: Any) -> str:
    r"""Return a value as TOML. Text has each control character as an escape, so that it is shown as it is copied."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_key(name)} = {in_toml(one)}' for name, one in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(in_toml, value))}]"
    return hidden_character.sub(lambda one: f"\\u{ord(one.group()):04x}", json.dumps(value, ensure_ascii=False))


def setting_in_toml(name: str, value: Any) -> str:
    """Return a setting as its line in a settings file. TOML has no null: the line of such a setting is not there."""
    return f"{name} unset" if value is None else f"{name} = {in_toml(value)}"


def settings_in_toml(settings: Mapping[str, Any]) -> str:
    """Return settings one after the other, for a sentence."""
    return ", ".join(setting_in_toml(name, value) for name, value in settings.items())


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else in_toml(name)
