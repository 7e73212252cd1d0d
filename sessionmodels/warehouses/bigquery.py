"""BigQuery: each statement commits at once, so everything is built in shadow tables and cloned into place."""

import re
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import TIMESTAMP, URL, Connection, Dialect, Executable, Table

from sessionmodels.errors import SettingsError, TargetError
from sessionmodels.relations.graph import Relation
from sessionmodels.settings import Settings
from sessionmodels.warehouses.bigquery_catalogue import BigQueryCatalogue, client_of, layout_of
from sessionmodels.warehouses.catalogue import Named, RelationLike, comment_of
from sessionmodels.warehouses.locks.lease import lease
from sessionmodels.warehouses.parts import BuildContext, Driver, Schemas, Tables, Transactions, each_column, rudderstack
from sessionmodels.warehouses.statement import Statement
from sessionmodels.warehouses.step import Step
from sessionmodels.warehouses.strategies.shadow import ShadowTables
from sessionmodels.warehouses.tags import package_version
from sessionmodels.warehouses.warehouse import Job, Warehouse

TRANSIENT_CODES: Final = {429, 500, 502, 503, 504}
TRANSIENT_WORDS: Final = (
    *("rateLimitExceeded", "quotaExceeded", "jobRateLimitExceeded", "backendError", "Exceeded rate limits"),
    *("Could not serialize access", "due to concurrent update"),
)
"""Texts of transient errors that have other codes (403, 400)."""


def create_view(view: RelationLike, replace: bool) -> Executable:
    """Return the statement that creates the view, with descriptions of it and its columns."""
    verb = "CREATE OR REPLACE VIEW" if replace else "CREATE VIEW"
    described = f"{verb} {{table}} ({{columns}}) OPTIONS(description={{row}}) AS {{query}}"
    return Statement(described, **_described(view, "{column} OPTIONS(description={text})"))


def create_table(job: BuildContext, relation: Relation) -> Executable:
    """Return the statement that creates the table, partitioned by time, clustered by visitor, and with descriptions."""
    described = "CREATE TABLE {table} ({columns}) {layout} OPTIONS(description={row}) AS {query}"
    parts = _described(relation, "{column} {kind} OPTIONS(description={text})")
    return Statement(described, layout=_laid_out(job, relation), **parts)


def _described(relation: RelationLike, column: str) -> dict[str, Any]:
    return {
        "table": relation.table,
        "columns": each_column(relation, column),
        "row": comment_of(relation.row),
        "query": relation.select,
    }


def _laid_out(job: BuildContext, relation: Relation) -> Statement:
    if not job.settings.layout:
        return Statement("")
    if relation.time_column is None:
        return Statement("CLUSTER BY {entity}", entity=relation.entity_column)
    partitioned = f"PARTITION BY TIMESTAMP_TRUNC({{time}}, {job.settings.bigquery_partition_by.upper()}) CLUSTER BY {{entity}}"
    return Statement(partitioned, time=relation.time_column, entity=relation.entity_column)


def layout(job: BuildContext, relation: Relation) -> str:
    """Return the table's intended layout: BigQuery cannot replace a table by one with other partitioning or clustering."""
    if not job.settings.layout:
        return layout_of(None, None, ())
    by, time = job.settings.bigquery_partition_by.upper(), relation.model.time_column
    return layout_of(by if time else None, time, (relation.model.entity_column,))


def put_in_place(real: Table, shadow: Table, comment: str) -> Executable:
    """Return the atomic statement that gives the real table the new rows, and the comment that marks it as ours."""
    cloned = "CREATE OR REPLACE TABLE {real} CLONE {shadow} OPTIONS(description={comment})"
    return Statement(cloned, real=real, shadow=shadow, comment=comment)


def clone(real: Table, shadow: Table) -> tuple[Executable, ...]:
    """Return the statements that clone a table. The clone copies rows only when they change, and may be read without a filter."""
    return (
        Statement("CREATE TABLE {shadow} CLONE {real}", real=real, shadow=shadow),
        Statement(
            "ALTER TABLE {shadow} SET OPTIONS(partition_expiration_days=NULL, require_partition_filter=false)", shadow=shadow
        ),
    )


def finish(job: BuildContext, relation: Relation) -> Iterator[Step]:
    """Yield options that only the final table gets: if a shadow table's partitions expired, rows would be missing."""
    if relation.time_column is None or not job.settings.layout:
        return
    days = None if _is_read_whole(job, relation) else job.settings.bigquery_partition_expiration_days
    options = [Statement(f"partition_expiration_days={days}")] if days else []
    options += [Statement("require_partition_filter=true")] if _is_filtered(job, relation) else []
    if options:
        altered = Statement("ALTER TABLE {table} SET OPTIONS({options})", table=relation.table, options=tuple(options))
        yield Step(relation.name, "set its options", (altered,))


def _views_of(job: BuildContext, relation: Relation) -> list[Relation]:
    return [one for one in job.graph.relations if one.kind == "view" and relation.table in one.reads]


def _is_read_whole(job: BuildContext, relation: Relation) -> bool:
    """Whether a view of ours computes its rows from the table. Such a view needs every row, and does not filter by time."""
    return any(one.shows is None for one in _views_of(job, relation))


def _is_filtered(job: BuildContext, relation: Relation) -> bool:
    """Whether queries must filter by time. Those of a view can, if it shows the time."""
    time = relation.model.time_column or ""
    shows_time = all(one.shows is not None and time in one.table.c for one in _views_of(job, relation))
    return job.settings.bigquery_require_partition_filter and shows_time


def refuse_partial_reads(job: Job) -> None:
    """Refuse a selection that would read existing tables that lose rows or require a filter by time.

    Raises:
        TargetError: the selection would read such a table.
    """
    loses_rows = job.settings.bigquery_partition_expiration_days is not None
    for relation in job.chosen:
        for read in job.graph.relations if relation.shows is None else ():
            is_partial = read.table in relation.reads and read not in job.chosen and read.time_column is not None
            if is_partial and (_is_filtered(job, read) or (loses_rows and not _is_read_whole(job, read))):
                why = "whose partitions expire" if loses_rows else "which requires a filter"
                msg = f"{relation.name} reads all of {read.name}, {why}; select '+{relation.name}'"
                raise TargetError(msg)


def loses_rows(settings: Settings) -> str | None:
    """Return why no build can continue from these results: rows expire, or cannot be read without a filter by time."""
    if settings.bigquery_partition_expiration_days:
        return "bigquery_partition_expiration_days makes rows of the results expire"
    if settings.bigquery_require_partition_filter:
        return "bigquery_require_partition_filter prevents reading whole results"
    return None


def comment(_dialect: Dialect, _relation: RelationLike) -> Iterator[Executable]:
    """Yield nothing: columns are described on creation, because BigQuery limits the changes of a table per ten seconds."""
    return iter(())


def grant(relation: Named, grantee: str) -> Executable:
    """Return the grant to a principal, such as `group:analysts@example.com`."""
    if ":" not in grantee:
        msg = f"grant_to: found {grantee!r}; on BigQuery write 'user:ann@example.com', 'group:analysts@example.com' or similar"
        raise SettingsError(msg)
    kind = relation.kind.upper()
    granted = f"GRANT `roles/bigquery.dataViewer` ON {kind} {{table}} TO {{grantee}}"
    return Statement(granted, table=relation.table, grantee=grantee)


def tag(connection: Connection, settings: Settings, relation_name: str) -> None:
    """Label the following jobs and limit the bytes that each may bill."""
    connection.execution_options(job_config=_job_config(settings, relation_name))


def _job_config(settings: Settings, relation_name: str, **more: Any) -> Any:
    from google.cloud.bigquery import QueryJobConfig  # noqa: PLC0415 - heavy, and installed only with the extra

    # A label is lower-case letters, digits, dashes and underscores.
    version = re.sub("[^a-z0-9_-]", "-", package_version().lower())
    labels = {"app": "sessionmodels", "sessionmodels_version": version, "relation": relation_name.replace(" ", "_").lower()}
    limit = settings.bigquery_maximum_bytes_billed
    return QueryJobConfig(labels=labels, **({"maximum_bytes_billed": limit} if limit else {}), **more)


def bytes_read(connection: Connection, settings: Settings, statement: str) -> int | None:
    """Return how many bytes the statement would read, or None if a table that it reads does not exist yet."""
    from google.api_core.exceptions import ClientError  # noqa: PLC0415 - installed only with the extra

    config = _job_config(settings, "dry_run", dry_run=True, use_query_cache=False)
    try:
        return client_of(connection).query(statement, job_config=config).total_bytes_processed
    except ClientError:
        return None


def schema_in(url: URL) -> str | None:
    """Return the dataset of `bigquery://project/dataset`."""
    return url.database


def project_in(url: URL) -> str | None:
    """Return the project of `bigquery://project/dataset`."""
    return url.host


def refusals() -> tuple[type[Exception], ...]:
    """Return the errors of Google's client: SQLAlchemy wraps only errors in a cursor."""
    from google.api_core.exceptions import GoogleAPICallError  # noqa: PLC0415 - installed only with the extra
    from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415

    return GoogleAPICallError, GoogleAuthError


def is_transient(error: BaseException) -> bool:
    """Whether the service was busy, a quota or rate limit was exceeded, or another statement changed the table meanwhile."""
    cause = getattr(error, "__cause__", None) or error
    message = str(error)
    return getattr(cause, "code", None) in TRANSIENT_CODES or any(words in message for words in TRANSIENT_WORDS)


BIGQUERY = Warehouse(
    dialect="bigquery",
    title="BigQuery",
    # Its `TIMESTAMP` is an instant, and needs no conversion to UTC.
    loaded=rudderstack(TIMESTAMP(timezone=True), "loaded_at"),
    driver=Driver(
        extra="bigquery",
        is_transient=is_transient,
        refusals=refusals,
        bytes_read=bytes_read,
        unreachable="log in with `gcloud auth application-default login`, or add ?credentials_path=key.json to the URL",
    ),
    # It has no transactions that include DDL.
    transactions=Transactions(isolation_level=None, rolls_back=False, lock=lease, tag=tag),
    # A view keeps the names in its query, and is read from any project and dataset.
    schemas=Schemas(always_named=True, in_url=schema_in, database_in_url=project_in, may_name_database=True),
    tables=Tables(
        create=create_table,
        create_view=create_view,
        layout=layout,
        finish=finish,
        loses_rows=loses_rows,
        comment=comment,
        grant=grant,
        # One with window functions cannot read views, and breaks when a build replaces a table that it reads.
        no_materialized_views="has none that can read views, or tables that builds replace",
    ),
    strategy=ShadowTables(put_in_place, clone, refuse_partial_reads),
    catalogue=BigQueryCatalogue,
)
