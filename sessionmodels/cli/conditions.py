"""Conditions that are written as the value of a flag: a column, an operator and a value, with spaces between."""

from typing import Any, Final

from sessionmodels.errors import SettingsError

WHERE: Final = "--where 'context_ip != 10.0.0.1'"
CHANNEL_RULE: Final = "--channel-rule 'Podcast=source = podcast'"
OWN_CHECK: Final = "--own-check 'sessions.too_long=session_duration > 1440'"


def own_checks_in(flags: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the checks, each with the conditions of all flags of its name.

    Raises:
        SettingsError: a flag names no check, or has no condition.
    """
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for flag in flags:
        name, equals, condition = flag.partition("=")
        relation, dot, rule = name.strip().partition(".")
        if not equals or not dot:
            msg = f"--own-check {flag!r} is no check; write it like {OWN_CHECK}"
            raise SettingsError(msg)
        found.setdefault((relation, rule), []).append(condition_in(condition, OWN_CHECK))
    return [{"relation": relation, "name": rule, "where": where} for (relation, rule), where in found.items()]


def channel_rules_in(flags: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the rules of channels in the order of the flags, each with the conditions of all flags of its channel.

    Raises:
        SettingsError: a flag names no channel, or has no condition.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for flag in flags:
        channel, equals, condition = flag.partition("=")
        if not equals or not channel.strip():
            msg = f"--channel-rule {flag!r} is no rule; write it like {CHANNEL_RULE}"
            raise SettingsError(msg)
        found.setdefault(channel.strip(), []).append(condition_in(condition, CHANNEL_RULE))
    return [{"channel": channel, "where": where} for channel, where in found.items()]


def condition_in(words: str, example: str = WHERE) -> dict[str, Any]:
    """Return the condition. Several values are separated by commas. `example` shows how its flag is written.

    Raises:
        SettingsError: it has no operator, or quotes around its value.
    """
    from sessionmodels.settings.where import BARE, LISTS, OPERATORS  # noqa: PLC0415 - heavy

    flag, _, right = example.partition(" ")
    column, _, rest = words.strip().partition(" ")
    operator = max((one for one in OPERATORS if f"{rest.strip().lower()} ".startswith(f"{one} ")), key=len, default=None)
    if operator is None:
        known = ", ".join(OPERATORS)
        msg = f"{flag} {words!r} is no condition; write it like {flag} {right}, with spaces between; the operators are {known}"
        raise SettingsError(msg)
    value = rest.strip()[len(operator) :].strip()
    if value and value[0] == value[-1] and value[0] in "'\"":
        msg = f"{flag} {words!r}: write the value without quotes, which would be part of it"
        raise SettingsError(msg)
    if operator in BARE:
        return {"column": column, "operator": operator, **({"value": value} if value else {})}
    return {"column": column, "operator": operator, "value": value.split(",") if operator in LISTS else value}
