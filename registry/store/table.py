"""What every table shares: the naming convention, ids, and the columns with meaning.

Table modules must not use postponed annotations: SQLModel reads them at class creation.
"""

import json
import re
import secrets
import uuid
from collections.abc import Iterable
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, Dialect, Index, LargeBinary, text
from sqlalchemy import Text as SqlText
from sqlalchemy.orm import declared_attr
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

from registry.base.canonical import canonical
from registry.store.crypto import Keyring

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Names for every constraint from the first migration: SQLite's batch mode cannot drop what has none."""


def new_id() -> str:
    """A random id of 32 hexadecimal digits."""
    return uuid.uuid4().hex


def new_code(length: int = 12) -> str:
    """A random code that people can read aloud: no 0/O, 1/I/L; 12 characters are 59 bits."""
    return "".join(secrets.choice("23456789ABCDEFGHJKMNPQRSTUVWXYZ") for _ in range(length))


def id_field() -> Any:
    """The primary key of most tables."""
    return Field(default_factory=new_id, primary_key=True, max_length=32)


def one_of(column: str, values: Iterable[str], name: str | None = None) -> CheckConstraint:
    """A CHECK that a column says one of the listed words (an enum that both databases and people can read)."""
    listed = ", ".join(f"'{v}'" for v in values)
    return CheckConstraint(f"{column} IN ({listed})", name=name or f"{column}_known")


def only_one(name: str, *columns: str, where: str) -> Index:
    """A UNIQUE over the rows that a condition holds for: only one of them may have these values."""
    return Index(name, *columns, unique=True, sqlite_where=text(where), postgresql_where=text(where))


class Json(TypeDecorator[Any]):
    """A JSON value kept as canonical text, the same on both databases. Replace it; never change it in place."""

    impl = SqlText
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """To text."""
        return None if value is None else canonical(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """From text."""
        return None if value is None else json.loads(value)


class Encrypted(TypeDecorator[Any]):
    """A JSON value encrypted with the registry's key; `place` (table.column) is bound to it, so it cannot be moved.

    The key ring hangs on the engine's dialect (see `Store`), so two registries in one process do not mix.
    """

    impl = LargeBinary
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        """Encrypt."""
        return None if value is None else keyring(dialect).seal(canonical(value), self.place)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:
        """Decrypt."""
        return None if value is None else json.loads(keyring(dialect).open(value, self.place))


def keyring(dialect: Dialect) -> Keyring:
    """The key ring of the engine that this dialect belongs to."""
    return dialect.registry_keyring  # type: ignore[attr-defined]


class Row(SQLModel):
    """A table, named like its class: `NoticeItem` is `notice_item`."""

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805
        """The table's name."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower()


class Tracked(Row):
    """A table whose outcome columns the record must tell.

    `__outcome__` names the columns that say where a thing stands. Whoever changes one must record it in the same
    transaction (the write session refuses otherwise), and verification compares the tables with the record.
    """

    __outcome__: ClassVar[tuple[str, ...]] = ()
    __committed__: ClassVar[tuple[str, ...]] = ()
    """Columns told as a salted commitment only (column `salt`): their words may be personal or be erased."""
    __digested__: ClassVar[tuple[str, ...]] = ()
    """Columns told by their SHA-256: published, but too long to be told whole."""

    @classmethod
    def told_columns(cls) -> tuple[str, ...]:
        """Every column that the record tells in one way or another."""
        return (*cls.__outcome__, *cls.__committed__, *cls.__digested__)
