"""What is said of a URL holds none of its secrets."""

import pytest
from sqlalchemy import make_url

from sessionmodels.redaction import where, without_secrets


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:s3cret@host:5432/db?sslpassword=s3cret", "postgresql://host:5432/db"),
        ("postgresql://me:p@s3cret@host/db", "postgresql://host/db"),
        ("duckdb:///md:db?motherduck_token=s3cret", "duckdb:///md:db"),
        ("duckdb:///events.duckdb", "duckdb:///events.duckdb"),
    ],
)
def test_where(url, shown) -> None:
    """Which database it is: no user, no password, no query."""
    assert where(make_url(url)) == shown


@pytest.mark.parametrize(
    "url", ["postgresql://me:s3cret@host/db", "postgresql://host/db?password=s3cret", "postgresql://me:p@s3cret@host/db"]
)
def test_a_drivers_message(url) -> None:
    """Every secret of the URL is masked in it."""
    assert without_secrets("login failed for s3cret at host", make_url(url)) == "login failed for *** at host"
