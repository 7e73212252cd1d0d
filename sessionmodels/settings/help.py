"""Describes each setting with its type, default and meaning, for `help(Settings)` and for editors."""

from inspect import Parameter
from textwrap import fill
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

WIDTH: Final = 100
TITLE: Final = "Settings:"


def described(settings: type[BaseModel]) -> str:
    """Return the class's docstring with a description of each setting."""
    before = (settings.__doc__ or "").partition(TITLE)[0].rstrip()
    each = (_entry(name, field) for name, field in settings.model_fields.items())
    return "\n".join([before, "", f"    {TITLE}", *each])


def parameter(name: str, field: FieldInfo) -> Parameter:
    """Return a setting as a parameter of the signature, for editors that complete arguments."""
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default_of(field))


def default_of(field: FieldInfo) -> Any:
    """Return a setting's default when no other setting is given."""
    if field.default_factory is None:
        return field.default
    return field.get_default(call_default_factory=True, validated_data={})


def type_in_words(annotation: Any) -> str:
    """Return a type as text, without its validators."""
    kind, inner = get_origin(annotation), get_args(annotation)
    if kind is Annotated:
        return type_in_words(inner[0])
    if kind in {Union, UnionType}:
        return " | ".join(type_in_words(one) for one in inner)
    if kind is Literal:
        return " | ".join(map(repr, inner))
    if kind:
        return f"{kind.__name__}[{', '.join(type_in_words(one) for one in inner)}]"
    return {SecretStr: "str", NoneType: "None", ...: "..."}.get(annotation) or annotation.__name__


def _entry(name: str, field: FieldInfo) -> str:
    text = f"{name} ({type_in_words(field.annotation)}, default {default_of(field)!r}): {field.description}."
    return fill(text, WIDTH, initial_indent=" " * 8, subsequent_indent=" " * 12, break_long_words=False)
