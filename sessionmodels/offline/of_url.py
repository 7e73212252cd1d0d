"""What a URL says, without a connection: the dialect, the schema and the database."""

from sqlalchemy import URL

from sessionmodels.connection.engine import url_of
from sessionmodels.settings import Settings
from sessionmodels.warehouses import warehouse_of
from sessionmodels.warehouses.placement import with_schema


def with_dialect(settings: Settings, dialect: str | None = None) -> tuple[Settings, str]:
    """Return the settings with the URL's schema as the default, and the dialect: the requested one, or the URL's.

    Raises:
        SettingsError: the URL cannot be parsed, or the dialect is not one of the five.
    """
    url = url_of(settings)
    dialect = dialect or url.get_backend_name()
    schema = warehouse_of(dialect).schemas.in_url(url) if _is_of(url, dialect) else None
    return (with_schema(settings, schema) if schema else settings), dialect


def database_of(settings: Settings, dialect: str) -> str | None:
    """Return the database that the URL names, if one is set and is of that dialect. The default file is no such database."""
    if settings.url is None:
        return None
    url = url_of(settings)
    return warehouse_of(dialect).schemas.database_in_url(url) if _is_of(url, dialect) else None


def _is_of(url: URL, dialect: str) -> bool:
    return url.get_backend_name() == dialect
