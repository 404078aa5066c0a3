"""Personal data lies nowhere in clear, opens only where it was put, and with no other key."""

import base64
import json
import secrets
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import SQLModel, select

from registry.actions import cases, notices, people
from registry.base.canonical import sha256
from registry.base.errors import BadInput, Broken
from registry.base.settings import load
from registry.host.registry import Registry
from registry.rules.permission import SYSTEM
from registry.store.case import Case
from registry.store.crypto import Keyring, commitment
from registry.store.evidence import Evidence
from registry.store.notice import Notice, Objection
from registry.store.people import Person
from registry.store.record import Signer
from registry.store.table import Encrypted
from registry.testing import PDF, Kit, journey

from .. import databases
from ..conftest import open_copy
from .conftest import OBJECTION, OBJECTOR, Forger

pytestmark = pytest.mark.slow

PRIVATE = {
    "a person's name": "欧阳示例",
    "a contact": "钱示例",
    "a phone": "0517-80000099",
    "an objector": OBJECTOR["name"],
    "an objector's phone": OBJECTOR["contact"],
    "an objection": OBJECTION,
    "its answer": "经现场核查，面积相符。",
    "a reason": "培训台账缺少签名，请补正。",
    "why somebody steps back": "表姐在申报单位任职",
    "a file's name": "欧阳示例的身份证明",
    "what a file says": "(Only for the officer's eyes)",
}


def ring(**keys: bytes) -> Keyring:
    return Keyring.parse(",".join(f"{id}:{base64.b64encode(key).decode()}" for id, key in keys.items()))


A, B = secrets.token_bytes(32), secrets.token_bytes(32)


def play(kit: Kit) -> None:
    """Everything private is written by the verbs that take it."""
    people.add_account(kit.registry, SYSTEM, login="new", name=PRIVATE["a person's name"], title="办事员")
    draft = journey.drafted(
        kit,
        name="盱眙虚构乙种养员",
        answers={"contact_name": PRIVATE["a contact"], "contact_phone": PRIVATE["a phone"]},
    )
    cases.attach(
        kit.registry,
        kit.who("applicant"),
        draft,
        field="area_proof",
        name=PRIVATE["a file's name"] + ".pdf",
        data=PDF + PRIVATE["what a file says"].encode(),
    )
    cases.submit(kit.registry, kit.who("applicant"), draft, declared_true=True, key="s")
    kit.act(
        "xuyi-officer", draft, "return_for_correction", defects=({"field": "area_mu", "words": PRIVATE["a reason"]},)
    )
    cases.declare_conflict(kit.registry, kit.who("xuyi-reviewer"), draft, reason=PRIVATE["why somebody steps back"])
    journey.city(kit, "notice")
    with kit.registry.store.read(SYSTEM) as session:
        notice = session.exec(select(Notice)).one()
    public_id = notice.body["rows"][0]["public_id"]
    notices.object_to(kit.registry, notice_number=notice.number, public_id=public_id, words=OBJECTION, **OBJECTOR)
    officer = kit.who("city-officer2")
    answer = PRIVATE["its answer"]
    notices.answer_objection(kit.registry, officer, number=f"{notice.number}-1", upheld=False, answer=answer, key="a")


@pytest.fixture(scope="module")
def folder(template_registry: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Every file of a registry that is still at work: database, write-ahead log, evidence."""
    kit = open_copy(template_registry, tmp_path_factory.mktemp("private") / "registry", date(2026, 3, 2))
    play(kit)
    data_dir = kit.registry.settings.data_dir
    files = {str(f.relative_to(data_dir)): f.read_bytes() for f in data_dir.rglob("*") if f.is_file()}
    if kit.registry.settings.database_url:
        files |= databases.shared().files(str(kit.registry.store.engine.url.database))
    with kit.registry.store.system() as session:  # it is all there, for who may read it
        assert PRIVATE["a person's name"] in [p.name for p in session.exec(select(Person))]
        assert session.exec(select(Objection)).one().name == PRIVATE["an objector"]
        assert any(c.draft.get("contact_phone") == PRIVATE["a phone"] for c in session.exec(select(Case)))
        assert any(PRIVATE["a file's name"] in e.name for e in session.exec(select(Evidence)))
    kit.registry.close()
    return files


@pytest.mark.parametrize("words", PRIVATE.values(), ids=PRIVATE)
def test_private_words_lie_in_no_file(words: str, folder: dict[str, bytes]) -> None:
    assert sum(len(data) for file, data in folder.items() if "wal" in file) > 100_000
    assert len([f for f in folder if f.startswith("evidence")]) > 5
    spelt = [
        words.encode("utf-8"),
        words.encode("utf-16-le"),
        words.encode("gb18030"),
        json.dumps(words)[1:-1].encode(),
    ]
    spelt += [base64.b64encode(spelt[0])[:-4], spelt[0].hex().encode()]
    for file, data in folder.items():
        assert not [s for s in spelt if s in data], file


def test_public_words_would_have_been_found(folder: dict[str, bytes]) -> None:
    assert any("盱眙虚构乙种养员".encode() in data for data in folder.values())


ENCRYPTED = [
    (table.name, column.name, column.type.place)
    for table in SQLModel.metadata.sorted_tables
    for column in table.columns
    if isinstance(column.type, Encrypted)
]


def test_each_encrypted_column_is_bound_to_its_own_place() -> None:
    assert [(t, c) for t, c, place in ENCRYPTED if place != f"{t}.{c}"] == []
    assert len(ENCRYPTED) >= 10


def test_ciphertext_moved_to_another_column_does_not_open(forger: Forger) -> None:
    store = forger.registry.store
    with store.system() as session:
        session.connection().exec_driver_sql("UPDATE objection SET name = words")
        with pytest.raises(Broken, match=r"objection\.name was changed or moved"):
            session.exec(select(Objection)).all()
        session.rollback()


def test_ciphertext_moved_to_another_row_is_named_by_verification(forger: Forger) -> None:
    (id,) = forger.one("SELECT id FROM submission WHERE n = 1 ORDER BY rowid LIMIT 1")
    other = "SELECT answers FROM submission ORDER BY rowid DESC LIMIT 1"
    said = forger.named((f"UPDATE submission SET answers = ({other}) WHERE id = ?", id))
    assert said == f"submission:{id} disagrees with the record in answers."


def opened_with(kit: Kit, field_keys: str) -> Registry:
    kit.registry.close()
    keys = {
        key: getattr(kit.registry.settings, key) for key in ("secret_key", "index_key", "record_key", "database_url")
    }
    return Registry.open(load(data_dir=kit.registry.settings.data_dir, field_keys=field_keys, **keys), kit.clock)


@pytest.mark.parametrize(
    ("id", "said"), [("k1", "Key k1 in REGISTRY_FIELD_KEYS is not the one"), ("k2", "REGISTRY_FIELD_KEYS lacks k1")]
)
def test_missing_or_wrong_key_is_refused_at_the_start_with_what_to_do(id: str, said: str, kit: Kit) -> None:
    with pytest.raises(Broken, match=said) as refused:
        opened_with(kit, f"{id}:{base64.b64encode(A).decode()}")
    assert "Put" in str(refused.value)


def test_key_that_no_value_needs_may_go(kit: Kit) -> None:
    old = kit.registry.settings.field_keys.get_secret_value()
    spare = base64.b64encode(A).decode()
    opened_with(kit, f"{old},k0:{spare}").close()
    opened_with(kit, old).close()
    registry = opened_with(kit, f"k0:{base64.b64encode(B).decode()},{old}")
    registry.close()
    with pytest.raises(Broken, match="Key k0 in REGISTRY_FIELD_KEYS is not the one"):
        opened_with(kit, f"k0:{spare},{old}")


def test_new_key_stands_before_the_old_one_and_both_open(kit: Kit) -> None:
    old = kit.registry.settings.field_keys.get_secret_value()
    registry = opened_with(kit, f"k2:{base64.b64encode(A).decode()},{old}")
    people.add_account(registry, SYSTEM, login="new", name="新示例", title="新")
    with registry.store.read(SYSTEM) as session:
        names = [p.name for p in session.exec(select(Person))]
        sealed = session.connection().exec_driver_sql("SELECT name FROM person").scalars().all()
    assert "新示例" in names and len(names) > 5
    assert [bytes(s)[:6] for s in sealed].count(b"v1:k2:") == 1 and {bytes(s)[:6] for s in sealed} == {
        b"v1:k1:",
        b"v1:k2:",
    }
    registry.close()


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_what_was_sealed_opens_only_as_it_is_and_where_it_is(plain: bytes, noise: bytes) -> None:
    keys = ring(k1=A)
    sealed = keys.seal(plain, "person.name")
    assert keys.open(sealed, "person.name") == plain and keys.seal(plain, "person.name") != sealed
    flipped = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for bytes_, place in (
        (sealed, "person.title"),
        (flipped, "person.name"),
        (noise, "person.name"),
        (sealed[:-1], "x"),
    ):
        with pytest.raises(Broken):
            keys.open(bytes_, place)


@pytest.mark.parametrize(
    "text", ["", "k1", "k1:abc", "k1:" + base64.b64encode(b"short").decode(), ":" + "A" * 44, "k1:é"]
)
def test_key_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="REGISTRY_FIELD_KEYS"):
        Keyring.parse(text)


@pytest.mark.parametrize("seed", ["", "abc", "é", base64.b64encode(b"short").decode()])
def test_key_that_cannot_sign_is_refused(seed: str) -> None:
    with pytest.raises(BadInput, match="REGISTRY_RECORD_KEY"):
        Signer.parse(seed)


@given(st.text(), st.text())
def test_commitment_tells_nothing_without_its_salt_and_holds_for_one_value(words: str, others: str) -> None:
    said = commitment("salt", words.encode())
    assert said == commitment("salt", words.encode()) != commitment("other salt", words.encode())
    assert (said == commitment("salt", others.encode())) == (words == others)


def test_evidence_is_bound_to_its_place_and_hash(kit: Kit) -> None:
    store = kit.registry.store.evidence
    (place, key), (other, other_key) = store.put(b"one"), store.put(b"two")
    digest = sha256(b"one")
    assert store.get(place, key, digest) == b"one"
    (store.folder / place[:2] / place).write_bytes((store.folder / other[:2] / other).read_bytes())
    for data_key in (key, other_key):
        with pytest.raises(Broken, match="cannot be read"):
            store.get(place, data_key, digest)
    with pytest.raises(Broken, match="not the one that was recorded"):
        store.get(other, other_key, digest)
    assert not list(Path(store.folder).rglob("*.part"))
