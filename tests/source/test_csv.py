"""CSV as people export it: any of four separators, and errors in our own words that name the file and the line."""

import gzip
from pathlib import Path
from typing import Any

import pytest
from kept import kept
from tables import read

from sessionmodels import Settings, SourceError, build_all

HEADER = "id,anonymous_id,event,timestamp\n"
ROW = "1,d,x,2026-01-01T00:00:00Z\n"


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["csv", "tsv", "csv.gz"])
def test_separators(duckdb, ending) -> None:
    """The header says which, in a source's files; quotes, a BOM, line ends and embedded line breaks are read as ever."""
    separators = {"commas": ",", "semicolons": ";", "tabs": "\t", "bars": "|"}
    for name, separator in separators.items():
        lines = ["\ufeffid,anonymous_id,event,timestamp,price", f'{name},d,"a;b,c|d\te\nf ""g""",2026-01-01T00:00:00Z,"9,99;x"']
        text = "\r\n".join(separator.join(_fields(line)) for line in lines) + "\r\n"
        Path(f"{name}.{ending}").write_bytes(gzip.compress(text.encode()) if ending.endswith("gz") else text.encode())
    sources: Any = {name: {"files": f"{name}.{ending}", "event_column": "event"} for name in separators}
    build_all(duckdb, Settings(sources=sources))
    assert {row["event_id"]: row["event"] for row in read(duckdb, "track_facts")} == dict.fromkeys(
        separators, 'a;b,c|d\te\nf "g"'
    )


def _fields(line: str) -> list[str]:
    """Return what stands between the commas outside of quotes, as it is written."""
    parts = line.split('"')
    marked = '"'.join(part.replace(",", "\0") if n % 2 == 0 else part for n, part in enumerate(parts))
    return marked.split("\0")


def test_the_separator_of_a_zst_file(duckdb) -> None:
    """Which only DuckDB unpacks."""
    text = (HEADER + ROW).replace(",", ";")
    Path("e.csv").write_text(text)
    with duckdb.begin() as connection:
        read_lines = "read_csv('e.csv', columns = {'x': 'VARCHAR'}, delim = '\x1f', header = false, auto_detect = false)"
        connection.exec_driver_sql(f"COPY (FROM {read_lines}) TO 'e.csv.zst' (header false, delimiter '\x1f')")
    build_all(duckdb, Settings(tracks="e.csv.zst"))
    assert len(read(duckdb, "track_facts")) == 1


LONG = HEADER + ROW * 50_000


def fill(engine) -> None:
    """Build from a good file."""
    good = Path(engine.url.database).with_name("good.csv")
    good.write_text(HEADER + "9,d,x,2026-01-01T00:00:00Z\n")
    build_all(engine, Settings(tracks=str(good)))


built = kept(fill)
"""What every build that fails leaves as it is."""


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (HEADER + ROW + "2,d,x\n", r"e\.csv', line 3: 3 columns, where the header has 4; fix that line"),
        (HEADER + ROW + "2,d,x", r"e\.csv', line 3: 3 columns, where the header has 4"),
        (HEADER + ROW + "2,d,x,2026-01-01,more\n", r"e\.csv', line 3: 5 columns, where the header has 4"),
        (LONG + "2,d,x\n", r"e\.csv', line 50,002: 3 columns, where the header has 4"),
        (HEADER + '1,d,"x,2026-01-01\n' + ROW, r"e\.csv', line 2: 3 columns.* a quote may be missing there"),
        ((HEADER + ROW).encode("utf-16"), r"e\.csv' is UTF-16 text; save it as UTF-8"),
        ((HEADER + ROW).encode("utf-16-le"), r"e\.csv' is UTF-16 text; save it as UTF-8"),
        ((HEADER + ROW.replace("x", "é")).encode("latin-1"), r"e\.csv' is not UTF-8 text; save it as UTF-8"),
        (LONG.encode() + "2,d,é,2026-01-01\n".encode("latin-1"), r"e\.csv' is not UTF-8 text; save it as UTF-8"),
        ("id anonymous_id event timestamp\n", r"e\.csv' has only one column, 'id anonymous_id event timestamp'; its first line"),
        (b"", r"e\.csv is empty"),
        ("\n\n", r"e\.csv is empty"),
        (
            (HEADER + ROW).replace("\n", "\r\n") + ROW + ROW,
            r"e\.csv' has mixed line ends: some .*CRLF.* convert them all to one kind",
        ),
        (HEADER + ROW + ROW.replace("\n", "\r\n"), r"e\.csv' has mixed line ends"),
        (LONG.replace("\n", "\r\n") + ROW, r"e\.csv' has mixed line ends"),
        ("id," + HEADER + "0," + ROW, r"e\.csv' has the column 'id' 2 times; rename all but one"),
        (HEADER.replace("event", "Event,event") + "0," + ROW, r"e\.csv' has the column 'event' 2 times; rename all but one"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.slow
def test_what_cannot_be_read(built, content, words, packed) -> None:
    """In our own words, with the file and the line, and before anything is touched."""
    plain = content if isinstance(content, bytes) else content.encode()
    name = "e.csv.gz" if packed else "e.csv"
    Path(name).write_bytes(gzip.compress(plain) if packed else plain)
    with pytest.raises(SourceError, match=words.replace(r"\.csv", r"\.csv.gz" if packed else r"\.csv")) as caught:
        build_all(built, Settings(tracks=name))
    assert "sniff" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert [row["event_id"] for row in read(built, "track_facts")] == ["9"]


def test_files_of_two_separators(duckdb) -> None:
    """Are refused, both named."""
    Path("a.csv").write_text(HEADER + ROW)
    Path("b.csv").write_text((HEADER + ROW).replace(",", ";"))
    with pytest.raises(SourceError, match=r"a\.csv' is separated by commas, '.*b\.csv' by semicolons; convert one"):
        build_all(duckdb, Settings(tracks="*.csv"))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("e.jsonl", '{"id": "1"}\n{"id": "2', r"e\.jsonl.*Malformed JSON.*line"),
        ("e.jsonl", '{"id": "1"}\n'.encode("utf-16"), r"e\.jsonl' is UTF-16 text"),
        ("e.parquet", "no parquet", r"e\.parquet' cannot be read: .*; check that the files exist and match their extension"),
        ("e.csv.gz", "no gzip", r"e\.csv\.gz' cannot be read: .*; check that the files exist and match their extension"),
    ],
)
def test_other_files_that_cannot_be_read(duckdb, name, content, words) -> None:
    """One sentence of the reader's, not the first sixty words of it."""
    Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(SourceError, match=words) as caught:
        build_all(duckdb, Settings(tracks=name))
    assert "\n" not in str(caught.value)


@pytest.mark.slow
@pytest.mark.parametrize("blank", ["\n", "\n\n", "\r\n", "\ufeff\n \n"])
def test_blank_lines_before_the_header(duckdb, blank) -> None:
    """Are skipped, as those between the rows are; files that have different numbers of them are named."""
    end = "\r\n" if "\r" in blank else "\n"
    for name in ("a.csv", "b.csv"):
        Path(name).write_text(blank + (HEADER + ROW.replace("1,d", f"{name},d") + "\n").replace("\n", end), newline="")
    build_all(duckdb, Settings(tracks="*.csv"))
    assert sorted(row["event_id"] for row in read(duckdb, "track_facts")) == ["a.csv", "b.csv"]
    Path("b.csv").write_text(HEADER + ROW)
    with pytest.raises(SourceError, match=r"a\.csv' has (1|2) blank lines? before its header, '.*b\.csv' has 0; remove them"):
        build_all(duckdb, Settings(tracks="*.csv"))


@pytest.mark.slow
def test_a_column_twice_that_is_not_read(duckdb) -> None:
    """Is in nobody's way."""
    Path("e.csv").write_text("note," + HEADER.strip() + ",note\n0," + ROW.strip() + ",0\n")
    assert build_all(duckdb, Settings(tracks="e.csv"))["track_facts"].rows == 1


def test_a_url_without_the_extension(duckdb) -> None:
    """What DuckDB says of it takes several lines; ours says it whole."""
    with duckdb.begin() as connection:
        connection.exec_driver_sql("SET autoinstall_known_extensions = false")
        connection.exec_driver_sql("SET autoload_known_extensions = false")
    with pytest.raises(
        SourceError, match="URLs require DuckDB's extension 'httpfs', which could not be installed or loaded; run"
    ):
        build_all(duckdb, Settings(tracks="https://localhost:1/e.csv"))
