"""Who may open what: every route of the application, every kind of person, and what the refused ones do not read.

`TABLE` has one row for each page and `POSTED` one for each route that only takes a form; a route without a row fails.
A new route is one line: who may, and the arguments of its address. `{case}`, `{file}`, `{item}`, `{suggestion}`,
`{role}`, `{message}`, `{task}`, `{ledger}`, `{title}`, `{sheet}`, `{notice}`, `{objection}` and `{draft}` stand for what is
there in either of two counties. Every row with one of them is asked for twice, once for each county: who may open the one
reads its secret word there, and whoever is kept out of the other finds its word in no answer.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select

from registry.actions import (
    approval,
    cases,
    cultivation,
    entries,
    invitations,
    ledger,
    ledger_take,
    notices,
    pack_drafts,
    recorded,
    rounds,
    signin,
    suggestions,
)
from registry.app import create_app
from registry.base.i18n import Text
from registry.rules.permission import SYSTEM
from registry.store.account import account_by_login
from registry.store.case import Case
from registry.store.entry import Entry
from registry.store.evidence import Evidence
from registry.store.ledger import RecordedTitle
from registry.store.message import Message
from registry.store.notice import Objection
from registry.store.people import appointments_of
from registry.store.region import Region
from registry.testing import CITY, LIANSHUI, PDF, XUYI, Kit, add, journey
from registry.web.context import COOKIE

from ..actions.test_rounds import CALL
from ..conftest import Template, open_copy, throw_away

pytestmark = [pytest.mark.slow, pytest.mark.both]

HERE, THERE = "盱眙虚构甲种养员", "涟水虚构乙缝纫工"
"""The secret words of the two counties: names that stand nowhere but in what is theirs."""
FLOW = "workflows/brand.yaml"
HOME = ("xuyi-officer", "xuyi-reviewer", "xuyi-leader")
NEIGHBOURS = ("lianshui-officer", "lianshui-reviewer", "lianshui-leader")
CITY_STAFF = ("city-officer", "city-reviewer", "city-leader")
ADMINS = ("admin", "security_admin", "audit_admin")
OTHERS = ("station", "expert", "finance_officer", "editor", "auditor", "department")
"""One person in each further role, of Xuyi; the department is invited to the one case."""
PEOPLE = ("nobody", "applicant", "other-applicant", *HOME, *NEIGHBOURS, *CITY_STAFF, *ADMINS, *OTHERS)

FEW = ("nobody", "applicant", "xuyi-officer", "admin")
"""Who is asked of what is for everybody."""

ANYBODY = frozenset(PEOPLE)
SIGNED_IN = ANYBODY - {"nobody"}
STAFF = frozenset((*HOME, *NEIGHBOURS, *CITY_STAFF, *OTHERS))
XUYI_CASE = frozenset((*HOME, *CITY_STAFF, "editor", "auditor", "department"))
"""Who sees a case of Xuyi that was sent."""
OPENERS = XUYI_CASE - {"editor", "auditor", "department"}
"""Who may open the personal data in it."""
READERS = frozenset((*HOME, *CITY_STAFF, "auditor"))
"""Who reads Xuyi's cultivation list."""
OFFICER = frozenset({"xuyi-officer"})
REMINDERS = frozenset({"xuyi-reviewer", "xuyi-leader", *CITY_STAFF})
"""Who may remind Xuyi's officer of the case that was sent; the officer is the one to be reminded."""
FILER = frozenset({"applicant"})
NOBODY_HERE = frozenset[str]()
"""For what is only there when something else has happened: everybody is told that it is not."""
ADMINISTRATION = frozenset(ADMINS)
LEDGER = frozenset((*HOME, *NEIGHBOURS, *CITY_STAFF, "editor"))
"""Who opens the ledger's section: one sees the files of one's own region."""
PAPER = LEDGER - {"editor"} | {"station"}
FILLERS = frozenset((*HOME, *CITY_STAFF))
"""Who fills Word documents of a case of Xuyi."""
NOTICED = XUYI_CASE - {"department"}
"""Who reads a notice on the desk, and that there is an objection; its words and its sender are for `INVESTIGATOR`."""
INVESTIGATOR = frozenset({"city-officer"})
KEEPERS = frozenset({"xuyi-officer", "city-officer", "editor"})
CONFIRMERS = frozenset((*HOME, *CITY_STAFF))
IN_ROUNDS = frozenset((*HOME, *NEIGHBOURS, *CITY_STAFF, "auditor"))
"""Whose work rounds are."""
CITY_LEADER = frozenset({"city-leader"})
ROUND = f"{CITY}-R-2026-01"
"""A round of the city's that is called; counties see in it what is their own."""
PACKS = frozenset((*HOME, *NEIGHBOURS, *CITY_STAFF, "admin"))
"""Who opens the section of packs; everybody there reads what is published."""
XUYI_PACK = PACKS - {*NEIGHBOURS}
"""Who reads a draft of Xuyi."""
SYSTEM_ADMIN, SECURITY_ADMIN = frozenset({"admin"}), frozenset({"security_admin"})
AUDITORS = frozenset({"auditor", "audit_admin"})


class World:
    """Two counties, each with a case sent, and one person of every kind."""

    def __init__(self, kit: Kit) -> None:
        self.kit = kit
        registry = kit.registry
        today = kit.clock.now().date()
        self.mine = journey.county(kit, "acceptance", name=HERE)
        organisation = entries.add_organisation(
            registry, SYSTEM, name=Text.model_validate("涟水示例学校（虚构）"), region=LIANSHUI, fictitious=True
        )
        add(kit, "other-applicant", "applicant", LIANSHUI, today, organisation_id=organisation)
        self.theirs = filed_in_lianshui(kit, THERE)
        for role in ADMINS:
            add(kit, role, role, CITY, today)
        for role in OTHERS[:-1]:
            add(kit, role, role, XUYI, today)
        token = invitations.invite(
            registry,
            SYSTEM,
            login="department",
            unit="示例部门",
            region=XUYI,
            to_day=date(2026, 6, 1),
            case_number=kit.case(self.mine).number or "",
        )
        invitations.accept_invitation(registry, token=token, name="王示例", password="correct horse 9")
        self.here = self.county("xuyi-officer", XUYI, HERE, self.mine)
        self.there = self.county("lianshui-officer", LIANSHUI, THERE, self.theirs)
        call = replace(CALL, kinds=("micro_park",), seats={})
        rounds.call_round(registry, kit.who("city-leader"), rounds.draft(registry, kit.who("city-officer"), CITY, call))
        self.app = create_app(registry)
        self.app.config["WTF_CSRF_METHODS"] = set()  # who may is asked here, not whether the form is ours
        self.clients = {who: self.client(who) for who in PEOPLE}

    def client(self, who: str) -> FlaskClient:
        """A browser of somebody."""
        client = self.app.test_client()
        if who != "nobody":
            with self.kit.registry.store.read(SYSTEM) as session:
                account = account_by_login(session, who)
            assert account, who
            client.set_cookie(COOKIE, signin.open_session(self.kit.registry, account.id))
        return client

    def county(self, officer: str, region: str, name: str, case: str) -> dict[str, str]:
        """What the addresses of a county name: a case and its file, a brand on its cultivation list, a role."""
        registry, actor = self.kit.registry, self.kit.who(officer)
        number = cultivation.take_up(
            registry,
            actor,
            region=region,
            about=cultivation.About(found="survey"),
            name=f"{name}（培育）",
            kind="labour_brand",
            entry_class="skills",
            fictitious=True,
        )
        with registry.store.system() as session:
            slug = session.get_one(Region, region).slug
            file = session.exec(select(Evidence.id).where(Evidence.case_id == case).limit(1)).one()
            role = appointments_of(session, actor.person)[0].id
            told = session.exec(
                select(Message).where(Message.case_id == case, Message.account_id == actor.account)
            ).one()
        code = suggestions.suggest(
            registry, name=f"{name}（推荐）", county=slug, reason="手艺好，带动就业多。", sender="x"
        )
        return {
            "case": case,
            "file": file,
            "item": number,
            "suggestion": code,
            "role": role,
            "message": told.id,
            "task": str(told.task_id),
            "sheet": approval.print_sheet(registry, actor, case),
            "draft": self.draft(officer, region, name),
            **self.ledger(officer, region, name),
            **self.objection(region, name),
        }

    def objection(self, region: str, name: str) -> dict[str, str]:
        """A notice on which a case of the county stands, and an objection to it whose words are the secret."""
        kit = self.kit
        if region == XUYI:
            id = kit.child(journey.county(kit, name="公示甲（虚构）")).id
        else:
            steps = {at: (who.replace("xuyi", "lianshui"), *rest) for at, (who, *rest) in journey.STEPS.items()}
            id = kit.child(journey.forward(kit, filed_in_lianshui(kit, "公示乙（虚构）"), steps, None)).id
        journey.forward(kit, id, journey.CITY_STEPS, "notice")
        number = journey.publish(kit, id)
        with kit.registry.store.system() as session:
            entry = session.get_one(Entry, session.get_one(Case, id).entry_id).public_id
        notices.object_to(
            kit.registry,
            notice_number=number,
            public_id=entry,
            words=f"{name}的人数与实际不符。",
            name="孙示例",
            contact="0517-80000009",
        )
        with kit.registry.store.system() as session:
            objection = session.exec(select(Objection.number).where(Objection.case_id == id)).one()
        return {"notice": number, "entry": entry, "objection": objection}

    def draft(self, officer: str, region: str, name: str) -> str:
        """A pack being written, whose workflow is called by the secret word."""
        registry, actor = self.kit.registry, self.kit.who(officer)
        id = pack_drafts.begin(registry, actor, pack=f"county_{region}", region=region)
        with registry.store.read(actor) as session:
            text = pack_drafts.texts_of(session, pack_drafts.load(session, id))[FLOW]
        words = re.sub(r"^title:.*$", f"title: {name}", text, flags=re.MULTILINE)
        pack_drafts.save(registry, actor, id, FLOW, text=words, seen=pack_drafts.mark_of(text))
        return id

    def ledger(self, officer: str, region: str, name: str) -> dict[str, str]:
        """A ledger handed in, and a title entered from another, with its scan."""
        registry, actor = self.kit.registry, self.kit.who(officer)
        columns = "品牌名称,认定级别,认定时间,认定文号"
        rows = [f"{name}{kind},县级,2023-05-08,示例人社发〔2023〕{region[-2:]}号" for kind in ("（台账）", "（在册）")]
        ids = [
            ledger.hand_in(
                registry,
                actor,
                name="台账.csv",
                data=f"{columns}\n{row}\n".encode(),
                region=region,
                kind="labour_brand",
            )
            for row in rows
        ]
        ledger_take.import_ledger(registry, actor, ids[1])
        with registry.store.system() as session:
            (title,) = session.exec(select(RecordedTitle).join(Entry).where(Entry.region == region))
        recorded.attach_scan(registry, actor, document=title.document, name="文件.pdf", data=PDF)
        return {"ledger": ids[0], "title": title.id}


def filed_in_lianshui(kit: Kit, name: str) -> str:
    """The twin: a case of the other county by another organisation."""
    actor = kit.who("other-applicant")
    id = cases.start(
        kit.registry,
        actor,
        kind="labour_brand",
        product=None,
        entry_class="skills",
        region=LIANSHUI,
        organisation_id=next(iter(actor.organisations)),
        name=Text.model_validate(name),
        fictitious=True,
    )
    with kit.registry.store.read(actor) as session:
        form = cases.form_of(session, session.get_one(Case, id))
    known = {f.id for f in form.fields()}
    faults = cases.save(kit.registry, actor, id, {k: v for k, v in journey.RICE.items() if k in known})
    assert not faults, [f.text("en") for f in faults]
    for field in (f.id for f in form.fields() if f.type == "file"):
        cases.attach(kit.registry, actor, id, field=field, name=f"{field}.pdf", data=PDF + field.encode())
    cases.submit(kit.registry, actor, id, declared_true=True, key=next(kit.keys))
    return id


@pytest.fixture(scope="module")
def world(template_registry: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Made once: nothing here changes it, because what is allowed is only looked at."""
    kit = open_copy(template_registry, tmp_path_factory.mktemp("matrix") / "registry", date(2026, 3, 2))
    yield World(kit)
    throw_away(kit)


Row = tuple[frozenset[str], dict[str, Any], bool]


def row(who: frozenset[str], shows: bool = False, **arguments: Any) -> Row:
    """(who may, arguments of the address, whether the page shows the county's word)."""
    return who, arguments, shows


TABLE: dict[str, Row] = {
    # what everybody reads; of what is not there, everybody is told so
    "static": row(ANYBODY, filename="css/site.css"),
    "public.home": row(ANYBODY),
    "public.counties": row(ANYBODY),
    "public.county": row(ANYBODY, slug="xuyi"),
    "public.county_page": row(NOBODY_HERE, slug="xuyi", path="none"),
    "public.county_style": row(ANYBODY, slug="xuyi"),
    "public.section": row(ANYBODY, section="brands"),
    "public.guide": row(ANYBODY, county="xuyi", form="xuyi.rice_crayfish.application"),
    "public.selfcheck": row(ANYBODY, county="xuyi", form="xuyi.rice_crayfish.application"),
    "public.guide_list": row(ANYBODY),
    "public.notices": row(ANYBODY),
    "public.objections": row(ANYBODY),
    "public.rounds": row(ANYBODY),
    "public.round": row(ANYBODY, number=ROUND),
    "public.privacy": row(ANYBODY),
    "public.search": row(ANYBODY),
    "public.verify": row(ANYBODY),
    "public.verify_code": row(NOBODY_HERE, code="AAAABBBBCCCC"),
    "public.entry": row(NOBODY_HERE, section="brands", slug="nothing"),
    "public.notice": row(ANYBODY, number="{notice}"),
    "public.objection": row(ANYBODY, number="{notice}", public_id="{entry}"),
    "public.objection_received": row(NOBODY_HERE, code="none"),
    "public.certificate": row(NOBODY_HERE, code="none"),
    "public.suggest.new": row(ANYBODY),
    "public.suggest.received": row(ANYBODY, code="{suggestion}"),
    "auth.sign_in": row(ANYBODY),
    "auth.start": row(SIGNED_IN),
    "auth.code": row(NOBODY_HERE),
    "auth.begin_elsewhere": row(NOBODY_HERE, provider="none"),
    "auth.back_from_elsewhere": row(NOBODY_HERE, provider="none"),
    "account.qr": row(SIGNED_IN),
    "invitation.accept": row(NOBODY_HERE, token="guessed"),
    "demo.home": row(ANYBODY),
    # an applicant's own
    "apply.home": row(SIGNED_IN),
    "apply.start": row(SIGNED_IN),
    "apply.tasks": row(FILER, True, id="{case}"),
    "apply.receipt": row(FILER, True, id="{case}"),
    "apply.receipt_code": row(FILER, id="{case}"),
    "apply.check": row(FILER, id="{case}"),
    "apply.section": row(NOBODY_HERE, id="{case}", section="brand"),
    "apply.file": row(FILER, id="{case}", evidence_id="{file}"),
    "apply.withdraw": row(FILER, True, id="{case}"),
    # the desk
    "desk.home": row(STAFF),
    "desk.overview.moved": row(STAFF),
    "desk.overview.month": row(STAFF),
    "desk.overview.aims": row(frozenset((*HOME, *NEIGHBOURS, *CITY_STAFF))),
    "desk.cases": row(STAFF),
    "desk.notices": row(STAFF),
    "desk.notice_new": row(STAFF),
    "desk.case": row(XUYI_CASE, True, id="{case}"),
    "desk.correction.compare": row(XUYI_CASE, True, id="{case}"),
    "desk.act": row(OFFICER, True, id="{case}", outcome="accept"),
    "desk.conflict": row(XUYI_CASE, True, id="{case}"),
    "desk.file": row(XUYI_CASE, id="{case}", evidence_id="{file}"),
    "desk.file_page": row(NOBODY_HERE, id="{case}", evidence_id="none", page=1),
    "desk.scores": row(NOBODY_HERE, id="{case}"),
    "desk.notice": row(NOTICED, number="{notice}"),
    "desk.objection": row(NOTICED, number="{objection}"),
    "desk.certificate": row(NOBODY_HERE, number="none"),
    "desk.rule": row(NOBODY_HERE, id="none"),
    "desk.rounds.home": row(IN_ROUNDS),
    "desk.rounds.one": row(IN_ROUNDS, number=ROUND),
    "desk.rounds.new": row(frozenset({"city-officer", "xuyi-officer", "lianshui-officer"})),
    "desk.rounds.edit": row(NOBODY_HERE, number=ROUND),
    # the cultivation list
    "desk.cultivation.home": row(READERS | set(NEIGHBOURS)),
    "desk.cultivation.export": row(READERS | set(NEIGHBOURS)),
    "desk.cultivation.new": row(frozenset({"xuyi-officer", "lianshui-officer"})),
    "desk.cultivation.item": row(READERS, True, number="{item}"),
    "desk.cultivation.edit": row(OFFICER, True, number="{item}"),
    "desk.cultivation.drop": row(OFFICER, True, number="{item}"),
    "desk.suggestions.home": row(READERS | set(NEIGHBOURS)),
    "desk.suggestions.new": row(READERS | set(NEIGHBOURS) | {"station"}),
    "desk.suggestions.one": row(READERS, True, code="{suggestion}"),
    # what came on paper
    "desk.paper.home": row(PAPER),
    "desk.paper.new": row(frozenset({"xuyi-officer", "lianshui-officer", "station"})),
    "desk.paper.scan": row(PAPER),
    "desk.paper.sheet": row(frozenset(HOME), code="{sheet}"),
    # one's own account, and the administration
    "account.home": row(SIGNED_IN),
    "admin.home": row(ADMINISTRATION | LEDGER | {"auditor"}),
    "account.password": row(SIGNED_IN),
    "account.second_factor": row(SIGNED_IN),
    "account.delegate": row(OFFICER, id="{role}"),
    "account.messages": row(SIGNED_IN),
    "account.message": row(OFFICER, id="{message}"),
    "account.reach": row(SIGNED_IN),
    "admin_people.home": row(ADMINISTRATION),
    "admin_people.listing": row(ADMINISTRATION),
    "admin_people.person": row(ADMINISTRATION, login="xuyi-officer"),
    "admin_people.new": row(SYSTEM_ADMIN),
    "admin_people.invite": row(SYSTEM_ADMIN),
    "admin_people.end": row(SYSTEM_ADMIN | SECURITY_ADMIN, id="{role}"),
    "admin_people.delegate": row(SECURITY_ADMIN, id="{role}"),
    "admin_people.merge": row(SECURITY_ADMIN, login="xuyi-officer"),
    "admin_regions.home": row(SYSTEM_ADMIN),
    "admin_regions.new": row(SYSTEM_ADMIN),
    "admin_regions.end": row(SYSTEM_ADMIN, code=LIANSHUI),
    "admin_calendar.home": row(SYSTEM_ADMIN),
    "admin_calendar.new": row(SYSTEM_ADMIN),
    "admin_calendar.year": row(SYSTEM_ADMIN, year=2026),
    "admin_messages.home": row(SYSTEM_ADMIN),
    "admin_plugins.home": row(SYSTEM_ADMIN),
    "admin_plugins.one": row(SYSTEM_ADMIN, name="xuyi"),
    "admin_signins.home": row(ADMINISTRATION),
    "admin_signins.account": row(ADMINISTRATION, login="xuyi-officer"),
    "admin_record.home": row(ADMINISTRATION | {"auditor"}),
    "admin_backtest.home": row(frozenset((*HOME, *NEIGHBOURS, *CITY_STAFF, "auditor")), set="huaian.brand.county@1"),
    "admin_audit.home": row(AUDITORS),
    "admin_audit.listing": row(AUDITORS, key="overdue"),
    "history.row": row(XUYI_CASE | {"audit_admin"}, True, table="case", id="{case}"),
    "history.find": row(NOBODY_HERE, number="none"),
    "admin_ledger.home": row(LEDGER),
    "admin_ledger.one": row(KEEPERS, True, id="{ledger}"),
    "admin_ledger.copy": row(KEEPERS, id="{ledger}"),
    "admin_ledger.empty": row(LEDGER, kind="labour_brand"),
    "admin_ledger.titles": row(LEDGER),
    "admin_ledger.scan": row(CONFIRMERS, id="{title}"),
    "admin_privacy.home": row(SECURITY_ADMIN),
    "admin_packs.home": row(PACKS),
    "admin_packs.new": row(PACKS),
    "admin_packs.draft": row(XUYI_PACK, id="{draft}"),
    "admin_packs.file": row(XUYI_PACK, True, id="{draft}", path=FLOW),
    "admin_packs.look": row(XUYI_PACK, True, id="{draft}", path=FLOW),
    "admin_packs.past": row(XUYI_PACK - {"admin"}, id="{draft}"),
    "admin_packs.archive": row(XUYI_PACK, id="{draft}"),
    "admin_packs.word": row(XUYI_PACK, id="{draft}", path=FLOW),
    "admin_packs.published_pack": row(PACKS, pack="xuyi"),
    "admin_packs.definition": row(NOBODY_HERE, id="none"),
}
POSTED: dict[str, Row] = {
    "auth.sign_out": row(ANYBODY),
    "account.end_sign_in": row(SIGNED_IN, name="none"),
    "account.end_others": row(SIGNED_IN),
    "desk.case_archive": row(READERS, id="{case}"),
    "account.message_read": row(OFFICER, id="{message}"),
    "account.messages_read": row(SIGNED_IN),
    "desk.remind": row(REMINDERS, id="{task}"),
    "desk.personal": row(OPENERS, id="{case}"),
    "desk.overview.seen": row(STAFF),
    "desk.correction.agree": row(NOBODY_HERE, id="{case}"),
    "desk.correction.turn_down": row(NOBODY_HERE, id="{case}"),
    "desk.correction.take_back": row(XUYI_CASE, id="{case}"),
    "desk.experts": row(NOBODY_HERE, id="{case}"),
    "desk.free_seat": row(NOBODY_HERE, id="{case}"),
    **{
        f"desk.rounds.{verb}": row(CITY_LEADER, number=ROUND)
        for verb in ("call", "cancel", "release", "move_up", "close")
    },
    "desk.rounds.prepare": row(frozenset({"city-officer"}), number=ROUND),
    "desk.rounds.order": row(frozenset({"xuyi-leader", "lianshui-leader"}), number=ROUND),
    "desk.re_evaluate": row(NOBODY_HERE, number="none"),
    "desk.file_original": row(XUYI_CASE, id="{case}", evidence_id="none"),
    "desk.cultivation.aims": row(OFFICER, number="{item}"),
    "desk.cultivation.file": row(READERS, number="{item}"),
    "desk.cultivation.move": row(OFFICER, number="{item}"),
    "desk.cultivation.notes": row(READERS, number="{item}"),
    "desk.cultivation.publish": row(OFFICER, number="{item}"),
    "desk.suggestions.contact": row(OFFICER, code="{suggestion}"),
    "desk.objector": row(INVESTIGATOR, number="{objection}"),
    "desk.paper.print_sheet": row(PAPER),
    "apply.document": row(FILER, id="{case}", ref="huaian.application_form"),
    "desk.documents.case": row(FILLERS, id="{case}", ref="huaian.approval_sheet"),
    "desk.documents.notice": row(NOBODY_HERE, number="{notice}", ref="huaian.approval_sheet"),
    "desk.documents.listed": row(FILLERS | {*NEIGHBOURS}, ref="huaian.summary_table"),
    "admin_people.decide": row(NOBODY_HERE, id="none", decision="confirm"),
    "admin_people.decide_merge": row(NOBODY_HERE, id="none", decision="confirm"),
    "admin_people.disable": row(NOBODY_HERE, login="none"),
    "admin_people.password": row(NOBODY_HERE, login="none"),
    "admin_signins.unlock": row(frozenset({"security_admin"}), login="none"),
    "admin_signins.disable": row(frozenset({"security_admin"}), login="none"),
    "admin_signins.link": row(NOBODY_HERE, login="none"),
    "admin_signins.propose": row(frozenset({"security_admin", "admin"}), login="none"),
    "admin_signins.decide": row(NOBODY_HERE, id="none", decision="confirm"),
    "admin_messages.again": row(SYSTEM_ADMIN),
    "admin_plugins.switch": row(NOBODY_HERE, name="none"),
    "admin_plugins.forget": row(SYSTEM_ADMIN, name="none"),
    "admin_record.verify": row(ADMINISTRATION | {"auditor"}),
    "admin_audit.sample": row(AUDITORS),
    "admin_privacy.correction": row(SECURITY_ADMIN),
    "admin_privacy.person": row(SECURITY_ADMIN),
    "admin_privacy.rotate": row(SECURITY_ADMIN),
    "demo.advance": row(ANYBODY),
    "demo.become": row(ANYBODY),
    "demo.start_over": row(ANYBODY),
    "demo.tour": row(ANYBODY, n=0),
}
"""Routes that only take a form: who is kept out is asked; who may is tested where the form is."""


def test_every_route_has_its_row(world: World) -> None:
    routes = {rule.endpoint for rule in world.app.url_map.iter_rules()}
    assert routes - {*TABLE, *POSTED} == set(), "these routes have no row in the table"
    assert {*TABLE, *POSTED} - routes <= {"demo.start_over"}, "these rows have no route"


def address(app: Flask, endpoint: str, arguments: dict[str, Any], county: dict[str, str]) -> str:
    """Where a row leads, for one of the two counties."""
    filled = {k: v.format(**county) if isinstance(v, str) else v for k, v in arguments.items()}
    with app.test_request_context():
        return app.url_for(endpoint, **filled)


def is_of_a_county(arguments: dict[str, Any]) -> bool:
    return any("{" in str(value) for value in arguments.values())


def sent_to_sign_in(answer: Any) -> bool:
    return answer.status_code == 302 and "/sign-in" in answer.headers["Location"]


@pytest.mark.parametrize("endpoint", TABLE)
def test_page_opens_for_whom_it_should_and_for_nobody_else(endpoint: str, world: World) -> None:
    who, arguments, shows = TABLE[endpoint]
    url = address(world.app, endpoint, arguments, world.here)
    for person in FEW if who == ANYBODY else PEOPLE:
        answer = world.clients[person].get(url)
        body = answer.get_data(as_text=True) if answer.mimetype.startswith("text/") else ""
        if person in who:
            assert answer.status_code in (200, 302, 303) and not sent_to_sign_in(answer), (person, answer.status)
            assert not shows or HERE in body, person
        else:
            refused = answer.status_code in (403, 404) or sent_to_sign_in(answer)
            assert refused, (person, answer.status)
            assert HERE not in body, person


@pytest.mark.parametrize("endpoint", [e for e, (_, arguments, _) in TABLE.items() if is_of_a_county(arguments)])
def test_its_twin_in_the_other_county_opens_for_none_of_them(endpoint: str, world: World) -> None:
    who, arguments, _ = TABLE[endpoint]
    url = address(world.app, endpoint, arguments, world.there)
    for person in who - {*CITY_STAFF, *ADMINS} if who != ANYBODY else ():
        answer = world.clients[person].get(url)
        assert answer.status_code in (403, 404), (person, answer.status)
        assert THERE not in answer.get_data(as_text=True), person


LISTS: dict[str, frozenset[str]] = {
    "desk.home": frozenset({"xuyi-officer"}),
    "desk.cases": XUYI_CASE,
    "desk.notices": NOBODY_HERE,
    "desk.notice_new": NOBODY_HERE,
    "desk.objection": INVESTIGATOR,
    "desk.cultivation.home": READERS,
    "desk.cultivation.export": READERS,
    "desk.suggestions.home": READERS,
    "apply.home": FILER,
    "public.home": NOBODY_HERE,
    "public.section": NOBODY_HERE,
    "admin_audit.home": NOBODY_HERE,
}
"""List → who finds Xuyi's word in it."""


@pytest.mark.parametrize("endpoint", LISTS)
def test_lists_name_what_is_ones_own_and_nothing_of_the_neighbour(endpoint: str, world: World) -> None:
    url = address(world.app, endpoint, TABLE[endpoint][1], world.here)
    read = {who: client.get(url).get_data(as_text=True) for who, client in world.clients.items()}
    assert {who for who, body in read.items() if HERE in body} == LISTS[endpoint]
    twins = {who for who, body in read.items() if THERE in body}
    if LISTS[endpoint]:
        assert twins >= {who.replace("xuyi", "lianshui") for who in LISTS[endpoint] if who.startswith("xuyi")}
    assert not twins & {*HOME, *OTHERS, *ADMINS, "applicant", "nobody"}


@pytest.mark.parametrize("endpoint", [e for e, (_, arguments, _) in POSTED.items() if is_of_a_county(arguments)])
def test_form_about_the_other_county_is_taken_from_none_of_them(endpoint: str, world: World) -> None:
    who, arguments, _ = POSTED[endpoint]
    url = address(world.app, endpoint, arguments, world.there)
    for person in who - {*CITY_STAFF, *ADMINS}:
        answer = world.clients[person].post(url)
        assert answer.status_code in (403, 404), (person, answer.status)
        assert THERE not in answer.get_data(as_text=True), person


@pytest.mark.parametrize("endpoint", POSTED)
def test_form_is_taken_from_nobody_who_is_kept_out(endpoint: str, world: World) -> None:
    who, arguments, _ = POSTED[endpoint]
    url = address(world.app, endpoint, arguments, world.here)
    for person in set(PEOPLE) - who:
        answer = world.client(person).post(url)
        assert answer.status_code in (403, 404) or sent_to_sign_in(answer), (person, answer.status)
        assert HERE not in answer.get_data(as_text=True), person


def test_nothing_was_changed_by_whoever_was_kept_out(world: World) -> None:
    assert world.kit.case(world.mine).stage == world.kit.case(world.theirs).stage == "acceptance"
    assert world.kit.health().fault is None
