"""What the packaged `migrations/env.py` does around Alembic: settings, connection, lock, version table, final check.

A program that runs these migrations sets attributes of the configuration: `settings`, `engine` or `connection`, `dialect` (of a
script), `wait` (for a build of the same tables, as in `build_all`), `only_looks` (to change nothing) and `restores` (to create
missing views again).
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final

from alembic.operations import Operations
from sqlalchemy import Connection, MetaData

from sessionmodels.connection.engine import engine_for, url_of
from sessionmodels.connection.retry import waited_for
from sessionmodels.connection.transaction import connected
from sessionmodels.errors import SessionmodelsError
from sessionmodels.errors.redaction import logger
from sessionmodels.execution.ownership import refuse_foreign, refuse_untrusted
from sessionmodels.execution.target import VERSIONS
from sessionmodels.relations.naming import own_name
from sessionmodels.settings import Settings
from sessionmodels.settings.duration import seconds_in
from sessionmodels.views import options
from sessionmodels.views.autogenerate import pending
from sessionmodels.views.destination import Destination
from sessionmodels.views.messages import alembic_messages
from sessionmodels.views.operations import CreateSessionViewOp, ReplaceSessionViewOp
from sessionmodels.views.sql_files import write_sql_files
from sessionmodels.warehouses import WAREHOUSES, warehouse_of
from sessionmodels.warehouses.placement import placed_target, with_schema
from sessionmodels.warehouses.render import dialect_of
from sessionmodels.warehouses.search_path import NARROW

LOG = logger(__name__)

VERSION: Final = VERSIONS
"""The prefix of the version table's name."""


@contextmanager
def configured_offline(context: Any) -> Iterator[None]:
    """Configure Alembic to print a script for the requested dialect, else the URL's."""
    with alembic_messages():
        _configure_offline(context)
        after = list(_set_path(context))
    yield
    for statement in after:
        context.get_context().impl.static_output(statement)


def _set_path(context: Any) -> Iterator[str]:
    """Print a statement that sets a safe search path, and yield the one that resets it."""
    migration = context.get_context()
    destination = Destination(migration)
    if destination.warehouse.transactions.safe_names is nullcontext:
        return
    if destination.settings.source_schema and destination.settings.target_schema:
        migration.impl.static_output(f"{NARROW.format(scope='SESSION')};")
        yield "RESET search_path;"
    else:
        comment = "-- Set source_schema and target_schema, or run this script under a search_path in which only you may create."
        migration.impl.static_output(comment)


def _configure_offline(context: Any) -> None:
    settings = settings_of(context)
    url = url_of(settings)
    name = context.config.attributes.get("dialect") or url.get_backend_name()
    warehouse = warehouse_of(name)
    dialect_of(warehouse)  # raises if its package is missing
    own = warehouse.schemas.in_url(url) if url.get_backend_name() == name else None
    if schema := own or warehouse.schemas.default:
        settings = with_schema(settings, schema)
    configure(context, settings, dialect_name=name, literal_binds=True)
    if context.get_context().opts.get("starting_rev") is None:  # the version table is in it
        Destination(context.get_context()).create_schema()


@contextmanager
def connected_for(context: Any) -> Iterator[None]:
    """Configure Alembic for a connection: that in the configuration's attributes, else a new one to the setting `url`.

    Raises:
        CommandError: a build of the same tables is running, the warehouse cannot be reached, or a setting is wrong.
    """
    attributes = context.config.attributes
    applied: list[bool] = []
    with alembic_messages(), ExitStack() as stack:
        settings, wait = settings_of(context), seconds_in(attributes.get("wait", 0))
        connection = attributes.get("connection")
        if connection is None:
            engine = attributes.get("engine") or stack.enter_context(engine_for(settings))
            level, looks = warehouse_of(engine.dialect.name).transactions.isolation_level, bool(attributes.get("only_looks"))
            connection = waited_for(lambda: stack.enter_context(connected(engine, level, reads_only=looks)), wait)
        else:
            stack.enter_context(warehouse_of(connection.dialect.name).transactions.safe_names(connection))
        _configure_online(context, settings, connection, applied)
        if context.get_context().opts.get("dont_mutate"):
            _refuse_untrusted_version(context)
        else:
            _prepare_schema(context)
            stack.enter_context(_locked(context, wait))
        yield
        if attributes.get("restores"):
            _restore(context)
        elif applied and applied[-1]:
            _warn_of_pending(context)


def settings_of(context: Any) -> Settings:
    """Return the settings in the configuration's attributes, else those of the environment and the settings files."""
    return context.config.attributes.get("settings") or Settings()


def configure(context: Any, settings: Settings, **where: Any) -> None:
    """Configure Alembic for our views only, for every dialect, with a version table of our own."""
    context.configure(
        **where,
        **options(settings, dialects=tuple(WAREHOUSES), plugins=(), where_kind_is_view=True),
        sessionmodels_compares_all=context.config.attributes.get("compares_all", False),
        sessionmodels_leaves_context_null=True,  # which columns of it a table has, differs from one warehouse to the next
        target_metadata=MetaData(),  # Alembic requires one; it contains none of our tables
        process_revision_directives=_before_writing,
        version_table=own_name(VERSION, settings),
        version_table_schema=settings.target_schema,
        version_table_pk=False,  # BigQuery has no enforced ones; there is one row per branch
    )


def _before_writing(migration: Any, _revision: Any, directives: list[Any]) -> None:
    _skip_empty_revision(migration, directives)
    if directives and migration.config.attributes.get("sql_files"):
        _write_sql_beside(migration, directives[0])


def _write_sql_beside(migration: Any, revision: Any) -> None:
    """Write the SQL of a new revision into files, one per dialect, which the revision refers to."""
    steps = [one for step in revision.upgrade_ops.ops for one in getattr(step, "ops", [step])]
    new = [one for one in steps if isinstance(one, CreateSessionViewOp | ReplaceSessionViewOp) and one.written.revision is None]
    for one in new:
        one.sql_files = revision.rev_id
    write_sql_files(Path(migration.script.dir), revision.rev_id, [one.written.definition for one in new])


def _skip_empty_revision(migration: Any, directives: list[Any]) -> None:
    """Write no empty revision if `alembic revision --autogenerate` finds no changes, as in Alembic's cookbook."""
    is_asked_for = getattr(migration.config.cmd_opts, "autogenerate", False)
    if is_asked_for and directives[0].upgrade_ops.is_empty():
        directives[:] = []
        LOG.warning("no changes are pending; no revision is written")


def _configure_online(context: Any, settings: Settings, connection: Connection, applied: list[bool]) -> None:
    warehouse = warehouse_of(connection.dialect.name)
    was_in_transaction = connection.in_transaction()
    placed = placed_target(settings, warehouse.catalogue(connection), warehouse)
    if not was_in_transaction:
        connection.rollback()  # ends the inspection: Alembic would treat an open transaction as the caller's
    configure(context, placed, connection=connection, on_version_apply=lambda step, **_more: applied.append(step.is_upgrade))
    opts = context.get_context().opts
    if "revision_context" in opts:  # `check` and `revision` change nothing
        opts["dont_mutate"] = True


def _prepare_schema(context: Any) -> None:
    """Create the target schema for the version table. A version table that belongs to another role is refused."""
    connection = context.get_context().connection
    with nullcontext() if connection.in_transaction() else connection.begin():
        destination = Destination(context.get_context())
        destination.create_schema()
        if destination.catalogue:
            refuse_foreign(destination.catalogue, {own_name(VERSION, destination.settings)}, destination.place)


def _refuse_untrusted_version(context: Any) -> None:
    """Refuse to read another role's version table: if it is a view, reading it runs its functions."""
    connection, destination = context.get_context().connection, Destination(context.get_context())
    was_in_transaction = connection.in_transaction()
    if destination.catalogue:
        refuse_untrusted(destination.catalogue, {own_name(VERSION, destination.settings)}, destination.place.schema)
    if not was_in_transaction:
        connection.rollback()


@contextmanager
def _locked(context: Any, wait: float) -> Iterator[None]:
    """Lock out builds of the same tables. Within a caller's transaction, that is the caller's responsibility."""
    destination = Destination(context.get_context())
    connection = destination.connection
    if connection.in_transaction():
        yield
        return
    place = destination.place
    connection.rollback()
    with destination.warehouse.transactions.lock(connection.engine, connection, place, wait) as check:
        try:
            yield
        finally:
            connection.rollback()  # Alembic's work is committed; only queries have started another transaction
        with connection.begin():
            check()


def _restore(context: Any) -> None:
    """Create views of the revisions that were dropped since, or could not be created before the first build."""
    migration = context.get_context()
    operations = Operations(migration)
    migration.connection.rollback()  # ends the inspection's transaction
    with migration.connection.begin():
        for step in pending(Destination(migration)).operations():
            if isinstance(step, ReplaceSessionViewOp):
                operations.invoke(step)


def _warn_of_pending(context: Any) -> None:
    """Warn of differences to the settings after an upgrade: revisions do not depend on the settings."""
    if {*context.get_context().get_current_heads()} != {*context.script.get_heads()}:
        return
    try:
        steps = pending(Destination(context.get_context())).operations()
    except SessionmodelsError as error:
        LOG.warning("it is unknown whether the views match the settings: %s", error)
        return
    for step in steps:
        LOG.warning("pending: %s; the settings or the source need other views than the revisions create", step.to_diff_tuple())
