"""How settings are read from their places, and how an error about one is raised, which holds no password."""

from inspect import Signature
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as UnreadableSettings

from sessionmodels.errors import SettingsError
from sessionmodels.errors.redaction import quiet
from sessionmodels.settings.described import described, parameter
from sessionmodels.settings.messages import about_values, about_variable
from sessionmodels.settings.sources import Arguments, Environment, File, Pyproject, origins, refuse_unknown_variables

if TYPE_CHECKING:  # from the library's own one they learn that each setting is an argument
    from pydantic._internal._model_construction import ModelMetaclass as _Documented
else:

    class _Documented(type(BaseSettings)):
        """A class of settings that `help` shows with its settings, and without the library's own methods."""

        def __dir__(cls) -> list[str]:
            return [name for name, thing in vars(cls).items() if isinstance(thing, property)]


class ReadSettings(BaseSettings, metaclass=_Documented):
    """Settings that come from arguments, the environment and the settings files.

    Type checkers take the arguments from the settings that a class of this kind declares, so it has no `__init__` of its own.
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
    """Whether other places than the arguments are read."""

    def __init__(self, **values: Any) -> None:
        """Take settings as keywords; what is not given comes from the environment, the settings file, or the default."""
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
        # Out here the error has no context and no more frames: theirs hold what stands in every place, passwords too.
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
        """Order the places where settings come from; no `.env` and no secrets folder."""
        del env_settings, dotenv_settings, file_secret_settings
        outside = (Environment, File, Pyproject) if cls.reads_outside else ()
        return (Arguments(settings_cls, init_settings()), *(place(settings_cls) for place in outside))

    @model_validator(mode="after")
    def _known_environment(self) -> Self:
        """Refuse a mistyped variable, which would otherwise do nothing in silence."""
        refuse_unknown_variables(self.model_config.get("env_prefix", ""), type(self).model_fields)
        return self


def _quiet(values: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments as no traceback shows them with a password."""
    url = values.get("url")
    return quiet(values) | ({"url": SecretStr(url)} if isinstance(url, str) else {})
