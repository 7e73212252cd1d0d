"""Retries transient errors after growing pauses. Each retry is logged."""

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

from sessionmodels.connection import signals
from sessionmodels.errors import ConnectError, LockedError
from sessionmodels.errors.redaction import logger

LOG = logger("sessionmodels")
FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 60.0
LONGEST_PAUSE_FOR_LOCK: Final = 1.0

Answer = TypeVar("Answer")


def retried(attempt: Callable[[], Answer], retries: int) -> Answer:
    """Return the result of an attempt. After a transient error, repeat it up to `retries` times.

    Only for attempts that can be repeated safely: they were rolled back, or they find out what was done before.
    """
    again = Retrying(
        retry=_is_worth_retrying,
        stop=stop_after_attempt(retries + 1),
        wait=wait_exponential(multiplier=FIRST_PAUSE, max=LONGEST_PAUSE) + wait_random(0, FIRST_PAUSE),
        before_sleep=_log_retry,
        reraise=True,
    )
    return again(attempt)


def waited_for(attempt: Callable[[], Answer], seconds: float) -> Answer:
    """Return the result of an attempt to connect. While another program locks the file, try again for up to that many seconds."""
    again = Retrying(
        retry=retry_if_exception(lambda error: isinstance(error, LockedError)),
        stop=stop_after_delay(seconds),
        wait=wait_exponential(multiplier=LONGEST_PAUSE_FOR_LOCK / 5, max=LONGEST_PAUSE_FOR_LOCK)
        + wait_random(0, LONGEST_PAUSE_FOR_LOCK / 5),
        reraise=True,
    )
    try:
        return again(attempt)
    except LockedError as error:
        waited = f"it is still locked after {seconds:g} s" if seconds else "or wait for it with --wait 10m (wait=600 in Python)"
        msg = f"{error}; {waited}"
        raise LockedError(msg) from None


def _is_worth_retrying(state: RetryCallState) -> bool:
    """Whether a retry may help: the error is transient, or the server was reachable before, as when it restarts."""
    error = state.outcome.exception() if state.outcome else None
    if error:
        signals.raise_received()
    return getattr(error, "transient", False) or (isinstance(error, ConnectError) and state.attempt_number > 1)


def _log_retry(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    pause = state.next_action.sleep if state.next_action else 0
    details = {"attempt": state.attempt_number, "pause": round(pause, 1), "error": str(error)}
    LOG.warning("a transient error; retrying in %.1f s: %s", pause, error, extra=details)
