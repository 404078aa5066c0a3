"""Personal data opens for a purpose, is found by its number, told, put right and erased; the record stays clean."""

import base64
import io
import json
import secrets
import zipfile
from typing import Any

import pytest
from sqlmodel import col, select

from registry.actions import extract, held, jobs, keys, notices, people, personal, privacy, suggestions
from registry.base.errors import BadInput, NotFound, Refused
from registry.base.settings import load
from registry.host.registry import Registry
from registry.rules.permission import SYSTEM
from registry.store.access import AccessLog, Reveal
from registry.store.case import Case, CaseStep, Submission
from registry.store.crypto import normalised
from registry.store.evidence import Evidence
from registry.store.notice import Notice, Objection
from registry.store.people import Person
from registry.store.record import RecordEntry
from registry.store.rotation import encrypted_columns
from registry.testing import Kit, journey

pytestmark = pytest.mark.slow

PHONE, OBJECTOR_PHONE, AUNT = "13905170001", "13905170002", "13905170003"
WHY = "本人书面申请（示例）"


def objected(kit: Kit, **who: str) -> tuple[str, str]:
    """A city's case on notice with a message about it: (case, number of the message)."""
    id = journey.city(kit, "notice")
    with kit.registry.store.system() as session:
        notice = session.exec(select(Notice)).one()
    public_id = notice.body["rows"][0]["public_id"]
    words = "申报的种养面积与实际不符，请核查。"
    notices.object_to(kit.registry, notice_number=notice.number, public_id=public_id, words=words, **who)
    return id, f"{notice.number}-1"


def verbs_of(kit: Kit, verb: str) -> list[RecordEntry]:
    with kit.registry.store.system() as session:
        return list(session.exec(select(RecordEntry).where(RecordEntry.verb == verb)))


def test_one_sitting_opens_a_case_once_and_the_next_one_again(kit: Kit) -> None:
    id = journey.filed(kit)
    officer = kit.who("xuyi-officer")
    with pytest.raises(BadInput, match="what you need it for"):
        personal.open_personal(kit.registry, officer, id, purpose="", sitting="a")
    for sitting in ("a", "a", "b"):
        personal.open_personal(kit.registry, officer, id, purpose="check", sitting=sitting)
    personal.open_personal(kit.registry, officer, id, purpose="", sitting="b")  # open already: no reason is asked
    assert len(verbs_of(kit, "personal.open")) == 2
    with kit.registry.store.system() as session:
        assert sorted(r.sitting for r in session.exec(select(Reveal))) == ["a", "b"]


def test_lead_holds_nothing_up_and_is_marked_as_looked_into(kit: Kit) -> None:
    id, number = objected(kit)
    journey.after_notice(kit, id)
    kit.act("city-officer", id, "clear")
    officer = kit.who("city-officer2")
    with pytest.raises(NotFound):
        personal.open_objector(kit.registry, officer, number, purpose="ask", sitting="a")
    notices.answer_objection(
        kit.registry, officer, number=number, upheld=False, answer="已到现场查看，面积相符。", key="k"
    )
    with kit.registry.store.system() as session:
        assert session.exec(select(Objection)).one().status == "looked_into"
    assert kit.health().fault is None


def test_objector_is_seen_by_one_investigator_until_another_takes_over(kit: Kit) -> None:
    _, number = objected(kit, name="李示例", contact=OBJECTOR_PHONE)
    first, second = kit.who("city-officer"), kit.who("city-officer2")

    def sees(actor: Any, sitting: str) -> bool:
        with kit.registry.store.read(actor) as session:
            return personal.objector_open(session, actor, session.exec(select(Objection)).one(), sitting)

    for login in ("city-leader", "city-reviewer", "xuyi-officer"):
        with pytest.raises((Refused, NotFound)):
            personal.open_objector(kit.registry, kit.who(login), number, purpose="ask", sitting=login)
    personal.open_objector(kit.registry, second, number, purpose="ask", sitting="s2")
    assert sees(second, "s2") and not sees(second, "s3") and not sees(first, "s2")
    answer = {"number": number, "upheld": False, "answer": "经核查，面积相符。", "key": "k"}
    row = verbs_of(kit, "objection.open")[0]
    assert row.person == second.person and "李示例" not in str(row)
    personal.open_objector(kit.registry, first, number, purpose="answer", sitting="s1")
    assert sees(first, "s1") and not sees(second, "s2")
    with pytest.raises(Refused, match="colleague"):
        notices.answer_objection(kit.registry, second, **answer)
    notices.answer_objection(kit.registry, first, **answer)


def known_by(kit: Kit, number: str) -> privacy.Holding:
    return privacy.locate(kit.registry, SYSTEM, number, WHY)


@pytest.fixture
def closed(kit: Kit) -> Kit:
    """An application that has ended with a title, and an objection that was answered."""
    answers = {"contact_name": "钱示例", "contact_phone": PHONE}
    id = journey.city(kit, "notice", answers=answers)
    with kit.registry.store.system() as session:
        notice = session.exec(select(Notice)).one()
    public_id = notice.body["rows"][0]["public_id"]
    words = f"申报的面积不符，请打 {OBJECTOR_PHONE} 问我。"
    who = {"name": "李示例", "contact": OBJECTOR_PHONE}
    notices.object_to(kit.registry, notice_number=notice.number, public_id=public_id, words=words, **who)
    officer = kit.who("city-officer2")
    number = f"{notice.number}-1"
    notices.answer_objection(kit.registry, officer, number=number, upheld=False, answer="经核查，面积相符。", key="k")
    journey.after_notice(kit, id)
    kit.act("city-officer", id, "clear")
    journey.forward(kit, id, journey.CITY_STEPS, None)
    return kit


def test_person_is_found_by_number_told_and_erased_and_the_record_stays_clean(closed: Kit) -> None:
    kit = closed
    assert known_by(kit, "+86 139-0517-0001").cases and not known_by(kit, "13905170009")
    assert known_by(kit, OBJECTOR_PHONE).objections
    data = extract.extract(kit.registry, SYSTEM, PHONE, WHY)
    told = json.loads(zipfile.ZipFile(io.BytesIO(data)).read("held.json"))
    assert [a["value"] for a in told["applications"][0]["sent"][0]["answers"]] == ["钱示例", PHONE]
    code = suggestions.suggest(
        kit.registry,
        name="盱眙虚构龙虾工",
        county="xuyi",
        reason="我姑姑做这个，带动就业多。",
        contact=AUNT,
        sender="x",
    )
    with pytest.raises(Refused, match=code):
        privacy.erase_person(kit.registry, SYSTEM, AUNT, WHY)
    suggestions.answer(kit.registry, kit.who("xuyi-officer"), code, words="谢谢，暂不列入培育。", declined=True)
    told = json.loads(zipfile.ZipFile(io.BytesIO(extract.extract(kit.registry, SYSTEM, AUNT, WHY))).read("held.json"))
    assert told["suggestions"][0]["contact"] == AUNT
    with kit.registry.store.system() as session:
        before = session.exec(select(Submission.digest)).all()
    for number in (PHONE, OBJECTOR_PHONE, AUNT):
        privacy.erase_person(kit.registry, SYSTEM, number, WHY)
        assert not known_by(kit, number)
    with kit.registry.store.system() as session:
        sent = session.exec(select(Submission)).all()
        assert [s.digest for s in sent] == before and all("contact_phone" not in s.answers for s in sent)
        assert all("area_mu" in s.answers for s in sent)
        objection = session.exec(select(Objection)).one()
        assert (objection.name, objection.contact, objection.words) == (None, None, "")
    assert kit.health().fault is None
    assert PHONE not in str(verbs_of(kit, "privacy.erase")) and len(verbs_of(kit, "privacy.erase")) == 3


def test_nothing_is_erased_while_it_is_in_use(kit: Kit) -> None:
    id = journey.filed(kit, answers={"contact_phone": PHONE})
    with pytest.raises(Refused, match=str(kit.case(id).number)):
        privacy.erase_person(kit.registry, SYSTEM, PHONE, WHY)
    with pytest.raises(BadInput, match="Say why"):
        privacy.erase_person(kit.registry, SYSTEM, PHONE, "")
    with pytest.raises(Refused, match="security administrator"):
        privacy.erase_person(kit.registry, kit.who("city-leader"), PHONE, WHY)
    with pytest.raises(NotFound):
        privacy.erase_person(kit.registry, SYSTEM, "13905170009", WHY)
    with pytest.raises(BadInput, match="Write a telephone number"):
        known_by(kit, "钱示例")


def test_personal_answer_is_put_right_in_everything_that_was_sent(closed: Kit) -> None:
    kit = closed
    with kit.registry.store.system() as session:
        case = session.exec(select(Case).where(col(Case.parent_id).is_(None))).one()
    number = str(case.number)
    privacy.correct(kit.registry, SYSTEM, number=number, field="contact_phone", value="13905170003", reason=WHY)
    with kit.registry.store.system() as session:
        assert {s.answers["contact_phone"] for s in session.exec(select(Submission))} == {"13905170003"}
    assert known_by(kit, "13905170003").cases and not known_by(kit, PHONE).cases and kit.health().fault is None
    with pytest.raises(BadInput):
        privacy.correct(kit.registry, SYSTEM, number=number, field="contact_phone", value="12", reason=WHY)
    with pytest.raises(BadInput):
        privacy.correct(kit.registry, SYSTEM, number=number, field="area_mu", value="1", reason=WHY)


def test_erased_file_leaves_its_hash_and_nothing_else(kit: Kit) -> None:
    id = journey.filed(kit)
    with kit.registry.store.system() as session:
        file = session.exec(select(Evidence).where(Evidence.case_id == id)).first()
    assert file
    where = kit.registry.store.evidence.folder / file.place[:2] / file.place
    assert where.exists()
    privacy.erase_evidence(kit.registry, SYSTEM, evidence_id=file.id, reason=WHY)
    with kit.registry.store.system() as session:
        row = session.get_one(Evidence, file.id)
        assert (row.data_key, row.name, row.sha256) == ("", "", file.sha256) and row.erased_at
    assert not where.exists() and kit.health().fault is None
    with pytest.raises(NotFound, match="erased"):
        kit.registry.store.evidence.get(row.place, row.data_key, row.sha256)


def test_each_opening_of_a_file_is_logged_and_originals_are_for_few(kit: Kit) -> None:
    id = journey.filed(kit)
    with kit.registry.store.system() as session:
        file = session.exec(select(Evidence).where(Evidence.case_id == id)).first()
    assert file
    officer = kit.who("xuyi-officer")
    personal.log_opening(kit.registry, officer, file, "file.page")
    personal.log_opening(kit.registry, officer, file, "file.original", purpose="check", record=True)
    with pytest.raises(Refused, match="original stays"):
        personal.log_opening(kit.registry, kit.who("xuyi-leader"), file, "file.original", purpose="check", record=True)
    with kit.registry.store.system() as session:
        assert [r.person for r in session.exec(select(AccessLog))] == [officer.person] * 2
    assert len(verbs_of(kit, "evidence.original")) == 1


# Keys


def with_keys(kit: Kit, *, add: str) -> Registry:
    """The registry opened with a further key before the ones it has."""
    settings = kit.registry.settings
    names = ("secret_key", "index_key", "record_key", "database_url")
    old = settings.field_keys.get_secret_value()
    new = f"{add}:{base64.b64encode(secrets.token_bytes(32)).decode()},{old}"
    kept = {name: getattr(settings, name) for name in names}
    return Registry.open(load(data_dir=settings.data_dir, field_keys=new, **kept), kit.clock)


def test_rotation_encrypts_everything_anew_stops_anywhere_and_changes_nothing_told(closed: Kit) -> None:
    registry = with_keys(closed, add="k2")
    first = keys.status(registry)
    assert first.newest == "k2" and set(first.counts) == {"k1"} and first.remaining > 30
    steps = keys.rotate(registry, batch=20)
    assert next(steps) == 20
    del steps  # killed after its first transaction
    assert keys.status(registry).counts == {"k1": first.remaining - 20, "k2": 20}
    assert list(keys.rotate(registry, batch=30))[-1] == first.remaining - 20
    assert keys.status(registry).counts == {"k2": first.remaining}
    with registry.store.system() as session:
        assert any(s.reason for s in session.exec(select(CaseStep)))
        for file in session.exec(select(Evidence)):
            assert registry.store.evidence.get(file.place, file.data_key, file.sha256)
    assert Kit(registry, closed.clock).health().fault is None
    assert list(keys.rotate(registry)) == []
    registry.close()


def test_rotation_is_done_by_the_outbox(kit: Kit) -> None:
    registry = with_keys(kit, add="k2")
    keys.rotate_later(registry, SYSTEM)
    assert keys.status(registry).remaining
    jobs.run_waiting(registry)
    assert not keys.status(registry).remaining
    registry.close()


# What is declared


def test_each_encrypted_column_is_in_the_privacy_notice_once() -> None:
    told = [place for one in held.HELD for place in one.places]
    there = {column.type.place for column in encrypted_columns()}  # type: ignore[attr-defined]
    assert len(told) == len(set(told)) and set(told) == there


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("phone", "+86 139-0517-0001", "１３９０５１７０００１"),
        ("phone", "0517-80000001", "0517 80000001"),
        ("id_number", "32083019900101001x", "32083019900101001X"),
        ("email", " A@Example.cn", "a@example.cn"),
    ],
)
def test_same_number_written_otherwise_is_the_same(kind: str, one: str, other: str, kit: Kit) -> None:
    assert normalised(kind, one) == normalised(kind, other)
    index = kit.registry.store.index
    assert index.of(kind, one) == index.of(kind, other) != index.of("other", one)


def test_person_is_found_by_number_without_decrypting(kit: Kit) -> None:
    people.add_account(kit.registry, SYSTEM, login="found", name="赵示例", title="办事员")
    with kit.registry.store.system() as session:
        person = next(p for p in session.exec(select(Person)) if p.name == "赵示例")
        person.phone, person.phone_index = PHONE, kit.registry.store.index.of("phone", PHONE)
        session.add(person)
    assert known_by(kit, PHONE).persons == [person.id]
    with pytest.raises(Refused, match="found"):
        privacy.erase_person(kit.registry, SYSTEM, PHONE, WHY)
    people.disable(kit.registry, SYSTEM, login="found")
    privacy.erase_person(kit.registry, SYSTEM, PHONE, WHY)
    with kit.registry.store.system() as session:
        row = session.get_one(Person, person.id)
        assert (row.name, row.phone, row.phone_index) == ("", None, None)
