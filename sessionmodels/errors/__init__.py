"""The one root of this package's errors. Each says what was found and ends in the way out."""

import difflib
from collections.abc import Iterable
from typing import Any

from sessionmodels.errors.redaction import redacted, without_urls


class SessionmodelsError(Exception):
    """Anything that sessionmodels itself raises. `exit_status` is what the command ends with. Its message holds no secret."""

    exit_status = 1

    def __init__(self, message: str) -> None:
        """Keep the message, passwords and tokens masked, whoever repeated them."""
        super().__init__(redacted(message))

    def __reduce__(self) -> tuple[Any, ...]:
        """Let the error be pickled, as schedulers do, whatever it is made of."""
        return type(self).__new__, (type(self), *self.args), vars(self)


class SettingsError(SessionmodelsError, ValueError):
    """A setting is wrong: whoever wrote the settings must act. Nothing was touched."""

    exit_status = 2


class SourceError(SessionmodelsError):
    """The source cannot be read as events: a table or a column is missing, or has a type that is no time."""


class TargetError(SessionmodelsError):
    """What stands in the target schema does not allow this build. Nothing was touched."""


class ConnectError(SessionmodelsError):
    """The warehouse could not be reached. `transient` tells that it may be reached in a moment."""

    def __init__(self, message: str, *, transient: bool = False) -> None:
        """Keep whether trying again may help."""
        super().__init__(message)
        self.transient = transient


class LockedError(SessionmodelsError):
    """Another build of the same tables is running, or has taken over. Nothing was changed by this one."""

    exit_status = 3


class AuditError(SessionmodelsError):
    """A sample of visitors differs from a fresh computation of the same source. What was built stands; `result` tells of it."""

    exit_status = 4

    def __init__(self, message: str, result: Any) -> None:
        """Keep the build's `BuildResult` beside the message."""
        super().__init__(message)
        self.result = result


class BuildError(SessionmodelsError):
    """A statement failed; the message says whether anything was changed.

    `relation` names what was being built, `statement` is the SQL, where one was run. `transient` tells a failure that trying
    again may mend: a lost connection, a conflict of transactions, a limit of rates.
    """

    def __init__(self, relation_name: str, message: str, *, statement: str | None = None, transient: bool = False) -> None:
        """Keep the relation and the statement beside the message, for programs that must act on it."""
        super().__init__(message)
        self.relation = relation_name
        self.statement = statement and without_urls(statement)
        self.transient = transient


def did_you_mean(found: str, known: Iterable[str]) -> str:
    """Return the rest of an error's sentence: the nearest known name, or all of them."""
    names = sorted(known)
    near = difflib.get_close_matches(found.lower(), [name.lower() for name in names], n=1, cutoff=0.6)
    if near:
        return f"did you mean {next(name for name in names if name.lower() == near[0])!r}?"
    return f"known are: {', '.join(names)}" if names else "there is none"
