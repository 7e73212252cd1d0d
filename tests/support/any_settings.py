"""Settings drawn together, for `Settings` and the oracle: any identity, session rules and context, one source or several."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from facts import FACTS, FACTS_RULES
from hypothesis import strategies as st
from oracle import CONTEXT, Raw, Rules
from session_rules import STARTING

IDENTITIES = "latest", "first", "device", "point_in_time", "table"
REVENUE = (*CONTEXT, ("revenue", ("revenue",)))
LACKING: Mapping[str, tuple[str, ...]] = {"tracks": (), "pages": ("event",), "order_completed": ("uuid_ts",)}
"""Three sources, each with the columns that it lacks: one has no names of events, one no load times."""

EVENT_NAMES = (("tracks", None), ("pages", "page"), ("order_completed", None))


def _passes(raw: Raw) -> bool:
    """Whether a row has another name than `x`, or none; pages have no column of names."""
    return raw.source == "pages" or raw.event != "x"


@dataclass(frozen=True)
class Case:
    """Settings, and what they mean to the oracle."""

    chosen: dict[str, Any]
    rules: Rules
    sources: Mapping[str, tuple[str, ...]]
    """The raw tables, with the columns that each lacks."""

    passes: Callable[[Raw], bool]
    """Whether the filter lets a row through."""

    @property
    def loadless(self) -> list[str]:
        """The sources without load times."""
        return [name for name, lacking in self.sources.items() if "uuid_ts" in lacking]


@st.composite
def cases(draw, identity: str | None = None) -> Case:
    """Draw settings, with any identity or this one. Each one is as likely left alone, so that pairs meet often."""
    identity, several = identity or draw(st.sampled_from(IDENTITIES)), draw(st.booleans())
    both: dict[str, Any] = {
        "deduplicate": draw(st.booleans()),
        "sdk_sessions": draw(st.booleans()),
        "start_events": draw(st.sampled_from([(), STARTING])),
        "cut_on_campaign": draw(st.booleans()),
        "cut_at_midnight": draw(st.booleans()),
        "time_zone": draw(st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"])),
        "max_session_minutes": draw(st.sampled_from([None, 17, 60])),
        "idle_minutes": draw(st.sampled_from([30, 5])),
        "ignored_ids": draw(st.sampled_from([(), ("d~0", "u~1", "both~2")])),
        "ignored_events": draw(st.sampled_from([(), ("signup", "")])),
    }
    facts, context, filtered = draw(st.booleans()), draw(st.sampled_from([CONTEXT, REVENUE])), draw(st.booleans())
    rules = Rules(**both, identity=identity, context=context, sources=EVENT_NAMES if several else EVENT_NAMES[:1])
    chosen: dict[str, Any] = {**both, "context": {name: list(columns) for name, columns in context}}
    if facts:
        names = "page_events", "conversion_events", "engaged_seconds", "session_columns", "context"
        rules = Rules(**{**vars(rules), **{name: getattr(FACTS_RULES, name) for name in names}})
        chosen |= FACTS
    chosen |= {"identity_table": "graph"} if identity == "table" else {"identity": identity}
    chosen |= {"sources": list(LACKING)} if several else {}
    chosen |= {"where": [{"column": "event", "operator": "!=", "value": "x"}]} if filtered else {}
    sources = LACKING if several else {"tracks": ()}
    return Case(chosen, rules, sources, _passes if filtered else lambda _raw: True)
