"""What a build reads and writes, as OpenLineage describes it: names, columns, and what each column is computed from."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from openlineage.client import event_v2, facet_v2
from sqlalchemy import FromClause

from sessionmodels.relations.graph import Relation
from sessionmodels.source.columns import type_name
from sessionmodels.telemetry.columns import DECIDING, ColumnLineage, Origins
from sessionmodels.telemetry.datasets import Dataset, Datasets
from sessionmodels.warehouses.tags import package_version
from sessionmodels.warehouses.warehouse import Job

PRODUCER: Final = f"urn:sessionmodels:{package_version()}"
"""The producer of the events, with its version: a URI, as the specification requires."""


def facet(kind: Any, *values: Any) -> Any:
    """Return a facet of a kind, with who says so. The library's own default would name the library."""
    return kind(*values, producer=PRODUCER)


class Described:
    """The datasets of one build."""

    def __init__(self, job: Job, datasets: Datasets) -> None:
        """Find the names of what is read, by what it is in the selects."""
        self.job, self.datasets = job, datasets
        stream = job.graph.stream
        files = {one.table: datasets.of_source(one, job.settings.of_source(one.name)) for one in stream.sources}
        self.read: dict[FromClause, tuple[Dataset, ...]] = {
            table: files.get(table) or (datasets.of_table(table),) for table in stream.tables
        }

    def inputs(self) -> Iterator[Any]:
        """Yield what is read: the raw events, and the identity graph if there is one."""
        for table, names in self.read.items():
            facets = {"schema": self._schema(table, {})}
            yield from (event_v2.InputDataset(namespace=one.namespace, name=one.name, facets=facets) for one in names)

    def outputs(self) -> Iterator[Any]:
        """Yield the relations that are built."""
        for relation in self.job.chosen:
            yield self._output(relation, {}, {})

    def written(self, rows: Mapping[str, int]) -> Iterator[Any]:
        """Yield the relations that were built, with what each column is computed from, and the `rows` that were written."""
        lineage = ColumnLineage(self.job.graph)
        for relation in self.job.chosen:
            counted = rows.get(relation.name) if relation.kind == "table" else None
            of_rows = facet_v2.output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet
            counts = {} if counted is None else {"outputStatistics": facet(of_rows, counted)}
            yield self._output(relation, {"columnLineage": self._lineage(relation, lineage)}, counts)

    def _output(self, relation: Relation, facets: Mapping[str, Any], counts: dict[str, Any]) -> Any:
        name, kind = self.datasets.of_result(relation.table), "TABLE" if relation.kind == "table" else "VIEW"
        own = {
            "schema": self._schema(relation.table, relation.comments),
            "documentation": facet(facet_v2.documentation_dataset.DocumentationDatasetFacet, relation.row),
            "datasetType": facet(facet_v2.dataset_type_dataset.DatasetTypeDatasetFacet, kind),
        }
        return event_v2.OutputDataset(namespace=name.namespace, name=name.name, facets={**own, **facets}, outputFacets=counts)

    def _schema(self, table: FromClause, comments: Mapping[str, str]) -> Any:
        of = facet_v2.schema_dataset
        types = ((one.name, type_name(one, self.job.dialect) or None) for one in table.c)
        fields = [of.SchemaDatasetFacetFields(name, kind, comments.get(name)) for name, kind in types]
        return facet(of.SchemaDatasetFacet, fields)

    def _lineage(self, relation: Relation, lineage: ColumnLineage) -> Any:
        of = facet_v2.column_lineage_dataset
        found = {one.name: lineage.of(relation.table, one.name) for one in relation.table.c}
        fields = {name: of.Fields(list(self._used(origins))) for name, origins in found.items() if origins}
        return facet(of.ColumnLineageDatasetFacet, fields)

    def _used(self, origins: Origins) -> Iterator[Any]:
        """Yield each column of each source once, with all ways in which it is used."""
        of = facet_v2.column_lineage_dataset
        for table, names in self.read.items():
            for column in sorted({one.column for one in origins if one.table is table}):
                kinds: Iterable[str] = sorted(one.kind for one in origins if one.table is table and one.column == column)
                uses = [of.Transformation("INDIRECT" if kind in DECIDING else "DIRECT", kind) for kind in kinds]
                yield from (of.InputField(one.namespace, one.name, column, uses) for one in names)
