"""BigQuery's catalogue, read by Google's own client: datasets, tables, views, their layouts and descriptions."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, Executable, MetaData, Table

from sessionmodels.errors import TargetError
from sessionmodels.model import Kind
from sessionmodels.warehouses.catalogue import Catalogue, Existing, neither_nor
from sessionmodels.warehouses.statement import Schema, Statement

KINDS: Final[Mapping[str, Kind]] = {"TABLE": "table", "CLONE": "table", "VIEW": "view"}


def client_of(connection: Connection) -> Any:
    """Return Google's own client, in the way the dialect itself accesses it."""
    return connection.connection.driver_connection._client  # noqa: SLF001  # pyright: ignore[reportOptionalMemberAccess]


def layout_of(by: str | None, time: str | None, clusters: tuple[str, ...]) -> str:
    """Return a layout as text, to be compared: partitioned by a unit of a column, and clustered by others."""
    return f"{by} of {time}, {clusters}"


class BigQueryCatalogue(Catalogue):
    """Datasets, also of other projects, as `project.dataset`. SQLAlchemy's inspector lists only the connection's project."""

    compares_columns = False

    @property
    def default_schema(self) -> str | None:
        """The dataset in the URL."""
        return self.connection.dialect.dataset_id  # pyright: ignore[reportAttributeAccessIssue]

    def whole_name(self, schema: str) -> str:
        """Return the dataset's name with its project."""
        return self._reference(schema)

    def has_schema(self, schema: str) -> bool:
        """Whether the dataset exists. It must not expire partitions.

        Raises:
            TargetError: new partitions in it expire by default, and their events would be missing in a build.
        """
        dataset = self._dataset(schema)
        if dataset is not None and dataset.default_partition_expiration_ms:
            days = dataset.default_partition_expiration_ms / 86_400_000
            found = f"the dataset {schema!r} drops partitions after {days:g} days, so that events would be missing in a build"
            msg = f"{found}; remove that default from the dataset, or set another target_schema"
            raise TargetError(msg)
        return dataset is not None

    def make_schema(self, schema: str, source_schema: str | None) -> tuple[Executable, ...]:
        """Return the statement that creates the dataset in the source's location: a query cannot join two locations."""
        source = self._dataset(source_schema) if source_schema else None
        if source is None:
            return super().make_schema(schema, source_schema)
        return (Statement("CREATE SCHEMA {schema} OPTIONS(location={place})", schema=Schema(schema), place=source.location),)

    def relations(self, schema: str | None) -> Mapping[str, Kind]:
        """Return the tables and views in a dataset."""
        if schema not in self._listed:
            listed = client_of(self.connection).list_tables(self._reference(schema or self.default_schema or ""))
            self._listed[schema] = {one.table_id: KINDS[one.table_type] for one in listed if one.table_type in KINDS}
        return self._listed[schema]

    def existing(self, table: Table) -> Existing | None:
        """Return the table or view with the table's name, and its layout.

        Raises:
            TargetError: the object is neither a table nor a view.
        """
        found = self._found(table)
        if found is None:
            return None
        if found.table_type not in KINDS:
            raise neither_nor(table)
        parts = found.time_partitioning
        laid_out = layout_of(parts and parts.type_, parts and parts.field, tuple(found.clustering_fields or ()))
        return Existing(KINDS[found.table_type], {}, layout=laid_out, comment=found.description or "")

    def comment(self, name: str, schema: str | None) -> str:
        """Return the description of a table or a view."""
        found = self._found(Table(name, MetaData(), schema=schema))
        return (found.description or "") if found else ""

    def definition(self, view: Table) -> str | None:
        """Return the view's query as written."""
        found = self._found(view)
        return found and found.view_query

    def _found(self, table: Table) -> Any:
        from google.api_core.exceptions import NotFound  # noqa: PLC0415 - installed only with the extra

        dataset = self._reference(table.schema or self.default_schema or "")
        try:
            return client_of(self.connection).get_table(f"{dataset}.{table.name}")
        except NotFound:
            return None

    def _dataset(self, schema: str) -> Any:
        from google.api_core.exceptions import NotFound  # noqa: PLC0415 - installed only with the extra

        try:
            return client_of(self.connection).get_dataset(self._reference(schema))
        except NotFound:
            return None

    def _reference(self, schema: str) -> str:
        return schema if "." in schema else f"{self.connection.dialect.project_id}.{schema}"  # pyright: ignore[reportAttributeAccessIssue]
