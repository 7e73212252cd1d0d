"""Transports of OpenLineage as users write them: one that keeps events, one that is broken, one that never answers."""

from threading import Event
from typing import Any, ClassVar

from openlineage.client.transport.transport import Config, Transport


class Keeping(Transport):
    """Keeps what it is given."""

    kind = "keeping"
    config_class = Config
    events: ClassVar[list[Any]] = []

    def __init__(self, config) -> None:
        """Ignore the configuration."""

    def emit(self, event) -> None:
        self.events.append(event)


class Broken(Transport):
    """Raises, with a secret in its message."""

    kind = "broken"
    config_class = Config

    def __init__(self, config) -> None:
        """Ignore the configuration."""

    def emit(self, event) -> None:
        del event
        msg = "cannot reach https://me:hunter9XQZ@lineage.example/api?token=tailQX9"
        raise OSError(msg)


class Silent(Transport):
    """Waits for an answer that never comes, until the test has ended."""

    kind = "silent"
    config_class = Config
    is_over = Event()

    def __init__(self, config) -> None:
        """Ignore the configuration."""

    def emit(self, event) -> None:
        del event
        self.is_over.wait(60)
