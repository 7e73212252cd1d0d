"""Says why a file cannot be read. DuckDB's own messages mention options that users do not set here."""

import csv
import gzip
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import IO, Final

from sqlalchemy.exc import DBAPIError

from sessionmodels.errors import SourceError
from sessionmodels.errors.redaction import redacted
from sessionmodels.source.patterns import absolutes, called, is_gzipped, matched
from sessionmodels.source.readers import Reader

SAVE_AS_UTF_8: Final = "save it as UTF-8, or convert it (iconv -f UTF-16 -t UTF-8)"


def local_files(patterns: Sequence[str]) -> list[str]:
    """Return the local files of these patterns that Python can read: uncompressed or gzipped."""
    return [file for pattern in absolutes(patterns) for file in matched(pattern) if not file.lower().endswith(".zst")]


@contextmanager
def opened(file: str) -> Iterator[IO[bytes]]:
    """Yield a file's bytes, decompressed."""
    with Path(file).open("rb") as raw:
        packed = file.lower().endswith(".gz") or is_gzipped(raw)
        with gzip.open(raw) if packed else nullcontext(raw) as unpacked:
            yield unpacked  # pyright: ignore[reportReturnType] - a gzip file reads like any other


def refuse_utf_16(patterns: Sequence[str]) -> None:
    """Refuse a text file that looks like UTF-16.

    Raises:
        SourceError: there is such a file.
    """
    for file in local_files(patterns):
        start = _start(file)
        if start.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) or b"\0" in start:
            msg = f"{file!r} is UTF-16 text; {SAVE_AS_UTF_8}"
            raise SourceError(msg)


def _start(file: str) -> bytes:
    try:
        with opened(file) as raw:
            return raw.read(4)
    except (OSError, EOFError):
        return b""  # DuckDB reports what is wrong with it


def unreadable(patterns: Sequence[str], reader: Reader, error: DBAPIError) -> SourceError:
    """Return the error that says which file cannot be read, and why."""
    if found := why_unreadable(patterns, reader):
        return found
    if "httpfs" in str(error.orig):
        msg = (
            f"tracks={called(patterns)!r} cannot be read: URLs require DuckDB's extension 'httpfs', which could not be installed"
            " or loaded; run `INSTALL httpfs` in DuckDB once where it has access to the network, or download the files"
        )
        return SourceError(msg)
    first = next(iter(redacted(str(error.orig)).strip().splitlines()), "").strip()
    why = first.partition(" Error: ")[2] or first
    return SourceError(
        f"tracks={called(patterns)!r} cannot be read: {why.rstrip('.')}; check that the files exist and match their extension"
    )


def why_unreadable(patterns: Sequence[str], reader: Reader) -> SourceError | None:
    """Return why a CSV file cannot be read: an uneven line, mixed line ends, not UTF-8. None if no cause is found."""
    for file in local_files(patterns) if reader.separator else ():
        try:
            if found := _uneven_line(file, reader.separator or ","):
                return SourceError(found)
            if _has_mixed_ends(file):
                msg = (
                    f"{file!r} has mixed line ends: some lines end as on Windows (CRLF), others as on Unix (LF); convert"
                    " them all to one kind, for example with dos2unix, or export the file again"
                )
                return SourceError(msg)
        except UnicodeDecodeError:
            return SourceError(f"{file!r} is not UTF-8 text; save it as UTF-8, or convert it (iconv -t UTF-8)")
        except (OSError, EOFError, csv.Error):
            continue
    return None


def _uneven_line(file: str, separator: str) -> str | None:
    with opened(file) as raw:
        rows = csv.reader((line.decode() for line in raw), delimiter=separator)
        header = next(filter(None, rows), [])
        before = rows.line_num
        for row in rows:
            if row and len(row) != len(header):
                quote = "; a quote may be missing there" if rows.line_num > before + 1 else ""
                return (
                    f"{file!r}, line {before + 1:,}: {len(row)} columns, where the header has {len(header)}{quote}; "
                    "fix that line, or export the file again"
                )
            before = rows.line_num
    return None


def _has_mixed_ends(file: str) -> bool:
    with opened(file) as raw:
        return len({line.endswith(b"\r\n") for line in raw if line.endswith(b"\n")}) > 1
