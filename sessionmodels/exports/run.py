"""Describes the relations to another tool."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from sessionmodels.display.blocks import Block, Code
from sessionmodels.display.displayed import Displayed
from sessionmodels.display.files import write_files
from sessionmodels.errors import SettingsError, did_you_mean
from sessionmodels.exports import cube, dbt, lookml, metricflow, odcs, osi
from sessionmodels.exports.marked import marked
from sessionmodels.offline.documented import documented_graph
from sessionmodels.offline.of_url import database_of, with_dialect
from sessionmodels.semantics.describe import Description, describe
from sessionmodels.settings import Settings
from sessionmodels.warehouses import warehouse_of
from sessionmodels.warehouses.render import dialect_of

FORMATS: Final[Mapping[str, Callable[[Description], dict[str, str]]]] = {
    "dbt": dbt.write,
    "metricflow": metricflow.write,
    "cube": cube.write,
    "lookml": lookml.write,
    "osi": osi.write,
    "odcs": odcs.write,
}


@dataclass(frozen=True)
class Export(Displayed):
    """The files that describe the relations to another tool. `files` has their texts by name; `write` writes them."""

    format: str
    files: Mapping[str, str]

    def write(self, folder: str | Path, *, replace: bool = False) -> tuple[Path, ...]:
        """Write the files into a folder, which is created if it is missing, and return their paths.

        Args:
            folder: where to.
            replace: whether to overwrite files of these names that no export wrote.

        Raises:
            SettingsError: such a file is there, or the folder cannot be written. Nothing was written.
        """
        return write_files(Path(folder), self.files, replace=replace)

    def parts(self) -> Iterator[str]:
        """Yield the text of each file, after its name if there are several."""
        for name, text in self.files.items():
            yield (f"==> {name} <==\n{text}" if len(self.files) > 1 else text).rstrip("\n")

    def blocks(self) -> Iterator[Block]:
        """Yield each file as code."""
        yield from map(Code, self.parts())


def export(format: str, settings: Settings | None = None, *, dialect: str | None = None) -> Export:  # noqa: A002 - its name
    """Describe the relations to another tool: what a row is, columns with types and units, keys, joins, dimensions, measures.

    It connects to nothing. The settings say which relations and columns there are, and where.

    Args:
        format: `dbt`, `metricflow`, `cube`, `lookml`, `osi` or `odcs`.
        settings: the settings of the build.
        dialect: the warehouse, such as `snowflake`; None is that of the setting `url`, or else DuckDB.

    Raises:
        SettingsError: there is no such format or dialect; the schema of the results is unknown; or the library that writes the
            format is not installed.
    """
    if format not in FORMATS:
        msg = f"there is no format {format!r}; {did_you_mean(format, FORMATS)}"
        raise SettingsError(msg)
    files = FORMATS[format](described(settings or Settings(), dialect))
    return Export(format, {name: marked(name, text, version("sessionmodels")) for name, text in files.items()})


def described(settings: Settings, dialect_name: str | None = None) -> Description:
    """Describe the relations under these settings, without a connection.

    Raises:
        SettingsError: there is no such dialect, or the schema of the results is unknown.
    """
    settings, dialect_name = with_dialect(settings, dialect_name)
    warehouse = warehouse_of(dialect_name)
    schema = settings.target_schema or warehouse.schemas.default or warehouse.schemas.usual
    if schema is None:
        msg = f"the schema of the results is unknown; set target_schema, or a URL of {warehouse.title} that names it"
        raise SettingsError(msg)
    graph = documented_graph(settings, dialect_name)
    database, schema = warehouse.schemas.with_database(schema, database_of(settings, dialect_name))
    return describe(graph, dialect_of(warehouse), schema, database)
