"""Makes control characters visible, so that text from a warehouse can neither control a terminal nor forge a log line."""

import re
from typing import Final

HIDDEN: Final = r"\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
"""C0, DEL, C1, line separators, bidirectional controls, and lone surrogates, which no stream can write."""

hidden_character: Final = re.compile(f"[{HIDDEN}]")
_hidden_in_lines = re.compile(rf"(?![\n\t])[{HIDDEN}]")


def visible(text: str) -> str:
    r"""Return text as one line, with every control character written as its escape, such as `\x1b`."""
    return hidden_character.sub(_escaped, text)


def visible_lines(text: str) -> str:
    """Return text with control characters escaped, except line breaks and tabs: for messages, whose line breaks are our own."""
    return _hidden_in_lines.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    return found.group().encode("unicode_escape").decode("ascii")
