"""What a role may do: what it lacks is reported at once, as the statements that grant it."""

from collections.abc import Iterable, Iterator

from sqlalchemy import MetaData, Table

from sessionmodels.errors import TargetError
from sessionmodels.settings import Settings
from sessionmodels.warehouses.catalogue import Catalogue
from sessionmodels.warehouses.statement import Statement, literal_text


def refuse_unreadable(catalogue: Catalogue, settings: Settings) -> None:
    """Refuse a build whose role may not read the source; what it lacks in the target schema is reported with it.

    Raises:
        TargetError: it lacks a privilege; the error has the GRANT statements.
    """
    if settings.tracks:
        return
    source = Table(settings.source_table, MetaData(), schema=settings.source_schema)
    if missing := list(catalogue.grants_to_read(source)):
        refuse_lacking(catalogue, [*missing, *grants_to_create(catalogue, settings.target_schema)], "build")


def refuse_uncreatable(catalogue: Catalogue, schema: str | None) -> None:
    """Refuse a build that would create something in a schema where its role may not.

    Raises:
        TargetError: it lacks a privilege; the error has the GRANT statement.
    """
    refuse_lacking(catalogue, grants_to_create(catalogue, schema), "build")


def refuse_lacking(catalogue: Catalogue, missing: Iterable[Statement], command: str) -> None:
    """Refuse to go on where grants are missing.

    Raises:
        TargetError: there is one.
    """
    if grants := " ".join(f"{literal_text(one, catalogue.connection.dialect)};" for one in missing):
        msg = f"your role lacks privileges. Nothing was changed. Have this run, then {command} again: {grants}"
        raise TargetError(msg)


def grants_to_create(catalogue: Catalogue, schema: str | None) -> Iterator[Statement]:
    """Yield the grant that is missing to create something in a schema, or the schema itself."""
    if schema and (grant := catalogue.grant_to_create(schema)) is not None:
        yield grant
