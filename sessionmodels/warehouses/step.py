"""A step of a build."""

from dataclasses import dataclass

from sqlalchemy import Executable


@dataclass(frozen=True)
class Step:
    """Statements of a build that belong together, with their relation and action."""

    relation_name: str
    action: str
    statements: tuple[Executable, ...]
    in_place: bool = False
    """Whether it changes what readers see and is not rolled back."""
