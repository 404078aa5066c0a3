"""Verbs of a public notice: publishing it, objecting to an entry of it, answering an objection."""

import secrets
from datetime import date
from typing import Any

from sqlmodel import select

from registry.actions import messages
from registry.actions.cases import load
from registry.actions.follow import proceed
from registry.actions.move import Given, due, open_task
from registry.actions.position import position_of
from registry.actions.titles import authority_name
from registry.base.errors import BadInput, Fault, NotFound, Refused
from registry.base.i18n import Lang, Text, msg
from registry.base.script import complete
from registry.host.registry import Registry
from registry.host.resolve import pinned, read_as
from registry.rules.criteria import CriteriaSet
from registry.rules.engine import may_answer, may_take_part
from registry.rules.permission import Actor
from registry.store.access import put_index
from registry.store.calendar import work_calendar
from registry.store.case import Case, Task, open_tasks
from registry.store.crypto import contact_digests
from registry.store.entry import Entry
from registry.store.meta import next_number
from registry.store.notice import Notice, NoticeItem, Objection, items_of, running_item
from registry.store.region import Region
from registry.store.session import ReadSession, WriteSession

MIN_ANSWER = 5
"""Characters of an answer with its reasons."""
ANSWER_DAYS = 5
"""Working days in which an objection is to be answered, unless the stage says otherwise."""
NOTICE_TITLE: dict[Lang, str] = {
    "zh-Hans": "关于拟认定{what}名单的公示",
    "en": "Public notice of proposed recognition: {what}",
}


def publish_notice(registry: Registry, actor: Actor, *, case_ids: list[str], contact: Text, places: Text) -> str:
    """Publish one notice for cases that stand in their notice stage before one authority; returns its number.

    The days count from the working day after posting; the longest length that a case's workflow asks for holds for all.
    `contact` is where to object, `places` where it is posted. Raises Refused, BadInput, NotFound.
    """
    with registry.store.write(actor) as session:
        cases = [load(session, id) for id in case_ids]
        if not cases or len({c.authority_region for c in cases}) != 1:
            raise BadInput(Fault(msg("A notice is for one or more cases of one authority."), field="cases"))
        days = max(require_notice_stage(session, case, actor) for case in cases)
        notice = new_notice(session, cases, days, contact, places)
        for case in cases:
            session.add(NoticeItem(notice_id=notice.id, case_id=case.id, entry_id=case.entry_id))
            restart_task(session, case, days + 1)
            case.version += 1
            session.add(case)
            messages.noticed(session, case, notice)
        session.record("notice.publish", f"notice:{notice.id}", cases=sorted(c.id for c in cases))
        session.changes("list:notices", "home", *(f"entry:{c.entry_id}" for c in cases))
        return notice.number


def require_notice_stage(session: ReadSession, case: Case, actor: Actor) -> int:
    """The length of a case's notice in working days. Raises Refused unless it waits to be published by this actor."""
    position = position_of(session, case)
    if position.at.duty != "notice" or running_item(session, case.id):
        raise Refused(msg("Case {number} has nothing to be published now.", number=case.number or ""))
    if refusal := may_take_part(position, actor):
        raise Refused(refusal)
    return max(position.at.days or 0, position.floors.notice_working_days.value)


def new_notice(session: WriteSession, cases: list[Case], days: int, contact: Text, places: Text) -> Notice:
    """The row of a notice with its frozen words."""
    region = session.get_one(Region, cases[0].authority_region)
    calendar = work_calendar(session)
    what = read_as(CriteriaSet, pinned(session, cases[0].pins["criteria"])).title
    title = complete(
        Text.model_validate({lang: words.format(what=what.in_(lang)) for lang, words in NOTICE_TITLE.items()})
    )
    year = session.today.year
    notice = Notice(
        number=f"{region.code}-N-{year}-{next_number(session, f'notice:{region.code}:{year}'):03}",
        authority_region=region.code,
        title=title.model_dump(),
        working_days=days,
        posted_on=session.today,
        starts_on=due(calendar, session.today, 1),
        ends_on=due(calendar, session.today, days),
        published_at=session.now,
        body={
            "authority": authority_name(region).model_dump(),
            "contact": complete(contact).model_dump(),
            "places": complete(places).model_dump(),
            "rows": [shown_row(session, case) for case in cases],
        },
    )
    session.add(notice)
    session.flush()
    return notice


def shown_row(session: WriteSession, case: Case) -> dict[str, Any]:
    """What the notice says of an entry: organisations only, never a person."""
    entry = session.get_one(Entry, case.entry_id)
    criteria = read_as(CriteriaSet, pinned(session, case.pins["criteria"]))
    home = session.get_one(Region, case.home_region)
    return {
        "entry": entry.name,
        "public_id": entry.public_id,
        "region": home.name,
        "level": case.level,
        "basis": criteria.basis.title.model_dump(),
        "scheme": criteria.title.model_dump(),
        "fictitious": entry.fictitious,
    }


def restart_task(session: WriteSession, case: Case, days: int) -> None:
    """The task to publish is done; the task to conclude the notice begins."""
    for task in open_tasks(session, case.id):
        if task.kind == "stage":
            task.status, task.done_by, task.done_at = "done", session.actor.person, session.now
            session.add(task)
    session.flush()
    open_task(session, case, position_of(session, case).at, days=days)


def object_to(
    registry: Registry,
    *,
    notice_number: str,
    public_id: str,
    words: str,
    name: str = "",
    unit: str = "",
    contact: str = "",
    channel: str = "form",
    received_on: date | None = None,
    actor: Actor | None = None,
) -> str:
    """Take an objection to one entry of a running notice; returns the code to ask after it with.

    By form from anybody; by letter (the postmark counts as `received_on`) or at the counter by an officer (`actor`).
    Without a name it is a lead (线索): looked into, and it holds nothing up. With one it holds up the recognition of that
    entry alone; the notice's dates stay.
    Raises BadInput, NotFound, Refused.
    """
    check_words(words, name, contact)
    with registry.store.system() as session:
        if actor is not None:
            session.actor = actor
        notice = session.exec(select(Notice).where(Notice.number == notice_number)).one_or_none()
        item = noticed_item(session, notice, public_id)
        assert notice is not None
        day = received_on or session.today
        if actor is not None:
            require_receiver(session, actor, item)
            require_day(day, notice, session.today)
        if item.status != "running" or (notice.ends_on and day > notice.ends_on):
            raise Refused(
                msg("This notice has ended; write to the bureau instead, the address stands below the notice.")
            )
        objection = Objection(
            number=f"{notice.number}-{next_number(session, f'objection:{notice.number}')}",
            item_id=item.id,
            case_id=item.case_id,
            channel=channel,
            received_on=day,
            anonymous=not name.strip(),
            name=name.strip() or None,
            unit=unit.strip() or None,
            contact=contact.strip() or None,
            words=words.strip(),
            salt=secrets.token_hex(16),
        )
        session.add(objection)
        session.flush()
        put_index(session, f"objection:{objection.id}", contact_digests(registry.store.index, contact))
        case = session.get_one(Case, item.case_id)
        open_task(
            session, case, position_of(session, case).at, kind="objection", subject=objection.id, days=ANSWER_DAYS
        )
        session.record(
            "objection.receive", f"objection:{objection.id}", notice=notice.id, anonymous=objection.anonymous
        )
        session.changes(f"notice:{notice.id}")
        return objection.code


def require_receiver(session: WriteSession, actor: Actor, item: NoticeItem) -> None:
    """Raise Refused unless the officer works for the authority, or for the county that recommended."""
    case = session.get_one(Case, item.case_id)
    if not {case.authority_region, case.home_region} & actor.regions:
        raise Refused(msg("Only the offices that handle this case can enter an objection to it."))


def require_day(day: date, notice: Notice, today: date) -> None:
    """Raise BadInput for a day on which nobody can have objected yet."""
    if not notice.posted_on <= day <= today:
        raise BadInput(
            Fault(
                msg("The day must lie between the notice of {start} and today.", start=notice.posted_on),
                field="received_on",
            )
        )


def check_words(words: str, name: str, contact: str) -> None:
    """Raise BadInput for what cannot be an objection."""
    faults = []
    if len(words.strip()) < 10:
        faults.append(
            Fault(msg("Say what is wrong and what you know of it, in at least ten characters."), field="words")
        )
    if len(words) > 5000:
        faults.append(
            Fault(msg("This has {n} characters; at most {max} are possible.", n=len(words), max=5000), field="words")
        )
    if name.strip() and not contact.strip():
        faults.append(Fault(msg("Say how the bureau can reach you; or leave the name out too."), field="contact"))
    if faults:
        raise BadInput(faults)


def noticed_item(session: WriteSession, notice: Notice | None, public_id: str) -> NoticeItem:
    """An entry of a notice. Raises NotFound."""
    for item in items_of(session, notice.id) if notice else []:
        if session.get_one(Entry, item.entry_id).public_id == public_id:
            return item
    raise NotFound(msg("There is no such entry in this notice."))


def answer_objection(
    registry: Registry,
    actor: Actor,
    *,
    number: str,
    upheld: bool,
    answer: str,
    key: str,
) -> None:
    """Answer an objection, by somebody who has neither filed nor reviewed nor decided the case.

    Dismissed: the notice's dates and the decision stay. Upheld: the case leaves the notice and needs review, decision and
    a full new notice. A lead is marked as looked into, with these words, which nobody outside reads. Where somebody looks
    into it, that person answers. Raises Refused, BadInput, NotFound.
    """
    if len(answer.strip()) < MIN_ANSWER:
        raise BadInput(Fault(msg("Give the answer with its reasons."), field="answer"))
    with registry.store.write(actor) as session:
        objection = session.exec(select(Objection).where(Objection.number == number)).one_or_none()
        if objection is None or objection.status != "open":
            raise NotFound(msg("There is no open objection “{number}”.", number=number))
        case = load(session, objection.case_id)
        if refusal := may_answer(position_of(session, case), actor):
            raise Refused(refusal)
        if objection.investigator not in (None, actor.person):
            raise Refused(
                msg("A colleague looks into this objection; take it over first, or leave the answer to them.")
            )
        if upheld:
            uphold = next(n for n, o in position_of(session, case).at.outcomes.items() if o.act == "uphold")
            proceed(session, case, uphold, key=key, given=Given(words={"reason": answer}))
        objection.status = "upheld" if upheld else "looked_into" if objection.anonymous else "dismissed"
        objection.answer, objection.answered_by, objection.answered_at = answer.strip(), actor.person, session.now
        session.add(objection)
        finish_task(session, case, objection.id)
        session.record("objection.answer", f"objection:{objection.id}", upheld=upheld)
        item = session.get_one(NoticeItem, objection.item_id)
        session.changes(f"notice:{item.notice_id}", "list:notices")


def finish_task(session: WriteSession, case: Case, objection_id: str) -> None:
    """The objection's task is done."""
    task = session.exec(
        select(Task).where(Task.case_id == case.id, Task.subject == objection_id, Task.status == "open")
    ).one_or_none()
    if task:
        task.status, task.done_by, task.done_at = "done", session.actor.person, session.now
        session.add(task)
