"""Imported by Python as it starts, where this folder is on its path: without pandas, as most people install the package.

DuckDB imports pandas where it finds it, as soon as a statement has a parameter. That takes longer than a build of a few events.
"""

import sys

sys.modules["pandas"] = None  # pyright: ignore[reportArgumentType] - whoever imports it is told that there is none
