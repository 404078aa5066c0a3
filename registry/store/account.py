"""Accounts, and the sign-ins that are open."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import Column
from sqlmodel import Field, Session, col, select

from registry.base.canonical import sha256
from registry.store.table import Encrypted, Row, Tracked, id_field


class Account(Tracked, table=True):
    """What a person signs in with. `title` is the name that colleagues see."""

    __outcome__ = ("person_id", "disabled_at", "password_set_at", "second_factor_at")
    __committed__ = ("external_id",)

    id: str = id_field()
    login: str = Field(unique=True, max_length=64)
    person_id: str = Field(foreign_key="person.id", index=True)
    title: str
    password_hash: str | None = None
    password_set_at: datetime | None = None
    """When the password was last chosen; nothing is known of passwords from before this was kept."""
    must_change_password: bool = Field(default=False, sa_column_kwargs={"server_default": "0"})
    """Somebody else chose the password: it opens nothing but the page where another one is chosen."""
    second_factor_at: datetime | None = None
    """Since when a second factor is asked for."""
    external_id: str | None = Field(default=None, unique=True, max_length=300)
    """Who this is to a provider of single sign-on: `PLUGIN:SUBJECT`."""
    salt: str | None = Field(default_factory=lambda: secrets.token_hex(16))
    disabled_at: datetime | None = None

    def password_aged(self, now: datetime, days: int) -> bool:
        """Whether the password is older than some days (0: never); one of unknown age is."""
        since = self.password_set_at
        return bool(days and self.password_hash and (since is None or now - since > timedelta(days=days)))


class UserSession(Row, table=True):
    """A sign-in that can be revoked; the cookie holds the random token, the table its hash."""

    token_hash: str = Field(primary_key=True, max_length=64)
    account_id: str = Field(foreign_key="account.id", index=True)
    created_at: datetime
    seen_at: datetime
    revoked_at: datetime | None = None
    waits_for_code: bool = Field(default=False, sa_column_kwargs={"server_default": "0"})
    """The password was right and the second factor is still to come: it opens nothing."""
    second_factor_at: datetime | None = None
    """When the second factor was given in this sign-in."""
    via: str | None = Field(default=None, max_length=32)
    """`password`, or the name of the plugin whose provider said who it is."""
    agent: str | None = Field(default=None, max_length=32)
    """Kind of browser and system, such as `edge windows`."""
    origin: str | None = Field(default=None, max_length=64)
    """The network it came from, the last part of the address left out."""
    failed_before: int | None = None
    """How many attempts had failed since the sign-in before."""

    @property
    def name(self) -> str:
        """What its owner's page calls it: tells it from others, and leads to no token."""
        return sha256(self.token_hash)[:16]


class ParkedForm(Row, table=True):
    """What somebody had typed when the sign-in ended: kept encrypted until it is taken up again, a day at most."""

    id: str = id_field()
    path: str
    fields: dict[str, list[str]] = Field(sa_column=Column(Encrypted("parked_form.fields"), nullable=False))
    account_id: str | None = Field(default=None, foreign_key="account.id")
    """Who had typed it; nobody else gets it."""
    created_at: datetime


def account_by_login(session: Session, login: str) -> Account | None:
    """The account of a login name."""
    return session.exec(select(Account).where(Account.login == login)).one_or_none()


def sessions_of(session: Session, account_id: str) -> list[UserSession]:
    """Every sign-in of an account that was completed, the newest first."""
    query = select(UserSession).where(UserSession.account_id == account_id, col(UserSession.waits_for_code).is_(False))
    return list(session.exec(query.order_by(col(UserSession.created_at).desc(), UserSession.token_hash)))
