"""What is reported of a build: in the words of this package, for whatever protocol."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import URL

from sessionmodels.state.builds import Build
from sessionmodels.warehouses.warehouse import Job


@dataclass(frozen=True)
class Started:
    """A build that is recorded in the table of builds."""

    url: URL
    job: Job
    build: Build


@dataclass(frozen=True)
class Ended:
    """How it ended."""

    rows: Mapping[str, int] = field(default_factory=dict)
    """By relation, how many rows it has now."""

    why: str | None = None
    """Why it failed, without secrets and without rows of the results; None if it did not."""

    is_interrupted: bool = False
    """Whether somebody stopped it."""
