"""Makes control characters visible, so that no text from a warehouse can steer a terminal or forge a line of a log."""

import re
from typing import Final

HIDDEN: Final = r"\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
"""C0, DEL, C1, line separators, what turns the direction of writing, and lone surrogates, which no stream can write."""

_hidden = re.compile(f"[{HIDDEN}]")
_hidden_in_lines = re.compile(rf"(?![\n\t])[{HIDDEN}]")


def visible(text: str) -> str:
    r"""Return one line of text in which every control character is written as its escape, such as `\x1b`."""
    return _hidden.sub(_escaped, text)


def visible_lines(text: str) -> str:
    """Return text likewise, but keep its line breaks and tabs: for messages, whose lines are ours."""
    return _hidden_in_lines.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    return found.group().encode("unicode_escape").decode("ascii")
