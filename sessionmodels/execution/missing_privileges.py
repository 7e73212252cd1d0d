"""Reports all privileges that a role lacks at once, as the statements that grant them."""

from collections.abc import Iterable, Iterator

from sqlalchemy import MetaData, Table

from sessionmodels.errors import TargetError
from sessionmodels.settings import Settings
from sessionmodels.warehouses.catalogue import Catalogue
from sessionmodels.warehouses.statement import Statement, literal_text


def refuse_unreadable(catalogue: Catalogue, settings: Settings) -> None:
    """Refuse a build if its role may not read the source. Missing privileges in the target schema are reported, too.

    Raises:
        TargetError: the role lacks a privilege; the message has the GRANT statements.
    """
    if missing := [grant for table in _tables_read(settings) for grant in catalogue.grants_to_read(table)]:
        refuse_lacking(catalogue, [*missing, *grants_to_create(catalogue, settings.target_schema)], "build")


def _tables_read(settings: Settings) -> Iterator[Table]:
    for source in map(settings.of_source, settings.source_names):
        if not source.tracks:
            yield Table(source.source_table, MetaData(), schema=source.source_schema)
    if settings.identity == "table" and settings.identity_table:
        yield Table(settings.identity_table, MetaData(), schema=settings.identity_schema or settings.source_schema)


def refuse_uncreatable(catalogue: Catalogue, schema: str | None) -> None:
    """Refuse a build that would create objects in a schema where its role may not.

    Raises:
        TargetError: the role lacks a privilege; the message has the GRANT statement.
    """
    refuse_lacking(catalogue, grants_to_create(catalogue, schema), "build")


def refuse_lacking(catalogue: Catalogue, missing: Iterable[Statement], command: str) -> None:
    """Refuse to continue if grants are missing.

    Raises:
        TargetError: grants are missing.
    """
    if grants := " ".join(f"{literal_text(one, catalogue.connection.dialect)};" for one in missing):
        msg = f"your role lacks privileges. Nothing was changed. Have this run, then {command} again: {grants}"
        raise TargetError(msg)


def grants_to_create(catalogue: Catalogue, schema: str | None) -> Iterator[Statement]:
    """Yield the missing grant for creating objects in a schema, or the schema itself."""
    if schema and (grant := catalogue.grant_to_create(schema)) is not None:
        yield grant
