"""What may be said of a URL: never its password, nor a token in its query."""

from sqlalchemy import URL


def where(url: URL) -> str:
    """Return which database a URL means: no user, no password, no query."""
    # A password with an unescaped `@` leaves its tail in what is taken for the host.
    host = (url.host or "").rpartition("@")[2]
    port = f":{url.port}" if url.port else ""
    return f"{url.get_backend_name()}://{host}{port}/{url.database or ''}"


def without_secrets(text: str, url: URL) -> str:
    """Return a driver's message with every secret of the URL masked."""
    told = (values for name, values in url.query.items() if not name.endswith("_path"))  # where a key lies is no secret
    given = [value for values in told for value in ([values] if isinstance(values, str) else values)]
    tail = (url.host or "").rpartition("@")[0]
    for secret in (url.password, tail, *given):
        if secret:
            text = text.replace(str(secret), "***")
    return text
