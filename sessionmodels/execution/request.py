"""The request for a build, and the contradictions in it that are refused."""

from dataclasses import dataclass

from sqlalchemy import Engine

from sessionmodels.errors import SettingsError
from sessionmodels.models import MODELS
from sessionmodels.settings import Settings


@dataclass(frozen=True)
class Request:
    """The request for a build."""

    settings: Settings
    names: frozenset[str]
    """The names of the relations to build."""

    incremental: bool = False
    full_refresh: bool = False
    audit: float = 0.0
    """The share of visitors to compare with a fresh computation."""

    check: bool = False
    """Whether only what passes the checks is published."""

    replace_existing: bool = False
    """Whether tables and views that are not ours may be replaced."""

    forgets: bool = False
    """Whether people are to be removed from the results."""

    @property
    def is_part(self) -> bool:
        """Whether only some relations are built."""
        return self.names != MODELS.keys()


def is_incremental(settings: Settings, names: frozenset[str], argument: bool | None) -> bool:
    """Return whether a build is incremental: by the argument, else by the setting, which does not apply to selections."""
    return (settings.incremental and names == MODELS.keys()) if argument is None else argument


def refuse_contradictions(request: Request) -> None:
    """Refuse options that contradict each other, such as an incremental build of a selection.

    Raises:
        SettingsError: an incremental build or an audit of a selection, or a full refresh without an incremental build.
    """
    if request.incremental and request.is_part:
        msg = "an incremental build is of all relations; remove select (--select) or incremental (--incremental)"
        raise SettingsError(msg)
    if request.audit and request.is_part:
        msg = "an audit is of all relations; remove select (--select) or audit (--audit)"
        raise SettingsError(msg)
    if request.full_refresh and not request.incremental:
        msg = "full_refresh turns an incremental build into a full one; add incremental (--incremental), or remove it"
        raise SettingsError(msg)


def checked(engine: object, settings: object) -> Settings:
    """Return the settings to use.

    Raises:
        SettingsError: an argument has the wrong type.
    """
    if not isinstance(engine, Engine):
        msg = f"the engine must be one that sqlalchemy.create_engine returns; found {type(engine).__name__}"
        raise SettingsError(msg)
    if not isinstance(settings, Settings | None):
        msg = f"the settings must be Settings(...); found {type(settings).__name__}"
        raise SettingsError(msg)
    return settings or Settings()
