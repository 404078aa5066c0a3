"""A registry in which something of everything has happened, and somebody who has its file in hand."""

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pyotp
import pytest
from sqlalchemy import Boolean, Date, Integer
from sqlmodel import Session, select
from sqlmodel.sql.sqltypes import UTCDateTime

from registry.actions import (
    accounts,
    cases,
    entries,
    looks,
    notices,
    on_titles,
    personal,
    privacy,
    reach,
    round_decision,
    rounds,
    second_factor,
    signin,
)
from registry.base.canonical import sha256
from registry.base.clock import FixedClock
from registry.base.i18n import Text
from registry.host.registry import Registry
from registry.rules.permission import SYSTEM
from registry.store.entry import Entry
from registry.store.evidence import Evidence
from registry.store.message import Delivery, Message
from registry.store.notice import Notice
from registry.store.schema import APPEND_ONLY, metadata, tracked_models
from registry.store.table import Encrypted, Json, new_id
from registry.store.title import Title
from registry.store.verify import Health, verify
from registry.testing import CITY, XUYI, Kit, add, give_password, journey

from .. import databases
from ..conftest import Template, open_copy, throw_away

OBJECTOR = {"name": "李示例", "contact": "0517-80000001"}
OBJECTION = "申报的种养面积与实际不符，请核查。"


@pytest.fixture(scope="session")
def full(template_registry: Template, tmp_path_factory: pytest.TempPathFactory) -> Kit:
    """A registry with a correction, an objection answered, a title given and revoked, a figure, a conflict and a round."""
    kit = open_copy(template_registry, tmp_path_factory.mktemp("full") / "registry", date(2026, 3, 2))
    id = journey.city(kit, "notice")
    with kit.registry.store.system() as session:
        notice = session.exec(select(Notice)).one()
    public_id = notice.body["rows"][0]["public_id"]
    notices.object_to(kit.registry, notice_number=notice.number, public_id=public_id, words=OBJECTION, **OBJECTOR)
    with kit.registry.store.system() as session:
        file = session.exec(select(Evidence).order_by(Evidence.id)).first()
    assert file is not None
    reach.choose(kit.registry, kit.who("xuyi-officer"), by_email=True, by_sms=False)
    with kit.registry.store.system() as session:
        told = session.exec(select(Message.id).limit(1)).one()
        session.add(Delivery(message_id=told, channel="email", next_at=session.now))
    personal.log_opening(kit.registry, kit.who("xuyi-officer"), file, "file.view")
    privacy.locate(kit.registry, SYSTEM, OBJECTOR["contact"], "本人书面申请（示例）")
    answered_by = kit.who("city-officer2")
    number = f"{notice.number}-1"
    notices.answer_objection(kit.registry, answered_by, number=number, upheld=False, answer="经查不成立", key="a")
    journey.after_notice(kit, id)
    kit.act("city-officer", id, "clear")
    journey.forward(kit, id, journey.CITY_STEPS, None)
    with kit.registry.store.system() as session:
        title = session.exec(select(Title)).one()
        slug = session.get_one(Entry, title.entry_id).slug
        call = rounds.Call(
            title=Text.model_validate("2026年第二批（示例）"),
            kinds=("labour_brand",),
            opens_on=session.today,
            closes_on=session.today + timedelta(days=30),
            document="淮人社示例〔2026〕2号",
            document_date=session.today,
            words={"contact": Text.model_validate("市人社局就业科（示例）")},
            seats={(XUYI, "labour_brand"): 2},
        )
    round = rounds.draft(kit.registry, kit.who("city-officer"), CITY, call)
    rounds.call_round(kit.registry, kit.who("city-leader"), round)
    figure = {"fact": "practitioners", "value": "12000", "source": "statistics", "standing": "documented"}
    entries.observe(kit.registry, SYSTEM, **figure, entry=slug)
    revoked(kit, title.number)
    returned = journey.county(kit, "acceptance", name="盱眙虚构乙种养员", answers={"area_mu": "720000"})
    defects = ({"field": "area_mu", "words": "与统计表不符"},)
    kit.act("xuyi-officer", returned, "return_for_correction", defects=defects)
    round_decision.put_in_order(
        kit.registry, kit.who("xuyi-leader"), round, region=XUYI, kind="labour_brand", case_ids=[returned]
    )
    cases.declare_conflict(kit.registry, kit.who("xuyi-reviewer"), returned, reason="亲属在申报单位任职")
    looks.look(kit.registry, kit.who("xuyi-officer"), returned)
    one_of_each(kit)
    assert kit.health().fault is None
    kit.registry.close()
    return kit


def one_of_each(kit: Kit) -> None:
    """A row in every told table in which nothing has happened yet, with values that its constraints allow."""
    with kit.registry.store.system() as session:
        order = [table.name for table in metadata.sorted_tables]
        for model in sorted(tracked_models(), key=lambda m: order.index(str(m.__tablename__))):
            if session.exec(select(model).limit(1)).first() is None:
                columns = {c.name: c for c in model.__table__.columns}  # type: ignore[attr-defined]
                values = {
                    name: some_value(session, column)
                    for name, column in columns.items()
                    if name != "id" and (not column.nullable or name == "salt") and column.default is None
                }
                session.add(model(**values))
                session.record("test.row", f"test:{model.__tablename__}")


def some_value(session: Session, column: Any) -> Any:
    """A value that may stand in a column: what it refers to, one of its words, or something of its type."""
    for key in column.foreign_keys:
        found = [
            row[0]
            for row in session.connection().exec_driver_sql(f'SELECT {key.column.name} FROM "{key.column.table.name}"')
        ]
        return found[sum(map(ord, column.name)) % len(found)]
    for check in column.table.constraints:
        words = re.match(rf"{column.name} IN \('(\w+)'", str(getattr(check, "sqltext", "")))
        if words:
            return words[1]
    if isinstance(column.type, Encrypted):
        return "文字"
    if isinstance(column.type, Json):
        return {}
    if isinstance(column.type, UTCDateTime):
        return session.now  # type: ignore[attr-defined]
    if isinstance(column.type, Date):
        return session.today  # type: ignore[attr-defined]
    if isinstance(column.type, Boolean):
        return False
    return 1 if isinstance(column.type, Integer) else "x"


def guarded(kit: Kit) -> None:
    """Somebody with a password and a second factor, who has lost it: not in the registry that earlier tables are filled from."""
    login, password = "xuyi-leader", "correct horse 9"
    give_password(kit, login, password)
    add(kit, "keeper", "admin", CITY, kit.clock.now().date())
    sitting = sha256(signin.sign_in(kit.registry, login=login, password=password).token)
    device = pyotp.TOTP(second_factor.begin(kit.registry, kit.who(login)))
    code = device.at(kit.clock.now())
    second_factor.confirm(kit.registry, kit.who(login), code=code, sitting=sitting)
    accounts.propose_reset(kit.registry, kit.who("keeper"), login=login)


def revoked(kit: Kit, number: str) -> None:
    """The title is revoked: proposed, the holder heard, decided by another."""
    why = Text.model_validate("提供虚假材料（示例）")
    reviewer = kit.who("city-reviewer")
    id = on_titles.propose_revocation(kit.registry, reviewer, number=number, reason=why, public_reason=why, key="r")
    kit.act("city-officer", id, "heard", statement="当事人陈述：对事实无异议。")
    kit.act("city-leader", id, "revoke", reason="属实", **journey.MEETING)


class Forger:
    """Somebody with the database's file in hand: no trigger, no constraint, no foreign key holds them."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def one(self, sql: str, *values: Any) -> Any:
        """The first row of a query."""
        with self.registry.store.engine.connect() as connection:
            return connection.exec_driver_sql(self.spelt(sql), values).fetchone()

    def spelt(self, sql: str) -> str:
        """A statement as this database wants it."""
        if self.registry.store.engine.dialect.name == "postgresql":
            return sql.replace("?", "%s").replace("rowid", "ctid")
        return sql

    def health(self, *statements: tuple[Any, ...]) -> Health:
        """What verification finds after the statements (SQL, value, …), which are then taken back."""
        store = self.registry.store
        with store.engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                for pragma in ("foreign_keys=OFF", "ignore_check_constraints=ON"):
                    connection.connection.dbapi_connection.execute(f"PRAGMA {pragma}")  # type: ignore[union-attr]
            transaction = connection.begin()
            for sql, *values in statements:
                connection.exec_driver_sql(self.spelt(sql), tuple(values))
            with Session(connection, autoflush=False) as session:
                health = verify(session, store.signer)
            transaction.rollback()
        return health

    def named(self, *statements: tuple[Any, ...]) -> str:
        """The fault that verification names after the statements."""
        fault = self.health(*statements).fault
        assert fault is not None, statements
        return fault.text("en")


@pytest.fixture(scope="session")
def forger(full: Kit, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forger]:
    """The forger of a copy of the full registry."""
    folder = tmp_path_factory.mktemp("forged")
    if full.registry.store.engine.dialect.name == "postgresql":
        url = databases.shared().create(f"t_{new_id()[:12]}", str(full.registry.store.engine.url.database))
        unlock_postgresql(url)
    else:
        shutil.copy(full.registry.settings.data_dir / "registry.db", folder / "registry.db")
        unlock_sqlite(folder / "registry.db")
        url = ""
    settings = full.registry.settings.model_copy(update={"data_dir": folder, "database_url": url})
    registry = Registry.open(settings, FixedClock(date(2026, 4, 1)))
    guarded(Kit(registry, FixedClock(date(2026, 4, 1))))
    yield Forger(registry)
    throw_away(Kit(registry, FixedClock(date(2026, 4, 1))))


def unlock_sqlite(file: Path) -> None:
    """Take every trigger out."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")


def unlock_postgresql(url: str) -> None:
    """Take every trigger, check and foreign key out."""
    with psycopg.connect(url, autocommit=True) as connection:
        for table in APPEND_ONLY:
            connection.execute(f"DROP FUNCTION {table}_refuse() CASCADE")
        kept = "SELECT conrelid::regclass, conname FROM pg_constraint WHERE contype IN ('c', 'f') AND conrelid <> 0"
        for table, name in connection.execute(kept).fetchall():
            connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
