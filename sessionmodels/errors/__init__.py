"""The package's errors. They share one root, and each message says what was found and what to do about it."""

import difflib
from collections.abc import Iterable
from typing import Any, Final

from sessionmodels.errors.redaction import redacted, without_urls

STOPPED: Final = "it was interrupted"


class SessionmodelsError(Exception):
    """The base of all errors that sessionmodels raises. The message holds no secret; `exit_status` is the command's."""

    exit_status = 1

    def __init__(self, message: str) -> None:
        """Store the message with passwords and tokens masked."""
        super().__init__(redacted(message))

    @property
    def in_brief(self) -> str:
        """The message for logs and the table of builds, without rows of the results, which hold personal ids."""
        return str(self)

    def __reduce__(self) -> tuple[Any, ...]:
        """Make the error picklable, whatever its arguments: schedulers pickle errors."""
        return type(self).__new__, (type(self), *self.args), vars(self)


class SettingsError(SessionmodelsError, ValueError):
    """A setting is wrong and must be corrected. Nothing was changed."""

    exit_status = 2


class SourceError(SessionmodelsError):
    """The source cannot be read as events: a table or a column is missing, or a time column has a type that is not a time."""


class TargetError(SessionmodelsError):
    """The tables or views in the target schema do not allow this build. Nothing was changed."""


class ConnectError(SessionmodelsError):
    """The warehouse could not be reached. `transient` says whether a retry may help."""

    def __init__(self, message: str, *, transient: bool = False) -> None:
        """Store whether a retry may help."""
        super().__init__(message)
        self.transient = transient


class LockedError(SessionmodelsError):
    """Another build of the same tables is running or has taken over, or another program locks the file. Nothing was changed."""

    exit_status = 3


class AuditError(SessionmodelsError):
    """A sample of visitors differs from a fresh computation of the same source. The build stays committed, see `result`."""

    exit_status = 4

    def __init__(self, message: str, result: Any) -> None:
        """Store the build's `BuildResult` with the message."""
        super().__init__(message)
        self.result = result


class CheckError(SessionmodelsError):
    """What a build computed did not pass its checks, so nothing was published. `report` is the `CheckReport`."""

    exit_status = 5

    def __init__(self, message: str, in_brief: str, report: Any) -> None:
        """Store the report, and the message without rows of the results."""
        super().__init__(message)
        self._in_brief, self.report = in_brief, report

    @property
    def in_brief(self) -> str:
        """Which checks failed, and how many rows broke each."""
        return self._in_brief


class BuildError(SessionmodelsError):
    """A statement failed; the message says whether anything was changed.

    `relation` names the relation that was being built. `statement` is the failed SQL, if any. `transient` says whether a retry
    may help: after a lost connection, a serialization conflict or a rate limit.
    """

    def __init__(self, relation_name: str, message: str, *, statement: str | None = None, transient: bool = False) -> None:
        """Store the relation and the statement with the message, for programs that handle the error."""
        super().__init__(message)
        self.relation = relation_name
        self.statement = statement and without_urls(statement)
        self.transient = transient


def brief(error: BaseException) -> str:
    """Return the message of any error for logs, traces and the table of builds: without secrets, and without rows of results."""
    message = error.in_brief if isinstance(error, SessionmodelsError) else str(error)
    return redacted(message or (STOPPED if isinstance(error, KeyboardInterrupt) else type(error).__name__))


def how_to_install(extra: str) -> str:
    """Return the end of an error message: how to install what an extra brings."""
    return f"install the extra: pip install '.[{extra}]' in the checkout of sessionmodels"


def did_you_mean(found: str, known: Iterable[str]) -> str:
    """Return the end of an error message: the nearest known name, or all known names."""
    names = sorted(known)
    near = nearest(found, names)
    if near is not None:
        return f"did you mean {near!r}?"
    return f"known are: {', '.join(names)}" if names else "there is none"


def nearest(found: str, known: Iterable[str]) -> str | None:
    """Return the known name that is most like this one; None if none is like it."""
    names = sorted(known)
    near = difflib.get_close_matches(found.lower(), [name.lower() for name in names], n=1, cutoff=0.6)
    return next(name for name in names if name.lower() == near[0]) if near else None
