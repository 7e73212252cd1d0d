"""The visitor of each id."""

from sqlalchemy import FromClause

from sessionmodels.model import AnySelect, model
from sessionmodels.rules.identity.descriptions import alias_described
from sessionmodels.rules.identity.identity import Identity


@model(
    "alias", key=("alias",), not_null=("dbt_visitor_id",), entity_column="alias", carries="identities", described=alias_described
)
def aliases_mapping(tracks: FromClause, *, identity: Identity) -> AnySelect:
    """One row per alias: the id of a device or of a user.

    Columns:
        alias: an `anonymous_id` or a `user_id`; unique, never null.
        dbt_visitor_id: the visitor: the latest `user_id` seen on the alias as a device, else the alias itself.

    Source: `tracks`. "Latest" is by time, then by event id; if duplicates are kept, then by user id. With another `identity`,
    a device belongs to the first user, or each alias to itself, or to whom the identity table says.
    """
    return identity.mapping_of(tracks)
