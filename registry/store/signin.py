"""What guards a sign-in: counted attempts, second factors, passwords used before, what two people decide."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column
from sqlmodel import Field, Session, col, select

from registry.store.table import Encrypted, Row, Tracked, id_field, one_of, only_one

SECOND_FACTOR_RESET = "second_factor_reset"


class SignInCounter(Row, table=True):
    """Attempts on one sign-in name, known or not, or from one address; both stand here as a keyed hash only."""

    __tablename__ = "sign_in_counter"

    subject: str = Field(primary_key=True, max_length=48)
    """`login:DIGEST` or `address:DIGEST`."""
    failures: int = 0
    """Failed since `window_at`."""
    window_at: datetime
    locked_until: datetime | None = None
    failed: int = 0
    """Failed since the last success."""


class SecondFactor(Row, table=True):
    """The secret that an account's device makes its codes from; not in use until a first code was right."""

    account_id: str = Field(primary_key=True, foreign_key="account.id", max_length=32)
    secret: str = Field(sa_column=Column(Encrypted("second_factor.secret"), nullable=False))
    made_at: datetime
    confirmed_at: datetime | None = None
    last_step: int | None = None
    """The step of time of the last code that was taken: no code is taken twice."""


class RecoveryCode(Row, table=True):
    """A code for when the device is lost, used once; only its keyed hash is here."""

    id: str = id_field()
    account_id: str = Field(foreign_key="account.id", index=True)
    digest: str = Field(max_length=32, unique=True)
    used_at: datetime | None = None


class PasswordUsed(Row, table=True):
    """A password that an account had: it is not chosen again."""

    id: str = id_field()
    account_id: str = Field(foreign_key="account.id", index=True)
    password_hash: str
    set_at: datetime


class AccountRequest(Tracked, table=True):
    """What one administrator proposes about an account and another confirms."""

    __table_args__ = (
        one_of("what", (SECOND_FACTOR_RESET,)),
        CheckConstraint("confirmed_by IS NULL OR confirmed_by <> proposed_by", name="confirmed_by_another"),
        only_one("uq_account_request_open", "account_id", "what", where="confirmed_by IS NULL AND ended_at IS NULL"),
    )
    __outcome__ = ("account_id", "what", "proposed_by", "confirmed_by", "ended_at")

    id: str = id_field()
    account_id: str = Field(foreign_key="account.id", index=True)
    what: str = Field(max_length=32)
    proposed_by: str
    proposed_at: datetime
    confirmed_by: str | None = None
    ended_at: datetime | None = None
    """Turned down, or too old."""


def open_requests(session: Session) -> list[AccountRequest]:
    """What waits for a second person, the oldest first."""
    query = select(AccountRequest).where(
        col(AccountRequest.confirmed_by).is_(None), col(AccountRequest.ended_at).is_(None)
    )
    return list(session.exec(query.order_by(col(AccountRequest.proposed_at), AccountRequest.id)))
