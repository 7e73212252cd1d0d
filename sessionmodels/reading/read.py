"""Runs a query and returns its rows."""

from sqlalchemy import Engine, inspect
from sqlalchemy.exc import DBAPIError

from sessionmodels.connection.transaction import connected
from sessionmodels.display.blocks import Grid
from sessionmodels.errors import SessionmodelsError, TargetError
from sessionmodels.errors.redaction import masked, redacted
from sessionmodels.execution.ownership import refuse_untrusted
from sessionmodels.model import AnySelect
from sessionmodels.relations.naming import target_name
from sessionmodels.relations.selection import choose
from sessionmodels.settings import Settings
from sessionmodels.state.builds import Builds
from sessionmodels.warehouses import warehouse_of
from sessionmodels.warehouses.catalogue import Catalogue
from sessionmodels.warehouses.locks.lock import Place
from sessionmodels.warehouses.placement import placed_target


def read(engine: Engine, query: AnySelect | str) -> Grid:
    """Return the rows of a query.

    Raises:
        ConnectError: the warehouse cannot be reached.
        SessionmodelsError: the database rejected the query.
    """
    with connected(engine, reads_only=True) as connection:
        try:
            result = connection.exec_driver_sql(query) if isinstance(query, str) else connection.execute(query)
            return Grid(tuple(result.keys()), tuple(tuple(row) for row in result))
        except (DBAPIError, *warehouse_of(engine.dialect.name).driver.refusals()) as error:
            msg = redacted(f"the database rejected the query: {str(getattr(error, 'orig', None) or error).strip()}")
            raise SessionmodelsError(msg) from masked(error)


def refuse_unbuilt(engine: Engine, relation_name: str, settings: Settings) -> Settings:
    """Refuse to query a relation that does not exist or is not ours. Return the settings with an explicit schema.

    Raises:
        TargetError: it does not exist; the message says which settings name its place. Or it, or something that it reads, belongs
            to a role that the reader must not trust.
        ConnectError: the warehouse cannot be reached.
    """
    warehouse = warehouse_of(engine.dialect.name)
    with connected(engine, reads_only=True) as connection:
        catalogue = warehouse.catalogue(connection)
        settings = placed_target(settings, catalogue, warehouse)
        refuse_untrusted(catalogue, {target_name(one, settings) for one in choose(f"+{relation_name}")}, settings.target_schema)
        found = inspect(connection).has_table(target_name(relation_name, settings), settings.target_schema)
    if not found:
        raise unbuilt(relation_name, settings)
    return settings


def unbuilt(relation_name: str, settings: Settings) -> TargetError:
    """Return the error that a relation does not exist; it says which settings name its place."""
    where = f"schema {settings.target_schema!r}" if settings.target_schema else "the default schema"
    missing = target_name(relation_name, settings)
    return TargetError(
        f"there is no {missing!r} in {where}; build it first, or say where it is with target_schema and table_prefix"
    )


def trusted_builds(catalogue: Catalogue, settings: Settings) -> Builds:
    """Return the table of the builds of these results, whether it exists or not.

    Raises:
        TargetError: it belongs to a role that the reader must not trust.
    """
    builds = Builds(Place(settings.target_schema or catalogue.default_schema, settings.table_prefix))
    refuse_untrusted(catalogue, {builds.table.name}, builds.place.schema)
    return builds
