"""The command in a real terminal, as wide as one says."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from contextlib import suppress

from environments import lean

COMMAND = [sys.executable, "-c", "from sessionmodels.cli import main; main()"]


def shown(*words: str, width: int = 80) -> str:
    """Return what a terminal gets on the standard output of a command that succeeds; errors and progress go elsewhere."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    environment = {name: value for name, value in lean().items() if name not in {"COLUMNS", "LINES"}}
    with subprocess.Popen([*COMMAND, *words], stdout=its, stderr=subprocess.DEVNULL, stdin=its, env=environment) as process:
        os.close(its)
        shown = bytearray()
        with suppress(OSError):  # Linux's way to say that the other end has closed
            while part := os.read(ours, 65536):
                shown += part
    os.close(ours)
    assert process.returncode == 0
    return shown.decode().replace("\r\n", "\n")
