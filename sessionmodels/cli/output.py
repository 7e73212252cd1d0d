"""The one place through which a command prints: for people, where nothing can steer a terminal, and for machines, exactly."""

import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TextIO

import click

from sessionmodels.display.escape import visible_lines
from sessionmodels.errors import SettingsError

if TYPE_CHECKING:
    from sessionmodels.display.blocks import Block
    from sessionmodels.display.displayed import Displayed


def say(*what: "Block | Displayed") -> None:
    """Print results for people, on the standard output."""
    from sessionmodels.display.displayed import Displayed  # noqa: PLC0415 - beside its only use
    from sessionmodels.display.terminal import as_text, terminal_width  # noqa: PLC0415 - heavy

    blocks = (block for one in what for block in (one.blocks() if isinstance(one, Displayed) else (one,)))
    _write(as_text(blocks, terminal_width(sys.stdout)), sys.stdout)


def tell(text: str) -> None:
    """Print progress or an error for people, on the standard error."""
    from sessionmodels.display.terminal import terminal_width, wrapped  # noqa: PLC0415 - heavy

    _write(wrapped(visible_lines(text), terminal_width(sys.stderr)), sys.stderr)


def say_data(plain: Any) -> None:
    """Print JSON for machines, on the standard output."""
    click.echo(in_ascii(json.dumps(plain, indent=2, default=str)))


def in_ascii(written: str) -> str:
    """Return JSON, which is ASCII already, without the one control character that it may hold raw."""
    return written.replace("\x7f", "\\u007f")


def say_code(parts: Iterable[str]) -> None:
    """Print statements on the standard output: to the letter where the output is kept, and visible on a terminal.

    Raises:
        SettingsError: the output's encoding lacks a letter; another one in its place would be another statement.
    """
    text, stream = "\n\n".join(parts), sys.stdout
    if stream.isatty():
        _write(visible_lines(text), stream)
        return
    try:
        text.encode(stream.encoding or "utf-8")
    except UnicodeEncodeError as error:
        letter, encoding = text[error.start], stream.encoding
        msg = f"the output is in {encoding}, which cannot write {letter!a}; set PYTHONIOENCODING=utf-8"
        raise SettingsError(msg) from None
    click.echo(text, color=True)  # else click would take out what looks like a colour


def _write(text: str, stream: TextIO) -> None:
    """Print text, with an escape in place of a letter that the stream cannot write: what was done is done, and is told."""
    encoding = stream.encoding or "utf-8"
    click.echo(text.encode(encoding, "backslashreplace").decode(encoding), file=stream)
