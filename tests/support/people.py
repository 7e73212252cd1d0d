"""People to forget, their devices, and the table that lists them."""

from collections import defaultdict
from collections.abc import Iterable
from random import Random

import sqlalchemy as sa
from oracle import Raw, Rules, clean
from oracle_rows import keyed
from tables import schema_of

from sessionmodels import Settings
from sessionmodels.settings.key import Key
from sessionmodels.state.forgotten_people import create, insert_hashes, list_table

KEY = "a key of enough characters for tests"
LIST = "sessionmodels_forgotten_dbt_"


def some_users(raws: Iterable[Raw], dice: Random, share: float = 0.2) -> list[str]:
    """Return some of the users of these rows, and one whom nobody knows."""
    known = sorted({raw.user_id for raw in raws if raw.user_id and raw.user_id.strip(" ") and len(raw.user_id) < 100})
    return [*(one for one in known if dice.random() < share), "nobody"]


def their_devices(raws: Iterable[Raw], rules: Rules, users: Iterable[str]) -> set[str]:
    """Return the devices on which these users, and nobody else, were seen in the events."""
    rows, theirs = list(raws), {keyed(user, rules.key) for user in users}
    seen = defaultdict(set)
    for event in clean(rows, rules)[0]:
        if event.anonymous_id is not None and event.user_id is not None:
            seen[event.anonymous_id].add(event.user_id)
    found = {device for device, people in seen.items() if people <= theirs}
    return {raw.anonymous_id for raw in rows if raw.anonymous_id and keyed(raw.anonymous_id, rules.key) in found}


def remember_everybody(engine: sa.Engine) -> None:
    """Drop the list of an earlier example."""
    schema = schema_of(engine)
    with engine.begin() as connection:
        sa.Table(LIST, sa.MetaData(), schema=schema).drop(connection, checkfirst=True)


def list_people(engine: sa.Engine, ids: Iterable[str]) -> None:
    """Make the list of these ids as `forget` would have left it, where nothing is built yet."""
    table = list_table(Settings(target_schema=schema_of(engine)))
    with engine.begin() as connection:
        connection.execute(create(table))
        connection.execute(insert_hashes(table, [keyed(one, KEY) or "" for one in ids], Key(KEY).check))
