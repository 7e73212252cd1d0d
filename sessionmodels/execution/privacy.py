"""What hashed ids and forgotten people mean for what a build reads. Everything that can be refused is refused here."""

from sessionmodels.execution.ownership import refuse_foreign, refuse_foreign_list, refuse_untrusted
from sessionmodels.relations.keyed_views import FORGOTTEN_HERE, HASHED, refuse_views_with_key
from sessionmodels.settings import Settings
from sessionmodels.settings.key import another_key, key_in_environment, missing_key
from sessionmodels.source.stream import Stream
from sessionmodels.source.without_forgotten import Forgotten
from sessionmodels.state.forgotten_people import Contents, contents_of, list_table
from sessionmodels.warehouses.catalogue import Catalogue
from sessionmodels.warehouses.locks.lock import Place


def without_forgotten(
    catalogue: Catalogue, settings: Settings, stream: Stream, *, forgets: bool = False, reads_only: bool = False
) -> Stream:
    """Return the same events without those of forgotten people. With `forgets`, the list will be made if there is none.

    Who `reads_only` need not own the list, and must trust its owner.

    Raises:
        SettingsError: the key is missing, or another one than that of the list; or a view would hash ids.
        TargetError: the list belongs to somebody else.
    """
    forgotten = _find_list(catalogue, settings, forgets=forgets, reads_only=reads_only)
    if settings.hash_ids:
        refuse_views_with_key(settings, HASHED)
        if key_in_environment() is None:
            why = "hash_ids is set"
            raise missing_key(why)
    return stream if forgotten is None else stream.with_list(forgotten)


def _find_list(catalogue: Catalogue, settings: Settings, *, forgets: bool, reads_only: bool) -> Forgotten | None:
    """Return the list of forgotten people in the target, if there is one or there will be.

    Raises:
        SettingsError: as above.
        TargetError: as above.
    """
    table = list_table(settings)
    place = Place(settings.target_schema or catalogue.default_schema, settings.table_prefix)
    listed = Contents()
    if catalogue.kind(table.name, place.schema):
        if reads_only:
            refuse_untrusted(catalogue, {table.name}, place.schema)
        else:
            refuse_foreign(catalogue, {table.name}, place)
        refuse_foreign_list(catalogue, table.name, place)
        listed = contents_of(catalogue.connection, table)
    if not listed.entries and not forgets:
        return None
    key = key_in_environment()
    if key is None:
        why = "forget hashes ids" if forgets else f"{table.fullname} lists forgotten people"
        raise missing_key(why)
    if listed.key_checks - {key.check}:
        raise another_key(table.fullname)
    refuse_views_with_key(settings, FORGOTTEN_HERE)
    return Forgotten(table, settings.hash_ids, listed.entries, listed.latest)
