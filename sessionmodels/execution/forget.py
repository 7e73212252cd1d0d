"""Forgets people: lists the hashes of their ids, and removes their rows from the results in the same build."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Engine

from sessionmodels.connection.retry import retried
from sessionmodels.connection.transaction import named
from sessionmodels.errors import SettingsError, TargetError
from sessionmodels.execution.build import Attempt
from sessionmodels.execution.build_log import BuildLog
from sessionmodels.execution.execute import Outcome, remove_rows
from sessionmodels.execution.executor import Executor, Watcher
from sessionmodels.execution.fingerprint import fingerprint
from sessionmodels.execution.forget_result import ForgetResult
from sessionmodels.execution.inspect import place_of
from sessionmodels.execution.mode import Decision, Full
from sessionmodels.execution.request import Request, checked
from sessionmodels.models import MODELS
from sessionmodels.settings import Settings
from sessionmodels.settings.duration import Duration, seconds_in
from sessionmodels.settings.key import Key, is_text, key_in_environment, missing_key
from sessionmodels.source.without_forgotten import Forgotten
from sessionmodels.state.builds import Builds
from sessionmodels.state.forgotten_people import contents_of, create, insert_devices, insert_hashes, known_among
from sessionmodels.warehouses import warehouse_of

LIST: Final = "the list of forgotten people"


def forget(  # noqa: PLR0913 - each option by its name
    engine: Engine,
    settings: Settings | None = None,
    *,
    users: str | Sequence[str],
    devices: bool = False,
    wait: Duration = 0,
    watch: Watcher | None = None,
) -> ForgetResult:
    """Remove people from every relation and from what incremental builds keep, and keep them out of all later builds.

    A list in the target says who is forgotten: keyed hashes of ids, with the key in the environment variable
    `SESSIONMODELS_KEY`. A row that has an id on the list, as its user or as its device, is in no relation. The raw events are not
    touched.

    If the last build was incremental, the source is not read: the rows are found in the results, and the sessions of those who
    shared a device are computed again. Otherwise everything is built again from the source.

    Args:
        engine: an engine for the database of the source and the results.
        settings: the settings of the builds; None reads the environment and the settings files.
        users: the `user_id` of a person, or of several.
        devices: also forget the devices on which they, and nobody else, were logged in, as the results show.
        wait: how long to wait for a build of the same tables to end: seconds, `"10m"`, or a `timedelta`.
        watch: called before each step, to show progress.

    Raises:
        SettingsError: the key is missing, or another one than that of the list; an id is blank; or a setting is wrong.
        SessionmodelsError: any other error of `build_all`.
    """
    settings = checked(engine, settings)
    people = _People(_ids(users), devices, _key())
    request = Request(settings, frozenset(MODELS), incremental=True, forgets=True)
    attempt = _Forgetting(engine, warehouse_of(engine.dialect.name), request, seconds_in(wait), watch or (lambda *_: None))
    attempt.people = people
    built = retried(attempt.once, settings.retries)
    done = attempt.done
    about: Any = {"mode": built.mode, "reason": built.reason, "number": built.number, "relations": built.relations}
    return ForgetResult(done.users, done.devices, done.listed, attempt.removed, **about, seconds=built.seconds)


def _key() -> Key:
    key = key_in_environment()
    if key is None:
        why = "forget hashes ids"
        raise missing_key(why)
    return key


def _ids(users: str | Sequence[str]) -> tuple[str, ...]:
    given = (users,) if isinstance(users, str) else tuple(users)
    if not given or not all(isinstance(one, str) and one.strip(" ") for one in given):
        msg = "users takes the user_id of a person, or of several; none may be blank"
        raise SettingsError(msg)
    if not all(map(is_text, given)):
        msg = "users: an id has bytes that are not UTF-8, which no warehouse stores; check how the command was given it"
        raise SettingsError(msg)
    return given


@dataclass(frozen=True)
class _People:
    """Who is to be forgotten."""

    users: tuple[str, ...]
    devices: bool
    key: Key

    @property
    def hashes(self) -> list[str]:
        """The hashes of their user ids."""
        return sorted({self.key.blocks.hash_of(one) for one in self.users})


@dataclass(frozen=True)
class _Listed:
    """What is on the list, and what was added to it."""

    users: int
    devices: int
    listed: int


class _Forgetting(Attempt):
    """A build that first lists people."""

    people: _People
    done: _Listed
    removed: int | None = None

    def _execute(self, executor: Executor, decided: Decision, build_log: BuildLog) -> Outcome:
        self.done = _list(executor, decided, self.people)
        if isinstance(decided, Full):
            return super()._execute(executor, decided, build_log)
        increment = decided.increment
        with executor.cleaning_up(increment.clean_up):
            outcome, self.removed = remove_rows(executor, increment, decided.base)
            return self._finish(executor, outcome, build_log)

    def _finish(self, executor: Executor, outcome: Outcome, build_log: BuildLog) -> Outcome:
        return super()._finish(executor, replace(outcome, forgotten=self.done.listed), build_log)


def _list(executor: Executor, decided: Decision, people: _People) -> _Listed:
    """List people and, if wanted, their devices."""
    job, connection = executor.job, executor.connection
    forgotten = job.graph.stream.forgotten
    if forgotten is None:
        msg = "a build that forgets people has a list"
        raise RuntimeError(msg)
    if people.devices:
        _refuse_unknown_devices(executor, decided)
    if not job.warehouse.catalogue(connection).kind(forgotten.table.name, job.schema):
        executor.run_statement(LIST, "create it", create(forgotten.table))
    before = _entries(executor, forgotten)
    # Devices first, where each statement commits: once a user is listed, a build drops the rows that show their devices.
    if people.devices:
        events = job.graph.carrying("events")
        rows = executor.whole(events, events.table)
        executor.run_statement(LIST, "list devices", insert_devices(forgotten, rows, people.hashes, people.key.check))
    devices = _entries(executor, forgotten) - before
    with named(LIST, "read it", job.warehouse):
        new = sorted(set(people.hashes) - known_among(connection, forgotten.table, people.hashes))
    if new:
        executor.run_statement(LIST, "list users", insert_hashes(forgotten.table, new, people.key.check))
    return _Listed(len(new), devices, _entries(executor, forgotten))


def _entries(executor: Executor, forgotten: Forgotten) -> int:
    with named(LIST, "read it", executor.job.warehouse):
        return contents_of(executor.connection, forgotten.table).entries


def _refuse_unknown_devices(executor: Executor, decided: Decision) -> None:
    """Refuse to look for devices in results of other settings: their ids may be hashed, or be from another source.

    Raises:
        TargetError: there are no results, or they were built with other settings.
    """
    job = executor.job
    if not isinstance(decided, Full):
        return
    catalogue, builds = job.warehouse.catalogue(executor.connection), Builds(place_of(job))
    base = builds.last_if_readable(executor.connection, catalogue)
    if base is None or base.fingerprint != fingerprint(job) or job.graph.carrying("events").name not in job.existing:
        msg = (
            "devices are looked up in the results, which were not built with the present settings, source and version."
            " Nothing was changed. Build first, and then forget"
        )
        raise TargetError(msg)
