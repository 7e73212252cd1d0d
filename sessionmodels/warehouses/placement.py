"""Resolves the schemas in the settings, and checks what the warehouse supports before anything is inspected."""

from sqlalchemy import Dialect

from sessionmodels.errors import SettingsError
from sessionmodels.model import Kind
from sessionmodels.settings import Settings
from sessionmodels.warehouses.catalogue import Catalogue
from sessionmodels.warehouses.warehouse import Warehouse


def placed(settings: Settings, catalogue: Catalogue, warehouse: Warehouse) -> Settings:
    """Return the settings with explicit schemas, if the warehouse's statements need them.

    Raises:
        SettingsError: neither the settings nor the connection have a schema.
    """
    settings = _with_identity_schema(settings, catalogue, warehouse)
    sources = [settings.of_source(name) for name in settings.source_names]
    named = [one.source_schema for one in sources if not one.tracks]
    if not warehouse.writes_schemas_out or (all(named) and settings.target_schema):
        return _unambiguous(settings, catalogue)
    schemas = {one.source_name: one.source_schema or catalogue.schema_of_source(one.source_table) for one in sources}
    target = settings.target_schema or catalogue.default_schema
    if not all(schemas.values()) or not target:
        msg = "the connection has no schema of its own; set source_schema and target_schema, or name one in the URL"
        raise SettingsError(msg)
    return settings.with_source_schemas(schemas).model_copy(update={"target_schema": target})


def _with_identity_schema(settings: Settings, catalogue: Catalogue, warehouse: Warehouse) -> Settings:
    """Return the settings with an explicit schema of the identity graph, if statements need one: by default the raw events'."""
    if not settings.identity_table or settings.identity_schema or not warehouse.writes_schemas_out:
        return settings
    schema = settings.source_schema or catalogue.schema_of_source(settings.identity_table)
    return settings.model_copy(update={"identity_schema": schema})


def placed_target(settings: Settings, catalogue: Catalogue, warehouse: Warehouse) -> Settings:
    """Return the settings with an explicit target schema, for reading results."""
    if settings.target_schema or not warehouse.writes_schemas_out:
        return _unambiguous(settings, catalogue)
    return settings.model_copy(update={"target_schema": catalogue.default_schema})


def _unambiguous(settings: Settings, catalogue: Catalogue) -> Settings:
    own = {name: catalogue.unambiguous(one["schema"]) for name, one in settings.by_source.items() if "schema" in one}
    schemas = {name: getattr(settings, name) for name in ("source_schema", "target_schema", "identity_schema")}
    common = {name: catalogue.unambiguous(schema) for name, schema in schemas.items()}
    if common != schemas:
        settings = settings.model_copy(update=common)
    return settings.with_source_schemas(own) if own else settings


def with_schema(settings: Settings, schema: str) -> Settings:
    """Return the settings with this schema as the default."""
    both = {"source_schema": settings.source_schema or schema, "target_schema": settings.target_schema or schema}
    return settings.model_copy(update=both)


def refuse_long_names(settings: Settings, dialect: Dialect) -> None:
    """Refuse names that the warehouse would truncate.

    Raises:
        SettingsError: a name is too long.
    """
    for part in (settings.target_schema or "").split("."):
        if len(part) > dialect.max_identifier_length:
            msg = f"target_schema {part!r} is longer than {dialect.max_identifier_length} characters; give it a shorter name"
            raise SettingsError(msg)


def refuse_kinds(settings: Settings, warehouse: Warehouse) -> None:
    """Refuse a materialization that the warehouse does not have.

    Raises:
        SettingsError: a relation would be a materialized view.
    """
    for name, kind in settings.kinds.items():
        refuse_materialized(kind, name, warehouse)


def refuse_materialized(kind: Kind, relation_name: str, warehouse: Warehouse) -> None:
    """Refuse a materialized view if the warehouse does not support our selects in one.

    Raises:
        SettingsError: the relation would be a materialized view.
    """
    if kind == "materialized_view" and warehouse.tables.no_materialized_views:
        why = f"{warehouse.title} {warehouse.tables.no_materialized_views}"
        msg = f"kinds: {relation_name!r} is set to a materialized view, but {why}; write 'view' or 'table'"
        raise SettingsError(msg)
