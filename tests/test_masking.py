"""What is masked in a message, and what is shown of a URL."""

import pytest
import sqlalchemy as sa

from sessionmodels import SessionmodelsError
from sessionmodels.errors.redaction import is_secret, misread, redacted, where, without_secrets

SHAPES = (
    "postgresql://me:{}@127.0.0.1:1/db",
    "postgresql://127.0.0.1:1/db?connect_timeout=3&password={}",
    "postgresql:///me:{}@127.0.0.1/db",
    "me:{}@127.0.0.1:1/db",
    "sqlite://me:{}@127.0.0.1:1/db",
    "https://me:{}@127.0.0.1:1/x.parquet",
    "https://127.0.0.1:1/x.parquet?sig={}",
)
PASSWORDS = (
    "hunter9XQZ",
    "XQZW@tail9QX",
    "XQZW/wQZX:rdQX9",
    "aXQZW#bQZXW?cZZQ9",
    "aXQZW=bQZXW&cZZQ9",
    "quXQZW'teQZX\"reZZQ9",
    "blXQZW ankZZQX@reZZQ9",
    "XQZ9%40%zzQ9XZ",
)


@pytest.mark.parametrize(
    ("url", "is_misread"),
    [
        ("postgresql://me:p%40ss%2Fw%3Ard@h:5432/db?sslmode=require", False),
        ("postgresql://me@h/db", False),
        ("postgresql://h/db?host=/var/run", False),
        ("postgresql://me:p@ss@h/db", True),
        ("postgresql://m/e:pass@h/db", True),
        ("postgresql:///me:pass@h/db", True),
        ("postgresql://h:5432/db?password=p@ss", True),
    ],
)
def test_misread(url, is_misread) -> None:
    """As a text and as SQLAlchemy reads it, a URL either means what it says, or is refused."""
    assert misread(sa.make_url(url), is_a_file=False) or misread(url, is_a_file=False) is is_misread
    assert not misread("duckdb:///a@b@c:d.duckdb", is_a_file=True)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:s3cret@host:5432/db?sslpassword=s3cret", "postgresql://me@host:5432/db"),
        ("duckdb:///md:db?motherduck_token=s3cret", "duckdb:///md:db"),
        ("duckdb:///events.duckdb", "duckdb:///events.duckdb"),
    ],
)
def test_where(url, shown) -> None:
    """Which database it is, and as whom: no password, no query."""
    assert where(sa.make_url(url)) == shown


@pytest.mark.parametrize(
    ("url", "said", "shown"),
    [
        ("postgresql://me:s3cret@host/db", "login failed for s3cret at host", "login failed for *** at host"),
        ("postgresql://host/db?password=s3cret", "login failed for s3cret at host", "login failed for *** at host"),
        ("postgresql://me:p%40ss%2Fword@host/db", "cannot open p@ss/word, p%40ss%2Fword", "cannot open ***, ***"),
        ("postgresql://h/db?connect_timeout=3&sslmode=require", "port 5433: SSL was required", "port 5433: SSL was required"),
        ("postgresql://me:a@h/db", "a table has a name", "*** table has *** name"),
        ("postgresql://me:tab@h/db", "a table", "a table"),
    ],
)
def test_a_drivers_message(url, said, shown) -> None:
    """Every secret of the URL is masked where it stands as a whole; what is no secret stays readable."""
    assert without_secrets(said, sa.make_url(url)) == shown


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (
            "see postgresql://me:pw@h/db?sslmode=require&token=x, please",
            "see postgresql://me:***@h/db?sslmode=require&token=***, please",
        ),
        ("IO Error: https://b:pw@h/x?sv=1&sig=abc%2F", "IO Error: https://b:***@h/x?sv=1&sig=***"),
        ("https://T0KEN@h/x", "https://***@h/x"),
        ('conninfo "host=h password=abc user=me"', 'conninfo "host=h password=*** user=me"'),
        (
            "{'user': 'me', 'password': 'a b', 'private_key_path': 'k.p8'}",
            "{'user': 'me', 'password': ***, 'private_key_path': 'k.p8'}",
        ),
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ("password authentication failed for user me", "password authentication failed for user me"),
        ("cannot connect to postgresql://me@h:1/db: user me@corp", "cannot connect to postgresql://me@h:1/db: user me@corp"),
        ("duckdb:///home/a@b.duckdb", "duckdb:///home/a@b.duckdb"),
        ("credentials_path=key.json", "credentials_path=key.json"),
    ],
)
def test_what_looks_like_a_secret(said, shown) -> None:
    """Nobody has to know the URL: what looks like a login, a token or a key is masked, and nothing else."""
    assert redacted(said) == shown
    assert str(SessionmodelsError(said)) == shown


@pytest.mark.parametrize(
    "key", ["password", "sslpassword", "X-Amz-Signature", "sig", "private_key", "credentials_base64", "passcode"]
)
def test_keys_of_secrets(key) -> None:
    """By the name of the key; where a key lies is none."""
    assert is_secret(key)
    assert not any(map(is_secret, ("connect_timeout", "sslmode", "sslkey", "credentials_path", "access_mode", "keepalives")))


@pytest.mark.slow
def test_a_long_message_is_masked_at_once() -> None:
    """The cost is in line with its length: an error may repeat an id of megabytes."""
    for run_of in ("a", "://", "@", "password", "x=", "' "):
        assert len(redacted(run_of * 100_000)) > 0
