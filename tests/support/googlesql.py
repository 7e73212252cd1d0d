"""BigQuery's own language, judged by GoogleSQL: whether it takes a statement, and which rows a select gives.

From PyPI's `zetasql`: Google's analyzer and reference implementation as WebAssembly, in process. A refusal is strong evidence; an
acceptance is weaker, since it takes more than BigQuery does. Compiling the module takes about 20 seconds, once: it is kept in the
user's cache folder, for every worker and every later run.
"""

import ctypes
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from importlib.metadata import version
from typing import Any

import sqlalchemy as sa
import wasmtime
from cached import cached
from tables import microseconds

COMPILED = f"zetasql-{version('zetasql')}-wasmtime-{version('wasmtime')}.cwasm"
Columns = Mapping[str, Any]
Rows = Sequence[Mapping[str, Any]]


def _from_cache(engine: wasmtime.Engine, path: str) -> wasmtime.Module:
    kept = cached(COMPILED, lambda: bytes(_compile(engine, path).serialize()))
    return wasmtime.Module.deserialize_file(engine, str(kept)) if kept else _compile(engine, path)


_compile = wasmtime.Module.from_file
wasmtime.Module.from_file = staticmethod(_from_cache)  # pyright: ignore[reportAttributeAccessIssue] - it compiles on every import


class GoogleSQL:
    """The analyzer and the reference implementation, with the features that BigQuery's users have."""

    def __init__(self) -> None:
        from zetasql.core.local_service import ZetaSqlLocalService  # noqa: PLC0415 - compiles on import
        from zetasql.wasi._pb2.zetasql.local_service import local_service_pb2  # noqa: PLC0415
        from zetasql.wasi._pb2.zetasql.proto import options_pb2, simple_catalog_pb2  # noqa: PLC0415
        from zetasql.wasi._pb2.zetasql.public import options_pb2 as google_options  # noqa: PLC0415
        from zetasql.wasi._pb2.zetasql.public import type_pb2  # noqa: PLC0415
        from zetasql.wasi._pb2.zetasql.resolved_ast import resolved_node_kind_pb2  # noqa: PLC0415

        self.messages: Any = local_service_pb2
        self.catalogs: Any = simple_catalog_pb2
        self.types: Any = type_pb2.TypeKind
        self.client: Any = ZetaSqlLocalService.get_instance().wasm_client
        self.client.write_bytes, self.client.read_bytes = self._write, self._read
        asked = self.messages.LanguageOptionsRequest(maximum_features=True)
        self.language = self._call("GetLanguageOptions", asked, options_pb2.LanguageOptionsProto)
        self.language.product_mode = 1  # external: what BigQuery's users have
        # Documented for BigQuery's users, though the analyzer counts them among what is still in development.
        documented = ("CREATE_TABLE_CLONE", "CREATE_VIEWS_WITH_COLUMN_OPTIONS")
        self.language.enabled_language_features.extend(
            google_options.LanguageFeature.Value(f"FEATURE_{one}") for one in documented
        )
        statements = [number for name, number in resolved_node_kind_pb2.ResolvedNodeKind.items() if name.endswith("_STMT")]
        self.taken = set[tuple[str, str]]()
        self.given: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
        self.registered: dict[str, int] = {}
        del self.language.supported_statement_kinds[:]
        self.language.supported_statement_kinds.extend(statements)

    def accepts(self, statement: str, tables: Mapping[str, Columns]) -> None:
        """Raise GoogleSQL's own error where it does not take the statement. Tables are `schema.name` or `name`.

        A statement that it has taken is not asked about again where all that is named in it has the same type.
        """
        takes_all = "*" in statement.replace("count(*)", "")
        named = {
            name: [(column, kind) for column, kind in columns.items() if takes_all or column in statement]
            for name, columns in tables.items()
            if name.rpartition(".")[2] in statement
        }
        key = statement, repr(sorted(named.items()))
        if key in self.taken:
            return
        asked = self.messages.AnalyzeRequest(sql_statement=statement, registered_catalog_id=self._registered(tables))
        asked.options.language_options.CopyFrom(self.language)
        self._call("Analyze", asked, self.messages.AnalyzeResponse)
        self.taken.add(key)

    def rows(self, select: str, tables: Mapping[str, tuple[Columns, Rows]]) -> list[tuple[Any, ...]]:
        """Return the rows that the select gives over these rows; times in microseconds. The same is not asked twice."""
        key = select, repr(sorted(tables.items()))
        if key not in self.given:
            self.given[key] = self._evaluated(select, tables)
        return self.given[key]

    def _evaluated(self, select: str, tables: Mapping[str, tuple[Columns, Rows]]) -> list[tuple[Any, ...]]:
        asked = self.messages.EvaluateQueryRequest(sql=select)
        asked.simple_catalog.CopyFrom(self._catalog({name: columns for name, (columns, _) in tables.items()}))
        for name, (columns, rows) in tables.items():
            data = asked.table_content[name].table_data
            for row in rows:
                cells = data.row.add()
                for column, kind in columns.items():
                    _fill(cells.cell.add(), row[column], kind)
        asked.options.language_options.CopyFrom(self.language)
        asked.options.default_timezone = "America/New_York"  # nothing may depend on it
        answer = self._call("EvaluateQuery", asked, self.messages.EvaluateQueryResponse)
        return [tuple(_python(cell) for cell in row.cell) for row in answer.content.table_data.row]

    def _registered(self, tables: Mapping[str, Columns]) -> int:
        """Return the number of a catalogue of these tables. To make one, with all of BigQuery's functions, takes 20 ms."""
        key = repr(sorted(tables.items()))
        if key not in self.registered:
            asked = self.messages.RegisterCatalogRequest(simple_catalog=self._catalog(tables))
            self.registered[key] = self._call("RegisterCatalog", asked, self.messages.RegisterResponse).registered_id
        return self.registered[key]

    def _catalog(self, tables: Mapping[str, Columns]) -> Any:
        catalog = self.catalogs.SimpleCatalogProto(name="project")
        for full_name, columns in tables.items():
            schema, _, name = full_name.rpartition(".")
            within = catalog
            if schema:
                within = next((one for one in catalog.catalog if one.name == schema), None) or catalog.catalog.add(name=schema)
            table = within.table.add(name=name, full_name=full_name)
            for column, kind in columns.items():
                table.column.add(name=column).type.type_kind = self.types.Value(f"TYPE_{kind}")
        catalog.builtin_function_options.language_options.CopyFrom(self.language)
        return catalog

    def _write(self, place: int, data: bytes) -> None:
        """Write at once what the client would write byte by byte."""
        ctypes.memmove(ctypes.addressof(self.client.memory.data_ptr().contents) + place, data, len(data))

    def _read(self, place: int, size: int) -> bytes:
        return ctypes.string_at(ctypes.addressof(self.client.memory.data_ptr().contents) + place, size)

    def _call(self, method: str, asked: Any, answer: Any) -> Any:
        full_name = next(name for name in self.client.exports if name.endswith(method))
        return self.client.call_grpc_func(full_name, asked, answer)


KINDS: dict[str, type[sa.types.TypeEngine[Any]]] = {
    "INT64": sa.Integer,
    "TIMESTAMP": sa.DateTime,
    "DATE": sa.Date,
    "DOUBLE": sa.Float,
    "STRING": sa.String,
    "BOOL": sa.Boolean,
    "NUMERIC": sa.Numeric,
}


def kind_of(column_type: sa.types.TypeEngine[Any]) -> str:
    """Return BigQuery's name for a type of ours."""
    return next(kind for kind, family in KINDS.items() if isinstance(column_type, family))


def _fill(cell: Any, value: Any, kind: str) -> None:
    if value is None:
        return
    if kind == "TIMESTAMP":
        since = microseconds(value)
        assert isinstance(since, int)
        cell.timestamp_value.seconds, cell.timestamp_value.nanos = since // 1_000_000, since % 1_000_000 * 1000
    elif kind == "NUMERIC":
        cell.numeric_value = int(value.scaleb(9)).to_bytes(16, "little", signed=True)
    elif kind == "DATE":
        cell.date_value = (date.fromisoformat(value) - date(1970, 1, 1)).days
    else:
        names = {"STRING": "string_value", "INT64": "int64_value", "DOUBLE": "double_value", "BOOL": "bool_value"}
        setattr(cell, names[kind], value)


def _python(cell: Any) -> Any:
    kind = cell.WhichOneof("value")
    if kind is None:
        return None
    value = getattr(cell, kind)
    if kind == "numeric_value":
        return Decimal(int.from_bytes(value, "little", signed=True)).scaleb(-9)
    if kind == "date_value":
        return (date(1970, 1, 1) + timedelta(days=value)).isoformat()
    return value.seconds * 1_000_000 + value.nanos // 1000 if kind == "timestamp_value" else value
