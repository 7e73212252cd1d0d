"""Every setting, validated before anything is touched.

From, in this order: arguments; `SESSIONMODELS_*` in the environment; `sessionmodels.toml`, then `[tool.sessionmodels]` of
`pyproject.toml`, in the working directory; the defaults below.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    PyprojectTomlConfigSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import SettingsError as UnreadableSettings

from sessionmodels.errors import SettingsError, did_you_mean
from sessionmodels.model import Kind
from sessionmodels.models import MODELS
from sessionmodels.models.session_track_facts import OWN_COLUMNS
from sessionmodels.sql.elapsed import MICROSECONDS_A_MINUTE

PREFIX = "SESSIONMODELS_"
MAX_IDLE_MINUTES = 1_000_000
MAX_FLOW_DEPTH = 100

EXAMPLES = {
    "SESSIONMODELS_EVENT_COUNTERS": """'{"cnt_signup": ["signup"]}'""",
    "SESSIONMODELS_KINDS": """'{"tracks_flow": "view"}'""",
}

COUNTERS = {"cnt_viewed_product": ["view_product", "viewed_product"], "cnt_signup": ["signup"]}
COUNTERS_OF_DBT = {"cnt_viewed_product": ["viewed_product"], "cnt_signup": ["signup"]}


def _prefix(value: str) -> str:
    if not re.fullmatch(r"([A-Za-z_][A-Za-z0-9_]{0,39})?", value):
        msg = "a prefix is at most 40 letters, digits and underscores and starts with no digit, such as 'dbt_'"
        raise ValueError(msg)
    return value


def _clean(value: str) -> str:
    if any(character == "\0" or "\ud800" <= character <= "\udfff" for character in value):
        msg = f"found {value!r}, which holds a character that no database keeps; leave it out"
        raise ValueError(msg)
    return value


def _no_truth(value: Any) -> Any:
    if isinstance(value, bool):
        msg = f"found {value}, where a whole number belongs, such as 30"
        raise ValueError(msg)  # noqa: TRY004 - the library reports a ValueError, not a TypeError
    return value


def _counters(value: dict[str, list[str]]) -> dict[str, list[str]]:
    taken: dict[str, str] = dict.fromkeys(OWN_COLUMNS, "a column that the table has anyway")
    for name, events in value.items():
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,62}", name):
            msg = f"{name!r} is no column name; write letters, digits and underscores, such as 'cnt_signup'"
            raise ValueError(msg)
        if name.lower() in taken:
            msg = f"{name!r} stands twice: it is {taken[name.lower()]}; give the counter another name"
            raise ValueError(msg)
        if not events:
            msg = f"{name!r} counts no event; list the event names that it counts, such as ['signup']"
            raise ValueError(msg)
        taken[name.lower()] = "a counter already (case does not tell columns apart)"
    return value


def _kinds(value: dict[str, Kind]) -> dict[str, Kind]:
    for name in value:
        if name not in MODELS:
            msg = f"there is no relation {name!r}; {did_you_mean(name, MODELS)}"
            raise ValueError(msg)
    return {name: value.get(name, model.kind) for name, model in MODELS.items()}


Value = Annotated[str, AfterValidator(_clean)]
Name = Annotated[Value, Field(min_length=1)]
Schema = Annotated[Name, Field(max_length=63)]
Whole = Annotated[int, BeforeValidator(_no_truth)]
EventCounters = Annotated[dict[str, list[Value]], AfterValidator(_counters)]
Kinds = Annotated[dict[str, Kind], AfterValidator(_kinds)]


class _Place(PydanticBaseSettingsSource):
    """A place where settings come from. What a stronger place says is never mixed with what this one does."""

    def __call__(self) -> dict[str, Any]:
        """Return what is set here, but for what a stronger place has decided otherwise."""
        found = super().__call__()
        # The library would merge the entries of dictionaries; counters are one value, taken whole.
        if isinstance(found.get("event_counters"), dict):
            found["event_counters"] = MappingProxyType(found["event_counters"])
        files, table = _source_kinds(found)
        if files and table:
            msg = "tracks (files) and source_table or source_schema (a table) are both set in one place; keep one of them"
            raise SettingsError(msg)
        stronger_files, stronger_table = _source_kinds(self.current_state)
        dropped = {"source_schema", "source_table"} if stronger_files else {"tracks"} if stronger_table else set()
        return {name: value for name, value in found.items() if name not in dropped}


def _source_kinds(found: Mapping[str, Any]) -> tuple[bool, bool]:
    names_a_table = any(found.get(name) is not None for name in ("source_schema", "source_table"))
    return found.get("tracks") is not None, names_a_table


class _Arguments(_Place, InitSettingsSource):
    """Keyword arguments."""


class _Environment(_Place, EnvSettingsSource):
    """Variables of our prefix."""


class _File(_Place, TomlConfigSettingsSource):
    """`sessionmodels.toml`."""


class _Pyproject(_Place, PyprojectTomlConfigSettingsSource):
    """`[tool.sessionmodels]`."""


class Settings(BaseSettings):
    """What to read, what to write, and what a session is. Immutable.

    Raises:
        SettingsError: a value is wrong or a name unknown. It names the setting, what was found, and what to write instead.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        toml_file="sessionmodels.toml",
        pyproject_toml_table_header=("tool", "sessionmodels"),
        extra="forbid",
        frozen=True,
        validate_default=True,
    )

    url: SecretStr | None = Field(
        None, description="where the command connects, as a SQLAlchemy URL; `build_all` is handed an engine"
    )
    tracks: Name | None = Field(
        None, description="files to read in place of a table, on DuckDB: 'events/*.parquet', CSV or JSON Lines"
    )
    source_schema: Name | None = Field(None, description="schema of the raw events; the connection's default unless set")
    source_table: Name = Field("tracks", description="table of the raw events")
    target_schema: Schema | None = Field(None, description="schema of the results; the connection's default unless set")
    table_prefix: Annotated[str, AfterValidator(_prefix)] = Field("dbt_", description="stands before each relation's name")

    id_column: Name = Field("id", description="the event's own id")
    anonymous_id_column: Name = Field("anonymous_id", description="the device's id")
    user_id_column: Name = Field("user_id", description="the person's id")
    event_column: Name = Field("event", description="the event's name")
    timestamp_column: Name = Field("timestamp", description="when it happened")
    loaded_at_column: Name | None = Field(
        None, description="when it was loaded; `uuid_ts`, `loaded_at` or `received_at`, whichever is there, unless set"
    )

    idle_minutes: Whole = Field(
        30, ge=1, le=MAX_IDLE_MINUTES, description="a pause of more than so many minutes starts a new session"
    )
    flow_depth: Whole = Field(
        5, ge=1, le=MAX_FLOW_DEPTH, description="how many events `tracks_flow` shows, the event itself included"
    )
    compatibility: Literal["exact", "dbt"] = Field(
        "exact", description="'dbt' gives the figures of the dbt project that this replaces"
    )
    deduplicate: bool = Field(
        default_factory=lambda data: data.get("compatibility") != "dbt",
        description="rows with one id are one event; true unless set, false with compatibility='dbt'",
    )
    event_counters: EventCounters = Field(
        default_factory=lambda data: COUNTERS_OF_DBT if data.get("compatibility") == "dbt" else COUNTERS,
        description="columns of `session_track_facts`, and the event names that each counts",
    )
    kinds: Kinds = Field(default_factory=dict, description="'table' or 'view' for a relation, such as {'tracks_flow': 'view'}")

    def __init__(self, **values: Any) -> None:
        """Take settings as keywords; what is not given comes from the environment, the settings file, or the default."""
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise SettingsError(_explain(error)) from None
        except UnreadableSettings as error:
            raise SettingsError(_explain_variable(error)) from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            msg = f"{_broken_file()} cannot be read as TOML: {error}; mend that line"
            raise SettingsError(msg) from None
        except AttributeError:  # the library looks for a table and finds a value
            msg = "pyproject.toml has a value where a table belongs; write the settings below a heading [tool.sessionmodels]"
            raise SettingsError(msg) from None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the places where settings come from; no `.env` and no secrets folder."""
        del env_settings, dotenv_settings, file_secret_settings
        return (
            _Arguments(settings_cls, init_settings()),
            _Environment(settings_cls),
            _File(settings_cls),
            _Pyproject(settings_cls),
        )

    @model_validator(mode="after")
    def _known_environment(self) -> Self:
        """Refuse a mistyped variable, which would otherwise do nothing in silence."""
        prefix = self.model_config.get("env_prefix", "")
        known = {prefix + name.upper() for name in type(self).model_fields}
        for name in os.environ:
            if name.upper().startswith(prefix) and name.upper() not in known:
                msg = f"the environment variable {name} is no setting; {did_you_mean(name, known)}"
                raise ValueError(msg)
        return self

    @property
    def whole_minutes(self) -> bool:
        """Whether minutes are whole, the rest cut off, as BigQuery gave them to the dbt project."""
        return self.compatibility == "dbt"

    @property
    def flow_so_far(self) -> bool:
        """Whether `tracks_flow` shows the session's first names as far as it has come, as the dbt project did."""
        return self.compatibility == "dbt"

    @property
    def longest_idle_microseconds(self) -> int:
        """The longest pause inside a session. Whole minutes are more than 30 only from 31:00 on."""
        if self.whole_minutes:
            return (self.idle_minutes + 1) * MICROSECONDS_A_MINUTE - 1
        return self.idle_minutes * MICROSECONDS_A_MINUTE


class _Defaults(Settings):
    """Settings that read neither the environment nor the working directory."""

    model_config = SettingsConfigDict(env_prefix="NOT_READ_", toml_file=None, pyproject_toml_table_header=("tool", "not-read"))


def defaults(**values: Any) -> Settings:
    """Return the defaults but for what is given, the same everywhere: for the demo, and for proofs."""
    return _Defaults(**values)


def _explain_variable(error: UnreadableSettings) -> str:
    found = re.search(r'field "(\w+)"', str(error))
    variable = PREFIX + found.group(1).upper() if found else "a variable"
    return f"{variable} in the environment is no JSON; write it such as {EXAMPLES.get(variable, '{}')}"


def _broken_file() -> str:
    for name in ("sessionmodels.toml", "pyproject.toml"):
        try:
            tomllib.loads(Path(name).read_text(encoding="utf-8")) if Path(name).exists() else None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError):
            return name
    return "a settings file"


def _explain(error: ValidationError) -> str:
    # A default that could not be computed only repeats that another setting is wrong.
    found = [one for one in error.errors(include_url=False) if one["type"] != "default_factory_not_called"]
    return "\n".join(_sentence(one) for one in found)


def _sentence(one: Any) -> str:
    name = ".".join(str(part) for part in one["loc"])
    if one["type"] == "extra_forbidden":
        return f"there is no setting {name!r}; {did_you_mean(name, Settings.model_fields)}"
    message = re.sub(r"^(Value error, |(Input|String|List|Dictionary) (?=should))", "", one["msg"])
    if one["type"] == "value_error":
        return f"{name}: {message}" if name else message
    found = "" if name == "url" else f" {one['input']!r}"
    hint = f"; write it such as [{one['input']!r}]" if one["type"] == "list_type" else ""
    return f"{name}: found{found}, but it {message}{hint}"
