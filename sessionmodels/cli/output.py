"""All output of commands: for people, with control characters escaped, and for machines, exactly."""

import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TextIO

import click

from sessionmodels.display.escape import visible_lines
from sessionmodels.errors import SettingsError

if TYPE_CHECKING:
    from sessionmodels.display.blocks import Block
    from sessionmodels.display.displayed import Displayed, PlainData


def print_result(*what: "Block | Displayed") -> None:
    """Print results for people, on the standard output."""
    from sessionmodels.display.displayed import Displayed  # noqa: PLC0415 - beside its only use
    from sessionmodels.display.terminal import as_text, terminal_width  # noqa: PLC0415 - heavy

    blocks = (block for one in what for block in (one.blocks() if isinstance(one, Displayed) else (one,)))
    _write(as_text(blocks, terminal_width(sys.stdout)), sys.stdout)


def show(found: "PlainData", *, as_json: bool) -> None:
    """Print a result on the standard output: for people, or as JSON for machines."""
    if as_json:
        print_json(found.to_dict())
    else:
        print_result(found)


def print_message(text: str) -> None:
    """Print progress or an error for people, on the standard error."""
    from sessionmodels.display.terminal import terminal_width, wrapped  # noqa: PLC0415 - heavy

    _write(wrapped(visible_lines(text), terminal_width(sys.stderr)), sys.stderr)


def print_json(plain: Any) -> None:
    """Print JSON for machines, on the standard output."""
    click.echo(in_ascii(json.dumps(plain, indent=2, default=str)))


def print_csv(text: str) -> None:
    """Print CSV on the standard output: exactly to a file or a pipe, and escaped on a terminal."""
    if sys.stdout.isatty():
        _write(visible_lines(text.rstrip("\n")), sys.stdout)
    else:
        click.echo(text.encode("utf-8"), nl=False)


def in_ascii(written: str) -> str:
    """Return JSON, which is already ASCII, with the only control character escaped that it may contain."""
    return written.replace("\x7f", "\\u007f")


def print_code(parts: Iterable[str]) -> None:
    """Print statements on the standard output: exactly to a file or a pipe, and escaped on a terminal.

    Raises:
        SettingsError: the output's encoding lacks a character; a replacement would change the statement.
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
    click.echo(text, color=True)  # otherwise click would remove what looks like a colour


def _write(text: str, stream: TextIO) -> None:
    """Print text, with characters escaped that the stream cannot write: a result must always be reported."""
    encoding = stream.encoding or "utf-8"
    click.echo(text.encode(encoding, "backslashreplace").decode(encoding), file=stream)
