"""Accounts, what they sign in with, and the sign-ins that are open."""

from datetime import datetime

from sqlalchemy import Column
from sqlmodel import Field, Session, select

from registry.store.table import Encrypted, Row, Tracked, id_field


class Account(Tracked, table=True):
    """What a person signs in with. `title` is the name that colleagues see."""

    __outcome__ = ("person_id", "disabled_at")

    id: str = id_field()
    login: str = Field(unique=True, max_length=64)
    person_id: str = Field(foreign_key="person.id", index=True)
    title: str
    password_hash: str | None = None
    disabled_at: datetime | None = None


class UserSession(Row, table=True):
    """A sign-in that can be revoked; the cookie holds the random token, the table its hash."""

    token_hash: str = Field(primary_key=True, max_length=64)
    account_id: str = Field(foreign_key="account.id", index=True)
    created_at: datetime
    seen_at: datetime
    revoked_at: datetime | None = None


class ParkedForm(Row, table=True):
    """What somebody had typed when the sign-in ended: kept encrypted until it is taken up again, a day at most."""

    id: str = id_field()
    path: str
    fields: dict[str, list[str]] = Field(sa_column=Column(Encrypted("parked_form.fields"), nullable=False))
    account_id: str | None = Field(default=None, foreign_key="account.id")
    created_at: datetime


def account_by_login(session: Session, login: str) -> Account | None:
    """The account of a login name."""
    return session.exec(select(Account).where(Account.login == login)).one_or_none()
