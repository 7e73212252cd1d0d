"""What an emulator makes of a statement's text is made once for all statements that differ in nothing but random names.

Each test has a dataset, and each build working tables, whose names end in random digits. Two tests that build the same send the
same statements but for these. So digits are replaced by a number before the text is translated, and put back afterwards.
"""

import re
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any

RANDOM = re.compile(r"(?<=\b[tT])[0-9a-fA-F]{32}\b|(?<=\bsessionmodels_shadow_)[0-9a-f]{16}(?=_)")
NUMBERED = re.compile(r"(?<=[tT])0{28}\d{4}|(?<=sessionmodels_shadow_)0{12}\d{4}(?=_)")


def numbered(text: str) -> tuple[str, dict[str, str]]:
    """Return a text whose random digits are numbers of as many digits, and what was replaced by which."""
    numbers: dict[str, str] = {}
    plain = RANDOM.sub(lambda found: numbers.setdefault(found[0], f"{len(numbers):0{len(found[0])}}"), text)
    return plain, {number: digits for digits, number in numbers.items()}


def made_once(make: Callable[..., str]) -> Callable[..., str]:
    """Let a function whose first argument is a statement, and whose answer is one, be asked once about statements alike.

    The other arguments must be hashable, and know nothing of random names. An error is never remembered.
    """
    once = lru_cache(maxsize=2_000)(make)

    @wraps(make)
    def asked(text: str, *others: Any) -> str:
        plain, digits = numbered(text)
        try:
            answer = once(plain, *others)
        except Exception:
            if plain == text:
                raise
            return make(text, *others)  # an error shows the names as they are
        return NUMBERED.sub(lambda found: digits.get(found[0], found[0]), answer)

    return asked
