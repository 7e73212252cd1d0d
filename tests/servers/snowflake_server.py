"""The Snowflake emulator `fakesnow`, run by the Python of an environment of its own: `snowflake_server.py PORT`.

Two things are mended that the connector 5 needs: fields in the answer to a login, and nulls in columns of times.
"""

import sys
from typing import Any

import fakesnow.arrow  # pyright: ignore[reportMissingImports]
import fakesnow.server  # pyright: ignore[reportMissingImports]
import pyarrow as pa  # pyright: ignore[reportMissingImports]
import uvicorn  # pyright: ignore[reportMissingImports]

LOGIN = {
    "validityInSeconds": 3600,
    "masterValidityInSeconds": 14400,
    "sessionId": 1,
    "displayUserName": "fake",
    "firstLogin": False,
}
SESSION = {"warehouseName": None, "roleName": "ACCOUNTADMIN"}
ANSWER = {"success": True, "message": None, "code": None}


class Answer(fakesnow.server.JSONResponse):
    """An answer with every field that the connector looks for."""

    def __init__(self, content: Any = None, *args: Any, **kw: Any) -> None:
        if isinstance(content, dict):
            content = {**ANSWER, **content}
            data = content.get("data")
            if isinstance(data, dict) and "token" in data and "sessionInfo" in data:
                whole = {"masterToken": data["token"], **LOGIN, **data}
                content["data"] = {**whole, "sessionInfo": {**SESSION, **data["sessionInfo"]}}
        super().__init__(content, *args, **kw)


class NullableFields:
    """`pyarrow`, but for the fields of a time, which may be null with it."""

    def __getattr__(self, name: str) -> Any:
        """Whatever it is not asked to mend."""
        return getattr(pa, name)

    def field(self, *args: Any, **kw: Any) -> Any:
        return pa.field(*args, **{**kw, "nullable": True})


as_struct = fakesnow.arrow.timestamp_to_sf_struct


def as_nullable_struct(times: Any) -> Any:
    """Return the times as the connector reads them, a null as a null."""
    whole = times.combine_chunks() if isinstance(times, pa.ChunkedArray) else times
    struct = as_struct(whole)
    parts = [struct.field(place) for place in range(struct.type.num_fields)]
    return pa.StructArray.from_arrays(parts, fields=list(struct.type), mask=whole.is_null())


fakesnow.server.JSONResponse = Answer
fakesnow.arrow.pa = NullableFields()
fakesnow.arrow.timestamp_to_sf_struct = as_nullable_struct

if __name__ == "__main__":
    uvicorn.run(fakesnow.server.app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
