"""The packaged migrations on a warehouse that has events."""

import pytest
from project import RAWS, Project, write_loaded


@pytest.fixture
def project(warehouse, tmp_path) -> Project:
    """The packaged migrations on a warehouse that has events."""
    write_loaded(warehouse, RAWS)
    return Project(tmp_path / "migrations", warehouse)


@pytest.fixture
def rolling_back(transactional, tmp_path) -> Project:
    """The same where a migration is one transaction."""
    write_loaded(transactional, RAWS)
    return Project(tmp_path / "migrations", transactional)


@pytest.fixture
def quick(engine, tmp_path) -> Project:
    """The same on the two engines that run here themselves."""
    write_loaded(engine, RAWS)
    return Project(tmp_path / "migrations", engine)
