"""The packaged migrations on a warehouse that has events."""

import pytest
from project import RAWS, Project, write_loaded


@pytest.fixture
def project(warehouse, tmp_path) -> Project:
    """The packaged migrations on a warehouse that has events."""
    write_loaded(warehouse, RAWS)
    return Project(tmp_path / "migrations", warehouse)


@pytest.fixture
def quick(engine, tmp_path) -> Project:
    """The same on the two engines that run here themselves: where views bind what they read, and where they do not."""
    write_loaded(engine, RAWS)
    return Project(tmp_path / "migrations", engine)
