"""The BigQuery emulator `bqemulator`, run by the Python of an environment of its own: `bigquery_server.py REST_PORT GRPC_PORT`.

The extensions that it would download are left out: nothing here has a place on earth.
"""

import sys

from bqemulator.cli import main  # pyright: ignore[reportMissingImports]
from bqemulator.storage.engine import DuckDBEngine  # pyright: ignore[reportMissingImports]

DuckDBEngine._load_spatial = lambda _self: None
DuckDBEngine._load_format_extensions = lambda _self: None

if __name__ == "__main__":
    rest, grpc = sys.argv[1:]
    main(["start", "--rest-port", rest, "--grpc-port", grpc, "--project", "proj"])
