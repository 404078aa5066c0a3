"""Titles of the past: recorded by one person from their documents, confirmed by another."""

from datetime import date

import pytest
from sqlmodel import select

from registry.actions import ledger, recorded
from registry.actions.ledger_take import import_ledger
from registry.base.errors import BadInput, NotFound, Refused, Stale
from registry.rules.permission import SYSTEM
from registry.store.access import AccessLog
from registry.store.account import account_by_login
from registry.store.ledger import RecordedTitle, refused_titles, waiting_titles
from registry.store.title import Title
from registry.testing import PDF, XUYI, Kit, add
from tests.ledgers import make

pytestmark = pytest.mark.slow

HEADS = "品牌名称,类别,级别,认定单位,文号,认定时间,有效期至,证书编号\n"


def bring(kit: Kit, *rows: str, login: str = "xuyi-officer") -> list[RecordedTitle]:
    """Rows into the register; the titles that wait."""
    data = (HEADS + "\n".join(rows)).encode()
    actor = kit.who(login)
    id = ledger.hand_in(kit.registry, actor, name="a.csv", data=data, region=XUYI, kind="labour_brand")
    import_ledger(kit.registry, actor, id)
    return waiting(kit)


def waiting(kit: Kit) -> list[RecordedTitle]:
    with kit.registry.store.read(SYSTEM) as session:
        return waiting_titles(session, frozenset({XUYI}))


def scan(kit: Kit, *documents: str) -> None:
    for document in documents:
        recorded.attach_scan(kit.registry, kit.who("xuyi-officer"), document=document, name="文件.pdf", data=PDF)


def marks(kit: Kit, rows: list[RecordedTitle]) -> dict[str, str]:
    with kit.registry.store.read(SYSTEM) as session:
        return {row.id: recorded.mark_of(session, session.get_one(RecordedTitle, row.id)) for row in rows}


def titles(kit: Kit) -> list[Title]:
    with kit.registry.store.read() as session:
        return list(session.exec(select(Title).order_by(Title.document_date)))


def test_titles_are_titles_when_another_person_has_confirmed_them(kit: Kit) -> None:
    officer = kit.who("xuyi-officer")
    id = ledger.hand_in(
        kit.registry, officer, name="a.xlsx", data=make.workbook(make.good_rows(12)), region=XUYI, kind="labour_brand"
    )
    import_ledger(kit.registry, officer, id)
    rows = waiting(kit)
    assert len(rows) == 12 and titles(kit) == []
    with pytest.raises(BadInput, match="no scan yet"):
        recorded.confirm_titles(kit.registry, kit.who("xuyi-reviewer"), marks(kit, rows))
    assert recorded.attach_scan(kit.registry, officer, document=rows[0].document, name="文件.pdf", data=PDF) == 12
    seen = marks(kit, rows)
    with pytest.raises(Refused, match="another person"):
        recorded.confirm_titles(kit.registry, officer, seen)
    for other in ("lianshui-reviewer", "applicant"):
        with pytest.raises(NotFound):
            recorded.confirm_titles(kit.registry, kit.who(other), seen)
    first, *rest = [row.id for row in rows]
    assert recorded.confirm_titles(kit.registry, kit.who("xuyi-reviewer"), {k: seen[k] for k in rest}) == 11
    made = titles(kit)
    assert len(made) == 11 and {t.origin for t in made} == {"recorded"} and len({t.number for t in made}) == 11
    assert {t.level for t in made} == {"city", "county"} and all(t.valid_to or t.level == "county" for t in made)
    assert all(t.status == ("expired" if t.valid_to and t.valid_to < date(2026, 3, 2) else "valid") for t in made)
    with pytest.raises(Refused, match="decided already"):
        recorded.confirm_titles(kit.registry, kit.who("xuyi-leader"), seen)
    assert len(titles(kit)) == 11 and [w.id for w in waiting(kit)] == [first], "all of them or none"
    assert kit.health().fault is None


def test_title_without_an_end_ends_as_the_rules_of_its_level_say(kit: Kit) -> None:
    rows = bring(kit, "盱眙虚构甲工,技能类,市级,示例市人社局,示例发〔2024〕1号,2024-05-08,,")
    with kit.registry.store.read(SYSTEM) as session:
        ends = recorded.ends_on(session, session.get_one(RecordedTitle, rows[0].id))
    assert ends == date(2027, 5, 8)
    scan(kit, "示例发〔2024〕1号")
    recorded.confirm_titles(kit.registry, kit.who("city-officer"), marks(kit, rows))
    assert [(t.valid_to, t.status) for t in titles(kit)] == [(ends, "valid")]


def test_what_is_confirmed_is_what_was_shown(kit: Kit) -> None:
    rows = bring(kit, "盱眙虚构甲工,技能类,市级,示例市人社局,示例发〔2024〕1号,2024-05-08,2027-05-07,")
    scan(kit, "示例发〔2024〕1号")
    seen = marks(kit, rows)
    data = (HEADS + "盱眙虚构甲工,技能类,市级,示例市人社局,示例发〔2024〕1号,2024-05-08,2034-05-07,").encode()
    officer = kit.who("xuyi-officer")
    id = ledger.hand_in(kit.registry, officer, name="b.csv", data=data, region=XUYI, kind="labour_brand")
    import_ledger(kit.registry, officer, id, overwrite=True)
    with pytest.raises(Stale, match="not as it was shown"):
        recorded.confirm_titles(kit.registry, kit.who("xuyi-reviewer"), seen)
    assert titles(kit) == []


def test_whoever_has_changed_a_title_that_waits_does_not_confirm_it(kit: Kit) -> None:
    row = "盱眙虚构甲工,技能类,市级,示例市人社局,示例发〔2024〕1号,2024-05-08,{},"
    bring(kit, row.format("2027-05-07"))
    city = kit.who("city-officer")
    id = ledger.hand_in(
        kit.registry,
        city,
        name="b.csv",
        data=(HEADS + row.format("2028-05-07")).encode(),
        region=XUYI,
        kind="labour_brand",
    )
    import_ledger(kit.registry, city, id, overwrite=True)
    scan(kit, "示例发〔2024〕1号")
    with pytest.raises(Refused, match="another person"):
        recorded.confirm_titles(kit.registry, city, marks(kit, waiting(kit)))
    recorded.confirm_titles(kit.registry, kit.who("xuyi-officer"), marks(kit, waiting(kit)))
    assert [t.valid_to for t in titles(kit)] == [date(2028, 5, 7)]


def test_newest_document_of_a_level_counts(kit: Kit) -> None:
    rows = bring(
        kit,
        "盱眙虚构甲工,技能类,市级,示例市人社局,示例发〔2024〕1号,2024-05-08,2027-05-07,",
        "盱眙虚构甲工,技能类,市级,示例市人社局,示例发〔2023〕2号,2023-05-08,2026-05-07,",
        "盱眙虚构甲工,技能类,市级,示例市人社局,示例发〔2020〕3号,2020-05-08,2023-05-07,",
        "盱眙虚构甲工,技能类,县级,示例县人社局,示例发〔2022〕4号,2022-05-08,2028-05-07,",
    )
    scan(kit, *(row.document for row in rows))
    recorded.confirm_titles(kit.registry, kit.who("xuyi-reviewer"), marks(kit, rows))
    told = [(t.document_date.year, t.status) for t in titles(kit)]
    assert told == [(2020, "expired"), (2022, "valid"), (2023, "superseded"), (2024, "valid")]
    assert kit.health().fault is None


def test_two_titles_cannot_have_one_number(kit: Kit) -> None:
    rows = bring(
        kit,
        "盱眙虚构甲工,技能类,市级,示例市人社局,示例发〔2024〕1号,2024-05-08,,LP-2024-01",
        "盱眙虚构乙工,技能类,市级,示例市人社局,示例发〔2024〕1号,2024-05-08,,LP-2024-02",
    )
    with kit.registry.store.system() as session:
        for row in waiting_titles(session, frozenset({XUYI})):
            row.number = "LP-2024-01"
        session.record("x", "y")
    scan(kit, "示例发〔2024〕1号")
    with pytest.raises(Refused, match="another title's"):
        recorded.confirm_titles(kit.registry, kit.who("xuyi-reviewer"), marks(kit, rows))
    assert titles(kit) == []


def test_title_turned_down_says_why_and_may_be_recorded_again(kit: Kit) -> None:
    row = "盱眙虚构甲工,技能类,市级,示例市人社局,示例发〔2024〕1号,2024-05-08,2027-05-07,"
    ids = [w.id for w in bring(kit, row)]
    reviewer = kit.who("xuyi-reviewer")
    with pytest.raises(BadInput) as error:
        recorded.refuse_titles(kit.registry, reviewer, [], reason=" ")
    assert [f.field for f in error.value.faults] == ["titles", "reason"]
    assert recorded.refuse_titles(kit.registry, reviewer, ids, reason="文号与原件不符。") == 1
    with kit.registry.store.read(SYSTEM) as session:
        told = refused_titles(session, kit.who("xuyi-officer").person)
    assert [t.refusal for t in told] == ["文号与原件不符。"] and waiting(kit) == []
    assert len(bring(kit, row)) == 1
    assert kit.health().fault is None


def test_scan_is_opened_by_who_may_confirm_and_each_opening_is_logged(kit: Kit) -> None:
    rows = bring(kit, "盱眙虚构甲工,技能类,市级,示例市人社局,示例发〔2024〕1号,2024-05-08,,")
    scan(kit, "示例发〔2024〕1号")
    assert recorded.scan_of(kit.registry, kit.who("xuyi-leader"), rows[0].id) == ("application/pdf", PDF)
    with pytest.raises(NotFound):
        recorded.scan_of(kit.registry, kit.who("lianshui-leader"), rows[0].id)
    with kit.registry.store.read(SYSTEM) as session:
        assert len(session.exec(select(AccessLog)).all()) == 1
    with pytest.raises(NotFound):
        recorded.attach_scan(kit.registry, kit.who("xuyi-officer"), document="没有的", name="a.pdf", data=PDF)


def test_database_refuses_that_one_person_records_and_confirms(kit: Kit) -> None:
    first, second = bring(
        kit,
        "盱眙虚构甲工,技能类,市级,示例市人社局,示例发〔2024〕1号,2024-05-08,,",
        "盱眙虚构乙工,技能类,市级,示例市人社局,示例发〔2024〕1号,2024-05-08,,",
    )
    scan(kit, "示例发〔2024〕1号")
    recorded.confirm_titles(kit.registry, kit.who("xuyi-reviewer"), marks(kit, [first]))
    with pytest.raises(Exception, match="confirmed_by_another"), kit.registry.store.system() as session:
        row = session.get_one(RecordedTitle, second.id)
        row.confirmed_by, row.title_id = row.recorded_by, session.get_one(RecordedTitle, first.id).title_id
        session.record("x", "y")


def test_second_account_of_the_same_person_does_not_confirm(kit: Kit) -> None:
    rows = bring(kit, "盱眙虚构甲工,技能类,市级,示例市人社局,示例发〔2024〕1号,2024-05-08,,")
    scan(kit, "示例发〔2024〕1号")
    add(kit, "second", "county_reviewer", XUYI, date(2026, 3, 2))
    with kit.registry.store.system() as session:
        account = account_by_login(session, "second")
        assert account
        account.person_id = kit.who("xuyi-officer").person
        session.add(account)
        session.record("x", "y")
    with pytest.raises(Refused, match="another person"):
        recorded.confirm_titles(kit.registry, kit.who("second"), marks(kit, rows))
