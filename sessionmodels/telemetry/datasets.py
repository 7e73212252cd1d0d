"""The names of tables and files, as OpenLineage's naming specification has them. No name holds a user or a password.

Source: https://openlineage.io/docs/spec/naming
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import URL, Dialect, FromClause, Table

from sessionmodels.connection.database_file import NO_FILES
from sessionmodels.settings import Settings
from sessionmodels.source.columns import Source
from sessionmodels.source.patterns import absolutes, is_remote
from sessionmodels.warehouses import warehouse_of

MEMORY: Final = ":memory:"
PORTS: Final = {"postgresql": 5432, "redshift": 5439}
OF_CLUSTER: Final = re.compile(
    r"(?P<cluster>[^.]+)\.(?:[^.]+\.)*?(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)\.redshift(?:-serverless)?\."
)


@dataclass(frozen=True)
class Dataset:
    """A table, or files, by the name that every tool gives it."""

    namespace: str
    name: str


@dataclass(frozen=True)
class Datasets:
    """The names of what one engine connects to."""

    url: URL
    dialect: Dialect
    target_schema: str | None = None
    """The schema of the results by its name."""

    def of_result(self, table: Table) -> Dataset:
        """Return the name of a result."""
        return self.named(table.schema or self.target_schema, table.name)

    def of_source(self, source: Source, settings: Settings) -> tuple[Dataset, ...]:
        """Return the names of what a source is read from: a table, or each pattern of files. `settings` are its own."""
        if isinstance(source.table, Table):
            return (self.of_table(source.table),)
        return tuple(map(of_files, absolutes(settings.files)))

    def of_table(self, table: FromClause) -> Dataset:
        """Return the name of a table that is read."""
        schema, name = getattr(table, "schema", None), getattr(table, "name", "")
        return self.named(schema or self.dialect.default_schema_name, name)

    @property
    def namespace(self) -> str:
        """Where the engine's tables are."""
        kind, host = self.url.get_backend_name(), self.url.host or "localhost"
        if kind == "duckdb":
            return f"duckdb://{self._file}"
        if kind == "bigquery":
            return "bigquery"
        if kind == "snowflake":
            return f"snowflake://{host}"
        port = self.url.port or PORTS.get(kind)
        if kind == "redshift" and (found := OF_CLUSTER.match(host)):
            host = f"{found['cluster']}.{found['region']}"
        return f"{'postgres' if kind == 'postgresql' else kind}://{host}:{port}"

    @property
    def _file(self) -> str:
        name = (self.url.database or MEMORY).partition("?")[0]
        return name if name.startswith(NO_FILES) else str(Path(name).absolute())

    @property
    def _database(self) -> str:
        """What the URL names; else the project of BigQuery's login, or PostgreSQL's database with the user's name."""
        kind = self.url.get_backend_name()
        named = warehouse_of(kind).schemas.database_in_url(self.url)
        return named or getattr(self.dialect, "project_id", None) or (kind in PORTS and self.url.username) or ""

    def named(self, schema: str | None, name: str) -> Dataset:
        """Return the name of something in a schema, which may already name its database or project."""
        database, bare = warehouse_of(self.url.get_backend_name()).schemas.with_database(schema or "", self._database)
        written = [one for one in (database, bare, name) if one]
        if self.dialect.requires_name_normalize:
            written = [str(self.dialect.denormalize_name(one)) for one in written]
        return Dataset(self.namespace, ".".join(written))


def of_files(pattern: str) -> Dataset:
    """Return the name of files: the absolute pattern, or what a URL names without its query."""
    if not is_remote(pattern):
        return Dataset("file", pattern)
    found = urlsplit(pattern)
    host = found.netloc.rpartition("@")[2]
    return Dataset(f"{found.scheme}://{host}", found.path.lstrip("/") or "/")
