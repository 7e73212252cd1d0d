"""Writes YAML, by the library of the extra `export`."""

import re
from typing import Any, Final

from sessionmodels.errors import SettingsError, how_to_install

WIDTH: Final = 130
YAML: Final = "PyYAML"
JINJA: Final = re.compile(r"(\{(?=[{%#])|[}%#](?=\}))")
"""Where a template's brackets open or close."""


def missing_extra(name: str) -> SettingsError:
    """Return the error that a library of the extra is not installed."""
    return SettingsError(f"this format is written by {name}, which is not installed; {how_to_install('export')}")


def as_yaml(plain: Any) -> str:
    """Return plain data as YAML, with keys in the given order. No text in it is a template to tools that read templates.

    Raises:
        SettingsError: the library is not installed.
    """
    try:
        import yaml  # noqa: PLC0415 - of an extra
    except ImportError:
        raise missing_extra(YAML) from None

    class Dumper(yaml.SafeDumper):
        """Writes equal values twice instead of referring from one to the other, which not every reader understands."""

        def ignore_aliases(self, data: Any) -> bool:
            """Return that there are no references."""
            del data
            return True

    return yaml.dump(without_templates(plain), Dumper=Dumper, sort_keys=False, allow_unicode=True, width=WIDTH)


def without_templates(plain: Any) -> Any:
    """Return the data with a space in whatever dbt, Cube or Looker would read as a template. Names of events may be anything."""
    if isinstance(plain, dict):
        return {name: without_templates(one) for name, one in plain.items()}
    if isinstance(plain, list):
        return [without_templates(one) for one in plain]
    return JINJA.sub(r"\1 ", plain) if isinstance(plain, str) else plain
