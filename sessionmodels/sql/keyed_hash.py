"""The keyed hash of an id: HMAC in a form that every warehouse can compute, and the same in Python.

HMAC is two nested hashes, each of which reads one block that depends on the key before its message. SHA-256 reads blocks of 64
bytes, and warehouses hash text. So both blocks are 64 hexadecimal characters, derived from the key in Python, and the inner hash
is passed on in hexadecimal:

    sha256(outer || hex(sha256(inner || id)))

The key itself never leaves Python.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final, Literal, TypeAlias

from sqlalchemy import String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from sessionmodels.sql.text import LongText

Block: TypeAlias = Literal["inner", "outer"]
HIDDEN: Final = "***"
"""What a statement that is printed or compared has in place of a block."""

SETTINGS: Final[dict[Block, str]] = {"inner": "sessionmodels.inner", "outer": "sessionmodels.outer"}
"""The parameters of a PostgreSQL session that hold the blocks."""


@dataclass(frozen=True)
class Blocks:
    """The two blocks that are derived from a key. Who has them can hash as with the key."""

    inner: str = field(repr=False)
    outer: str = field(repr=False)

    def hash_of(self, text: str) -> str:
        """Return the keyed hash of a text, in hexadecimal, as `keyed_hash` computes it."""
        return _hashed(self.outer + _hashed(self.inner + text))


_in_use: ContextVar[Blocks | None] = ContextVar("blocks", default=None)
_is_hidden: ContextVar[bool] = ContextVar("is_hidden", default=False)


@contextmanager
def using(blocks: Blocks) -> Iterator[None]:
    """Let statements be executed that hash ids."""
    token = _in_use.set(blocks)
    try:
        yield
    finally:
        _in_use.reset(token)


@contextmanager
def hiding_blocks() -> Iterator[None]:
    """Let statements be compiled to be printed or compared. They show `***` in place of the blocks."""
    token = _is_hidden.set(True)
    try:
        yield
    finally:
        _is_hidden.reset(token)


class keyed_hash(FunctionElement[str]):  # noqa: N801 - a word of SQL, read as a function
    """The keyed hash of a text, 64 hexadecimal characters; null if the text is null.

    Why the spellings differ: each warehouse has another name for SHA-256, and some return bytes. PostgreSQL reads the blocks from
    parameters of the session, because its log shows every statement that fails. Elsewhere they are constants: those warehouses
    have no parameters in statements that create tables.
    """

    name = "keyed_hash"
    type = LongText()
    inherit_cache = False


@compiles(keyed_hash, "duckdb")
def _duckdb(element: keyed_hash, compiler: Any, **kw: Any) -> str:
    return _nested("sha256({})", element, compiler, kw)


@compiles(keyed_hash, "postgresql")
def _postgresql(element: keyed_hash, compiler: Any, **kw: Any) -> str:
    text = _text_of(element, compiler, kw)
    for name, setting in SETTINGS.items():
        _constant(name)
        block = f"current_setting({_literal(setting, compiler)})"
        text = f"encode(sha256(convert_to({block} || {text}, 'UTF8')), 'hex')"
    return text


@compiles(keyed_hash, "bigquery")
def _bigquery(element: keyed_hash, compiler: Any, **kw: Any) -> str:
    return _nested("TO_HEX(SHA256({}))", element, compiler, kw)


@compiles(keyed_hash, "snowflake")
@compiles(keyed_hash, "redshift")
def _sha2(element: keyed_hash, compiler: Any, **kw: Any) -> str:
    return _nested("SHA2({}, 256)", element, compiler, kw)


def _nested(template: str, element: keyed_hash, compiler: Any, kw: dict[str, Any]) -> str:
    text = _text_of(element, compiler, kw)
    for block in SETTINGS:
        text = template.format(f"{_literal(_constant(block), compiler)} || {text}")
    return text


def _constant(block: Block) -> str:
    """Return a block, or what is shown in its place. No statement may be executed that would hash without the key."""
    if _is_hidden.get():
        return HIDDEN
    blocks = _in_use.get()
    if blocks is None:
        msg = "a statement that hashes ids is executed without the key"
        raise RuntimeError(msg)
    return getattr(blocks, block)


def _text_of(element: keyed_hash, compiler: Any, kw: dict[str, Any]) -> str:
    (text,) = element.clauses
    return f"({compiler.process(text, **kw)})"


def _literal(text: str, compiler: Any) -> str:
    return compiler.render_literal_value(text, String())


def _hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()
