"""Other roles' tables where a build writes on PostgreSQL, and other roles' functions that our own tables call.

A role that may create in the target schema could create a table with one of our names beforehand, grant it to the builder, and
attach a trigger. The trigger would run with the builder's privileges as soon as a build writes there. So a build writes only to
tables of the builder, of a role that the builder is a member of, or of a superuser, and these may call only their functions.

Reading a view runs the functions in it, and so does reading a table with row security. Readers need not own what they read: they
also trust the owner of the schema, and a role that is the only one with a grant to create in it.
"""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import ColumnElement, Connection, cast, column, func, literal, not_, or_, select, table, true
from sqlalchemy.dialects.postgresql import ARRAY, OID, REGCLASS, array

from sessionmodels.warehouses.pg_catalog import CLASSES, NAMESPACES

_DEPENDS: Final = table("pg_depend", *map(column, ("classid", "objid", "refclassid", "refobjid", "deptype")), schema="pg_catalog")
_FUNCTIONS: Final = table("pg_proc", *map(column, ("oid", "proname", "proowner")), schema="pg_catalog")
_ROLES: Final = table("pg_roles", *map(column, ("oid", "rolname", "rolsuper")), schema="pg_catalog")
_OWN: Final = "a", "i"
"""The dependencies of a table's own parts: triggers, rules, policies, defaults, checks and indexes, but not views on it."""


def foreign(connection: Connection, schema: str) -> Mapping[str, str]:
    """Return the tables and views in a schema that a build must not write to, each with the reason."""
    return {**_calling(connection, schema), **_of_others(connection, schema)}


def untrusted(connection: Connection, schema: str) -> Mapping[str, str]:
    """Return the tables and views in a schema that a reader must not trust, each with its owner."""
    schema_owner = NAMESPACES.c.nspowner
    owns_schema = func.pg_catalog.pg_has_role(CLASSES.c.relowner, schema_owner, "USAGE")
    return _of_others(connection, schema, or_(owns_schema, _is_only_creator(CLASSES.c.relowner)))


def _is_only_creator(role: ColumnElement) -> ColumnElement[bool]:
    """Whether a role is the only one that may create in the schema, besides the schema's owner and superusers."""
    granted = func.pg_catalog.aclexplode(NAMESPACES.c.nspacl).table_valued("grantee", "privilege_type")
    superusers = select(_ROLES.c.oid).where(_ROLES.c.rolsuper)
    creators = select(func.array_agg(granted.c.grantee.distinct(), type_=ARRAY(OID))).where(
        granted.c.privilege_type == "CREATE",
        granted.c.grantee != NAMESPACES.c.nspowner,
        granted.c.grantee.not_in(superusers),
    )
    return creators.scalar_subquery() == array([role])


def _of_others(connection: Connection, schema: str, also_trusted: ColumnElement[bool] | None = None) -> Mapping[str, str]:
    found = (
        select(CLASSES.c.relname, func.pg_catalog.pg_get_userbyid(CLASSES.c.relowner).label("owner"))
        .join(NAMESPACES, NAMESPACES.c.oid == CLASSES.c.relnamespace)
        .where(NAMESPACES.c.nspname == schema, CLASSES.c.relkind.in_(["r", "p", "v", "m", "f"]))
        .where(not_(_is_trusted(CLASSES.c.relowner)))
    )
    if also_trusted is not None:
        found = found.where(also_trusted.is_not(true()))
    return {row.relname: f"belongs to the role {row.owner!r}" for row in connection.execute(found)}


def _calling(connection: Connection, schema: str) -> Mapping[str, str]:
    of_table, of_function = _DEPENDS.alias(), _DEPENDS.alias()
    classes, functions = (cast(literal(f"pg_catalog.{name}"), REGCLASS) for name in ("pg_class", "pg_proc"))
    found = (
        select(CLASSES.c.relname, _FUNCTIONS.c.proname, func.pg_catalog.pg_get_userbyid(_FUNCTIONS.c.proowner).label("owner"))
        .join(NAMESPACES, NAMESPACES.c.oid == CLASSES.c.relnamespace)
        .join(of_table, (of_table.c.refobjid == CLASSES.c.oid) & (of_table.c.refclassid == classes))
        .join(of_function, (of_function.c.objid == of_table.c.objid) & (of_function.c.classid == of_table.c.classid))
        .join(_FUNCTIONS, (_FUNCTIONS.c.oid == of_function.c.refobjid) & (of_function.c.refclassid == functions))
        .where(NAMESPACES.c.nspname == schema, of_table.c.deptype.in_(_OWN), not_(_is_trusted(_FUNCTIONS.c.proowner)))
        .order_by(_FUNCTIONS.c.proname)
    )
    return {row.relname: f"calls {row.proname}(), a function of the role {row.owner!r}" for row in connection.execute(found)}


def _is_trusted(owner: ColumnElement) -> ColumnElement[bool]:
    """Whether a role is the connection's own, one that it is a member of, or a superuser, who can do anything anyway."""
    role = select(_ROLES.c.rolsuper).where(_ROLES.c.oid == owner).scalar_subquery()
    builder = select(_ROLES.c.rolsuper).where(_ROLES.c.rolname == func.current_user()).scalar_subquery()
    # For a superuser, PostgreSQL reports membership in every role.
    return or_(
        func.pg_catalog.pg_get_userbyid(owner) == func.current_user(),
        role,
        not_(builder) & func.pg_catalog.pg_has_role(owner, "USAGE"),
    )
