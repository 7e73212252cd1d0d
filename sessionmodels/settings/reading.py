"""Reads settings from all places where they may be set. Errors about them hold no password."""

from inspect import Signature
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as UnreadableSettings

from sessionmodels.errors import SettingsError
from sessionmodels.errors.redaction import quiet
from sessionmodels.settings.help import described, parameter
from sessionmodels.settings.messages import about_values, about_variable
from sessionmodels.settings.places import Arguments, Environment, File, Pyproject, origins, refuse_unknown_variables
from sessionmodels.settings.presets import Preset

if TYPE_CHECKING:  # the library's own metaclass tells type checkers that each setting is an argument
    from pydantic._internal._model_construction import ModelMetaclass as _Documented
else:

    class _Documented(type(BaseSettings)):
        """Makes `help` show the settings and hide the library's own methods."""

        def __dir__(cls) -> list[str]:
            return [name for name, thing in vars(cls).items() if isinstance(thing, property)]


class ReadSettings(BaseSettings, metaclass=_Documented):
    """Settings that come from arguments, the environment and the settings files.

    Type checkers derive the arguments from the declared settings, so subclasses must not define `__init__`.
    """

    model_config = SettingsConfigDict(
        env_prefix="SESSIONMODELS_",
        toml_file="sessionmodels.toml",
        pyproject_toml_table_header=("tool", "sessionmodels"),
        extra="forbid",
        env_ignore_empty=True,
        frozen=True,
        validate_default=True,
    )

    reads_outside: ClassVar = True
    """Whether the environment and the settings files are read, too."""

    def __init__(self, **values: Any) -> None:
        """Accept settings as keywords. The others come from the environment, the settings files or the defaults."""
        values = _quiet(values)
        try:
            super().__init__(**values)
        except ValidationError as error:
            wrong = SettingsError(about_values(error, type(self).model_fields, origins(type(self), values)))
        except UnreadableSettings as error:
            wrong = SettingsError(about_variable(error, type(self).model_config.get("env_prefix", "")))
        except SettingsError as error:
            wrong = error
        else:
            return
        # Raised here, the error has no context and no other frames: their locals would hold passwords.
        raise wrong.with_traceback(None)

    @classmethod
    def __pydantic_init_subclass__(cls, **_more: Any) -> None:
        """Write each setting into the docstring and the signature."""
        cls.__doc__ = described(cls)
        cls.__signature__ = Signature([parameter(name, field) for name, field in cls.model_fields.items()])

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the places that settings come from, without `.env` and the secrets folder."""
        del env_settings, dotenv_settings, file_secret_settings
        outside = (Environment, File, Pyproject) if cls.reads_outside else ()
        places = (Arguments(settings_cls, init_settings()), *(place(settings_cls) for place in outside))
        return (*places, Preset(settings_cls))

    @model_validator(mode="after")
    def _known_environment(self) -> Self:
        """Refuse a mistyped variable, which would otherwise be silently ignored."""
        refuse_unknown_variables(self.model_config.get("env_prefix", ""), type(self).model_fields)
        return self


def _quiet(values: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments in a form that shows no password in a traceback."""
    url = values.get("url")
    return quiet(values) | ({"url": SecretStr(url)} if isinstance(url, str) else {})
