"""Failures that pass by themselves are tried again, after growing pauses, and each time it is told."""

from collections.abc import Callable
from typing import Final, TypeVar

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    stop_after_delay,
    wait_exponential,
    wait_random,
)

from sessionmodels import signals
from sessionmodels.errors import ConnectError, LockedError
from sessionmodels.errors.redaction import logger

LOG = logger("sessionmodels")
FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 60.0
LOOK_AGAIN: Final = 1.0

Answer = TypeVar("Answer")


def retried(attempt: Callable[[], Answer], retries: int) -> Answer:
    """Return what an attempt returns; where it fails of a transient cause, begin it again so many times.

    Only for what is safe to begin again: it was undone, or it finds out what was done.
    """
    again = Retrying(
        retry=_may_pass,
        stop=stop_after_attempt(retries + 1),
        wait=wait_exponential(multiplier=FIRST_PAUSE, max=LONGEST_PAUSE) + wait_random(0, FIRST_PAUSE),
        before_sleep=_tell,
        reraise=True,
    )
    return again(attempt)


def waited_for(attempt: Callable[[], Answer], seconds: float) -> Answer:
    """Return what an attempt returns; where another build is in its way, look again until so many seconds have passed."""
    again = Retrying(
        retry=retry_if_exception(lambda error: isinstance(error, LockedError)),
        stop=stop_after_delay(seconds),
        wait=wait_exponential(multiplier=LOOK_AGAIN / 5, max=LOOK_AGAIN) + wait_random(0, LOOK_AGAIN / 5),
        reraise=True,
    )
    try:
        return again(attempt)
    except LockedError as error:
        waited = f"after {seconds:g} s it still does" if seconds else "or wait for it with --wait 10m (wait=600 in Python)"
        msg = f"{error}; {waited}"
        raise LockedError(msg) from None


def _may_pass(state: RetryCallState) -> bool:
    """Whether a failure may pass: it says so; or nobody answers where somebody did before, as while a server restarts."""
    error = state.outcome.exception() if state.outcome else None
    if error:
        signals.raise_received()
    return getattr(error, "transient", False) or (isinstance(error, ConnectError) and state.attempt_number > 1)


def _tell(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    pause = state.next_action.sleep if state.next_action else 0
    told = {"attempt": state.attempt_number, "pause": round(pause, 1), "error": str(error)}
    LOG.warning("a transient failure; retrying in %.1f s: %s", pause, error, extra=told)
