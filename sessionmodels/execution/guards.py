"""Refuses to publish results that would lose all their rows, or that lack most of the events that were read.

Both are signs of a wrong setting, or of a source that is being loaded, and readers would mistake them for facts. A build finds
them by what it counts anyway, before readers see anything.
"""

from collections.abc import Mapping, Sequence
from typing import Final, cast

from sessionmodels.errors import SourceError
from sessionmodels.execution.source_result import REASON_TEXTS, SourceResult
from sessionmodels.settings import Settings

SUSPECT_SETTINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "no_event_id": ("id_column",),
    "no_id": ("anonymous_id_column", "user_id_column"),
    "no_time": ("timestamp_column",),
    "unreadable_time": ("timestamp_column",),
    "time_out_of_range": ("timestamp_column", "epoch_unit"),
    "id_too_long": ("id_column", "anonymous_id_column", "user_id_column"),
}
"""By reason of exclusion, the settings that are probably wrong if most events are excluded for it."""


WANTED: Final = frozenset({"ignored_event"})
"""Reasons of exclusion that a setting asks for. Such events count neither as excluded nor as read."""


def refuse_to_publish(settings: Settings, read: SourceResult, repeats: int) -> None:
    """Refuse results that would lack too many of the events that were read.

    Args:
        settings: the settings of the build.
        read: what was read.
        repeats: how many events have the id of another event of their source.

    Raises:
        SourceError: more events than `max_excluded_share` allows would be excluded, or more than `max_duplicate_share` allows
            have another event's id.
    """
    events = read.events_wanted
    refuse_most_excluded(settings, read.left_out, events, lacks=read.taken_as_null)
    _refuse_most_duplicates(settings, repeats, events - _wanted(read.left_out))


def refuse_lost_source(settings: Settings, read: SourceResult) -> None:
    """Refuse results that would lack too many events of one of several sources, which the others may hide.

    Raises:
        SourceError: as `refuse_most_excluded`, of one source.
    """
    for name, one in read.sources.items():
        events, of_source = one.events_read - one.filtered - one.forgotten, f" of the source {name!r}"
        refuse_most_excluded(settings.of_source(name), one.left_out, events, of_source, lacks=one.taken_as_null)


def refuse_most_excluded(
    settings: Settings, left_out: Mapping[str, int], events: int, of_source: str = "", *, lacks: Sequence[str] = ()
) -> None:
    """Refuse results that would lack more of the events that were read than `max_excluded_share` allows.

    Args:
        settings: the settings of the source.
        left_out: how many events are excluded, by reason.
        events: how many were read.
        of_source: names the source, if there are several.
        lacks: the roles for which the source has no column.

    Raises:
        SourceError: they would.
    """
    events -= _wanted(left_out)
    left_out = {reason: count for reason, count in left_out.items() if reason not in WANTED}
    excluded = sum(left_out.values())
    if excluded > cast("float", settings.max_excluded_share) * events:
        most = max(left_out, key=lambda reason: left_out[reason])
        reasons = ", ".join(f"{count:,} with {REASON_TEXTS[reason]}" for reason, count in left_out.items() if count)
        reasons += f"; there is no column for {' and '.join(lacks)}" if lacks else ""
        found = f"{excluded:,} of {events:,} events{of_source} ({excluded / events:.1%}) would be excluded ({reasons})"
        raise _refusal(settings, "max_excluded_share", found, _names(settings, SUSPECT_SETTINGS.get(most, ())))


def _wanted(left_out: Mapping[str, int]) -> int:
    return sum(count for reason, count in left_out.items() if reason in WANTED)


def _refuse_most_duplicates(settings: Settings, duplicates: int, events: int) -> None:
    if duplicates > cast("float", settings.max_duplicate_share) * events:
        found = f"{duplicates:,} of {events:,} events ({duplicates / events:.1%}) would be removed as duplicates of others"
        check = f"{_names(settings, ('id_column',))}, which must differ from event to event (deduplicate=False keeps all)"
        raise _refusal(settings, "max_duplicate_share", found, check)


def refuse_emptying(settings: Settings, found: str, table: str) -> None:
    """Refuse results that would lose all their rows, or that have no source left.

    Args:
        settings: the settings of the build.
        found: what was found in the source, for example that it has no events.
        table: a result that would lose its rows.

    Raises:
        SourceError: always, unless the setting `allow_empty` is on.
    """
    if settings.allow_empty:
        return
    sources = map(settings.of_source, settings.source_names)
    source = ", ".join(", ".join(one.files) or one.source_table for one in sources)
    limits = " and ".join(name for name in ("loaded_since", "where") if getattr(settings, name))
    msg = (
        f"{found}, but {table} has rows. Nothing was changed. Check that {source!r} is the source and is not being loaded right"
        f" now{f', and that {limits} does not exclude too much' if limits else ''}; if the rows are rightly gone, set"
        " allow_empty=True (--allow-empty)"
    )
    raise SourceError(msg)


def _refusal(settings: Settings, setting: str, found: str, check: str) -> SourceError:
    flag = f"--{setting.replace('_', '-')} 1"
    return SourceError(
        f"{found}, which is more than {setting}={getattr(settings, setting):g} allows. Nothing was changed. Check {check}; if the"
        f" events are correct, set {setting}=1 ({flag})"
    )


def _names(settings: Settings, names: tuple[str, ...]) -> str:
    return " and ".join(f"{settings.spelt(name)}={getattr(settings, name)!r}" for name in names) or "the source"
