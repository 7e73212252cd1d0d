"""OpenLineage, where its client is installed and configured to send events somewhere."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from sessionmodels.errors import how_to_install
from sessionmodels.errors.redaction import logger
from sessionmodels.telemetry.built import Ended, Started
from sessionmodels.telemetry.sender import Sender

LOG = logger("sessionmodels")
FILE: Final = "openlineage.yml"
OFF: Final = "OPENLINEAGE_DISABLED"


def is_configured(variables: Mapping[str, str]) -> bool:
    """Whether the user says where events are sent, in one of the places where the client looks. It is not imported for that."""
    if variables.get(OFF, "").strip().lower() == "true":
        return False
    if any(variables.get(name) for name in ("OPENLINEAGE_URL", "OPENLINEAGE_CONFIG")) or any(
        name.startswith("OPENLINEAGE__TRANSPORT") for name in variables
    ):
        return True
    return any(os.path.isfile(file) for file in (FILE, Path("~/.openlineage").expanduser() / FILE))  # noqa: PTH113 - a Path raises if a folder is not accessible


class Lineage:
    """Sends the events of one attempt at a build."""

    def __init__(self, sender: Sender) -> None:
        """Store how events are sent."""
        self.sender = sender
        self.events: Any = None

    @classmethod
    def if_configured(cls) -> "Lineage | None":
        """Return it if the client is installed and configured; what is wrong with its configuration is a warning."""
        if not is_configured(os.environ):
            return None
        try:
            from openlineage.client import OpenLineageClient  # noqa: PLC0415 - only where the user has configured it
        except ImportError:
            LOG.info("OpenLineage is configured, but not installed; %s", how_to_install("openlineage"))
            return None
        client = OpenLineageClient()
        if client.transport.kind == "console" and not (client.config.transport or {}).get("type"):
            LOG.warning("OpenLineage: its configuration names no transport, so nothing is sent")
            return None
        return None if client.transport.kind == "noop" else cls(Sender(client.emit, lambda: client.close(1.0)))

    def started(self, started: Started) -> None:
        """Send that a build starts."""
        from sessionmodels.telemetry.events import Events  # noqa: PLC0415 - imports the client

        self.events = Events(started)
        self.sender.send(self.events.start())

    def ended(self, ended: Ended) -> None:
        """Send how the build ended, if it ever started."""
        if self.events is not None:
            self.sender.send(self.events.end(ended))

    def close(self) -> None:
        """Wait until everything is sent, but not for long."""
        self.sender.end()
