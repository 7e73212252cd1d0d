"""An answer as a data frame: each library, each kind of column, with rows and without."""

import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, get_args

import narwhals as nw
import pytest
from oracle import MINUTE, Raw
from tables import write_tracks

from sessionmodels import SettingsError, ask, build_all
from sessionmodels.display.frame import BACKENDS, Kind, frame_of

NOON = 1_767_614_400_000_000  # 2026-01-05T12:00Z
MOMENT = datetime(2026, 1, 5, 12, tzinfo=UTC)
COLUMNS: dict[str, Kind] = {name: name for name in get_args(Kind)}
ROWS: list[tuple[Any, ...]] = [
    (True, Decimal(2**60 + 1), Decimal("0.5"), date(2026, 1, 5), MOMENT.replace(tzinfo=None), "a"),
    (None,) * 6,
    (False, 0, 1, date(1, 1, 1), MOMENT, ""),
]
TYPES = {
    "boolean": nw.Boolean(),
    "whole": nw.Int64(),
    "number": nw.Float64(),
    "date": nw.Date(),
    "time": nw.Datetime("us", "UTC"),
    "text": nw.String(),
}


@pytest.mark.parametrize("rows", [ROWS, ROWS[1:2], []], ids=["values", "nulls", "no rows"])
@pytest.mark.parametrize("backend", BACKENDS)
def test_the_types_of_columns(backend, rows) -> None:
    """They are those of the kinds, whatever the rows hold, and no value is changed on the way."""
    native = frame_of(COLUMNS, rows, backend)
    assert type(native).__module__.partition(".")[0] == backend
    frame = nw.from_native(native, eager_only=True)
    wanted = TYPES | ({"date": nw.Datetime("us")} if backend == "pandas" else {})
    assert dict(frame.schema) == wanted
    assert frame.shape == (len(rows), 6)
    expected = [(True, 2**60 + 1, 0.5, "2026-01-05", MOMENT, "a"), (False, 0, 1.0, "0001-01-01", MOMENT, "")]
    for place, name in enumerate(COLUMNS):
        assert frame[name].is_null().to_list() == [row[0] is None for row in rows]
        values = frame[name].drop_nulls().to_list()
        if name == "date":
            values = [one.isoformat()[:10] for one in values]
        assert values == [one[place] for one in expected if len(rows) > 1]


@pytest.mark.slow
def test_an_answer(engine) -> None:
    """Its columns have the types of the statement's, also if no session is in the range."""
    write_tracks(engine, [Raw("1", "a", None, "page", NOON), Raw("2", "a", None, "page", NOON + MINUTE)])
    build_all(engine)
    for since in (None, "2030-01-01"):
        answer = ask(engine, "sessions_by", by=["channel", "is_bounce", "session_start_at"], period="week", since=since)
        frame = nw.from_native(answer.to_frame("polars"), eager_only=True)
        assert frame.columns == list(answer.columns)
        kinds = {"period_start": "date", "channel": "text", "is_bounce": "boolean", "session_start_at": "time"}
        kinds |= {"sessions": "whole", "bounce_rate": "number", "average_minutes": "number", "is_complete": "boolean"}
        assert {name: frame.schema[name] for name in kinds} == {name: TYPES[kind] for name, kind in kinds.items()}
        assert len(frame) == len(answer.rows)


def test_which_library(monkeypatch) -> None:
    """The one that is imported, else the first that is installed; what there is not, is a clear error."""
    for name in ("pandas", "polars"):
        monkeypatch.setitem(sys.modules, name, sys.modules.get(name))
    monkeypatch.delitem(sys.modules, "pandas")
    monkeypatch.delitem(sys.modules, "polars")
    import polars  # noqa: F401, ICN001, PLC0415 - imported as by a user

    assert type(frame_of(COLUMNS, [])).__module__.startswith("polars")
    with pytest.raises(SettingsError, match="backend='polar': did you mean 'polars'"):
        frame_of(COLUMNS, [], "polar")
    monkeypatch.setattr("sessionmodels.display.frame.find_spec", lambda _: None)
    monkeypatch.delitem(sys.modules, "polars")
    monkeypatch.delitem(sys.modules, "pyarrow", raising=False)
    with pytest.raises(SettingsError, match="backend='pandas': it is not installed; pip install pandas"):
        frame_of(COLUMNS, [], "pandas")
    with pytest.raises(SettingsError, match="needs one of pandas, polars, pyarrow, and none is installed"):
        frame_of(COLUMNS, [])
    monkeypatch.setitem(sys.modules, "narwhals", None)
    with pytest.raises(SettingsError, match=r"Narwhals, which is not installed; install the extra: pip install '.\[dataframe"):
        frame_of(COLUMNS, [])
