"""Rows as a data frame of pandas, polars or pyarrow, through Narwhals. Columns have their types also if they hold no value."""

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from importlib.util import find_spec
from typing import Any, Final, Literal

from sqlalchemy import Boolean, Date, DateTime, Float, Integer, Numeric
from sqlalchemy.types import TypeEngine

from sessionmodels.errors import SettingsError, did_you_mean, how_to_install

Kind = Literal["boolean", "whole", "number", "date", "time", "text"]
Backend = Literal["pandas", "polars", "pyarrow"]
BACKENDS: Final[tuple[Backend, ...]] = ("pandas", "polars", "pyarrow")
KINDS: Final[Mapping[type[TypeEngine[Any]], Kind]] = {
    Boolean: "boolean",
    Integer: "whole",
    Numeric: "number",
    Float: "number",
    Date: "date",
    DateTime: "time",
}


def kind_of(column: TypeEngine[Any]) -> Kind:
    """Return what a column holds, by its type."""
    found: list[Kind] = [kind for known, kind in KINDS.items() if isinstance(column, known)]
    return found[0] if found else "text"


def frame_of(columns: Mapping[str, Kind], rows: Sequence[Sequence[Any]], backend: str | None = None) -> Any:
    """Return rows as a data frame of that library, by default of the one that is imported, else of the first that is installed.

    Raises:
        SettingsError: there is no such library, or it or Narwhals is not installed.
    """
    try:
        import narwhals as nw  # noqa: PLC0415 - only if a data frame is wanted
    except ImportError:
        msg = f"a data frame is made by Narwhals, which is not installed; {how_to_install('dataframe')}"
        raise SettingsError(msg) from None
    chosen = _backend(backend)
    types = {"boolean": nw.Boolean(), "whole": nw.Int64(), "number": nw.Float64(), "date": nw.Date(), "text": nw.String()}
    types["time"] = nw.Datetime("us", "UTC")
    if chosen == "pandas":
        types["date"] = nw.Datetime("us")  # pandas itself has no type of dates
    schema = nw.Schema({name: types[kind] for name, kind in columns.items()})
    places = enumerate(columns.items())
    values = {name: [_plain(kind, row[place]) for row in rows] for place, (name, kind) in places}
    if chosen == "pandas":
        import pandas as pd  # noqa: PLC0415 - as above

        # Narwhals would make columns whose integers and booleans cannot be null.
        return pd.DataFrame(values, dtype=object).astype(schema.to_pandas("numpy_nullable"))
    return nw.from_dict(values, schema, backend=chosen).to_native()


def _backend(asked: str | None) -> Backend:
    installed: list[Backend] = [one for one in BACKENDS if one in sys.modules or find_spec(one)]
    if asked is None:
        installed.sort(key=lambda one: one not in sys.modules)
        if not installed:
            msg = f"a data frame needs one of {', '.join(BACKENDS)}, and none is installed; pip install pandas, or another one"
            raise SettingsError(msg)
        return installed[0]
    for one in BACKENDS:
        if one == asked and one in installed:
            return one
    if asked in BACKENDS:
        msg = f"backend={asked!r}: it is not installed; pip install {asked}"
        raise SettingsError(msg)
    msg = f"backend={asked!r}: {did_you_mean(asked, BACKENDS)}"
    raise SettingsError(msg)


def _plain(kind: Kind, value: Any) -> Any:
    """Return a driver's value as what its column holds: drivers give decimals, and times with and without a zone."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if isinstance(value, date):
        return value
    return {"boolean": bool, "whole": int, "number": float}.get(kind, str)(value)
