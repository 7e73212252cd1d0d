"""Error messages about settings."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import ValidationError
from pydantic_settings import SettingsError as UnreadableSettings

from sessionmodels.errors import did_you_mean
from sessionmodels.errors.redaction import is_secret, shown, whole
from sessionmodels.settings.one_source import OneSource

EXAMPLES: Final = {
    "channel_rules": """'[{"channel": "Podcast", "where": [{"column": "source", "operator": "=", "value": "podcast"}]}]'""",
    "channel_sites": """'{"search": ["kagi.com"]}'""",
    "checks": """'[{"relation": "sessions", "name": "overlap", "level": "warn"}]'""",
    "conversion_events": """'["order_completed"]'""",
    "context": """'{"page_url": ["context_page_url", "url"]}'""",
    "event_counters": """'{"cnt_signup": ["signup"]}'""",
    "grant_to": """'["analyst"]'""",
    "own_domains": """'["pay.example"]'""",
    "page_events": """'["page", "screen"]'""",
    "session_columns": """'{"revenue": "sum(revenue)"}'""",
    "ignored_events": """'["heartbeat"]'""",
    "ignored_ids": """'["unknown"]'""",
    "kinds": """'{"tracks_flow": "table"}'""",
    "start_events": """'["app_opened"]'""",
    "where": """'[{"column": "context_ip", "operator": "!=", "value": "10.0.0.1"}]'""",
    "sources": """'{"tracks": {}, "pages": {"schema": "web"}}'""",
}

EXPECTED: Final = {
    "int_parsing": "an integer",
    "int_parsing_size": "an integer of a sensible size",
    "int_type": "an integer",
    "int_from_float": "an integer",
    "greater_than_equal": "an integer of at least {ge}",
    "less_than_equal": "an integer of at most {le}",
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "literal_error": "{expected}",
    "string_type": "text",
    "list_type": "a list",
    "dict_type": "a table of names and values",
    "datetime_type": "a time such as 2026-01-31 or 2026-01-31T12:00Z",
    "datetime_parsing": "a time such as 2026-01-31 or 2026-01-31T12:00Z",
    "datetime_from_date_parsing": "a time such as 2026-01-31 or 2026-01-31T12:00Z",
}
"""What a setting accepts, by the library's name of the error."""


def about_variable(error: UnreadableSettings, prefix: str) -> str:
    """Return which environment variable is not JSON, and how to write it."""
    found = re.search(r'field "(\w+)"', str(error))
    name = found.group(1) if found else ""
    return f"{prefix}{name.upper()} in the environment is not JSON; write it like {EXAMPLES.get(name, '{}')}"


def about_values(error: ValidationError, known: Iterable[str], places: Iterable[tuple[Any, Mapping[str, Any]]]) -> str:
    """Return a line for each wrong value: its setting, what was found, what to write instead, and where it was set."""
    # A default that could not be computed only repeats that another setting is wrong.
    found = [one for one in error.errors(include_url=False) if one["type"] != "default_factory_not_called"]
    places = tuple(places)
    return "\n".join(f"{_sentence(one, known)}{_from(one['loc'], places)}" for one in found)


def _sentence(one: Any, known: Iterable[str]) -> str:
    parts = [whole(str(part)) for part in one["loc"] if part != "[key]"]
    name = ".".join(parts)
    if one["type"] == "extra_forbidden":
        return f"there is no setting {name!r}; {did_you_mean(parts[-1], known if len(parts) == 1 else OneSource.__annotations__)}"
    if one["type"] == "value_error":
        message = one["msg"].removeprefix("Value error, ")
        return f"{name}: {message}" if name else message
    expected = EXPECTED.get(one["type"])
    message = f"expected {expected.format(**one.get('ctx', {}))}" if expected else one["msg"][:1].lower() + one["msg"][1:]
    hint = f"; write it like [{shown(one['input'])}]" if one["type"] == "list_type" else ""
    return f"{name}: {message}{_got(parts, one['input'])}{hint}"


def _got(parts: list[str], value: Any) -> str:
    is_hidden = parts[:1] == ["url"] or is_secret(parts[-1])
    return "" if is_hidden else f", got {shown(value)}"


def _from(location: tuple[Any, ...], places: Iterable[tuple[Any, Mapping[str, Any]]]) -> str:
    """Return where a wrong value came from: the place with the highest precedence that sets it."""
    holding = (place.place(str(location[0])) for place, found in places if location and _holds(found, location))
    return next((f" (from {place})" for place in holding), "")


def _holds(found: Mapping[str, Any], location: tuple[Any, ...]) -> bool:
    if location[0] not in found:
        return False
    value = found[location[0]]
    # `kinds` is merged from all places, relation by relation.
    return not (location[0] == "kinds" and len(location) > 1 and isinstance(value, Mapping)) or location[1] in value
