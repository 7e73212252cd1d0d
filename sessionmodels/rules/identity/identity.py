"""An event's visitor and each alias's, by the setting `identity`. All who need to know whose an event is ask here."""

from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from sqlalchemy import ColumnElement, FromClause, func, select

from sessionmodels.model import AnySelect
from sessionmodels.rules.event import VISITOR, of_event
from sessionmodels.rules.identity.device import device_mapping, visits_by_device
from sessionmodels.rules.identity.first import first_mapping
from sessionmodels.rules.identity.latest import latest_mapping, visits_by_alias
from sessionmodels.rules.identity.point_in_time import visits_at_the_time
from sessionmodels.rules.identity.table import mapping_in, visits_in

IdentityName: TypeAlias = Literal["latest", "first", "device", "point_in_time", "table"]

BY_ALIAS: Final = frozenset({"latest", "first", "device"})


@dataclass(frozen=True)
class Identity:
    """The setting `identity`, with the graph that `table` reads."""

    name: IdentityName = "latest"
    graph: FromClause | None = None
    """One row per alias, with its `visitor`."""

    @property
    def is_by_alias(self) -> bool:
        """Whether an event's visitor is the mapping of one of its ids. If not, it depends on other events, or on both ids."""
        return self.name in BY_ALIAS

    def alias_of(self, events: FromClause) -> ColumnElement[str]:
        """Return the id by which an event's visitor is looked up in the mapping: the user id, else the device's id."""
        ids = events.c.user_id, events.c.anonymous_id
        return func.coalesce(*(reversed(ids) if self.name == "device" else ids))

    def mapping_of(self, events: FromClause) -> AnySelect:
        """One row per alias with its visitor."""
        if self.graph is not None:
            return mapping_in(events, self.graph)
        if self.name == "device":
            return device_mapping(events)
        return first_mapping(events) if self.name == "first" else latest_mapping(events)

    def visits(self, events: FromClause, mapping: FromClause) -> AnySelect | Any:
        """One row per event with its visitor. If the events have one already, it is used: they may be only some of all events."""
        if VISITOR in events.c:
            return select(*of_event(events), events.c[VISITOR])
        if self.graph is not None:
            return visits_in(events, self.graph)
        if self.name == "point_in_time":
            return visits_at_the_time(events)
        return visits_by_device(events) if self.name == "device" else visits_by_alias(events, mapping)
