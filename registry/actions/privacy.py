"""Personal data of one person: found by blind index; told, corrected and erased, with a reason and on record.

What the record says of it are salted commitments. A correction or an erasure writes another salt and tells the record
the new state, so that verification stays clean and the old words cannot be guessed from the old commitment any more.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from sqlmodel import Session, col, or_, select

from registry.actions.cases import form_of, personal_digests
from registry.actions.personal import is_personal
from registry.base.errors import BadInput, Fault, NotFound, Refused
from registry.base.i18n import msg
from registry.host.registry import Registry
from registry.rules.form import read_value
from registry.rules.permission import SYSTEM, Actor, Role
from registry.store.access import PrivacyAct, put_index, subjects_of
from registry.store.account import Account
from registry.store.case import Case, Submission
from registry.store.crypto import BlindIndex, contact_digests
from registry.store.cultivation import CultivationSuggestion
from registry.store.evidence import Evidence, erase, files_of
from registry.store.notice import Objection
from registry.store.people import Person
from registry.store.session import WriteSession

MIN_REASON = 5
"""Characters of a reason."""
Answers = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Holding:
    """Where something of a person lies: ids."""

    persons: list[str]
    cases: list[str]
    objections: list[str]
    suggestions: list[str]

    def __bool__(self) -> bool:
        return bool(self.persons or self.cases or self.objections or self.suggestions)


def require_guardian(actor: Actor, reason: str) -> None:
    """Raise Refused unless the actor guards personal data; BadInput without a reason."""
    if actor != SYSTEM and not actor.has(Role.SECURITY_ADMIN):
        raise Refused(msg("Only the security administrator may do this."))
    if len(reason.strip()) < MIN_REASON:
        raise BadInput(Fault(msg("Say why: who asked for it, and when."), field="reason"))


def find(session: Session, index: BlindIndex, words: str) -> Holding:
    """Everything that a telephone number, ID number or e-mail address leads to. Raises BadInput without one."""
    digests = contact_digests(index, words)
    if not digests:
        raise BadInput(Fault(msg("Write a telephone number, an ID number or an e-mail address."), field="number"))
    plain = [digest for _, digest in digests]
    persons = session.exec(
        select(Person.id).where(or_(col(Person.id_index).in_(plain), col(Person.phone_index).in_(plain)))
    ).all()
    subjects = [subject.partition(":") for subject in subjects_of(session, digests)]
    cases = [id for kind, _, id in subjects if kind == "case"]
    opened = session.exec(select(Case.id).where(col(Case.parent_id).in_(cases))).all()
    objections, suggestions = ([id for kind, _, id in subjects if kind == k] for k in ("objection", "suggestion"))
    return Holding(sorted(persons), sorted({*cases, *opened}), objections, suggestions)


def locate(registry: Registry, actor: Actor, words: str, reason: str) -> Holding:
    """What is held, without showing any of it; on record. Raises Refused, BadInput."""
    require_guardian(actor, reason)
    with acting(registry, actor) as session:
        held = find(session, registry.store.index, words)
        record(session, "privacy.find", reason, **where(held))
        return held


@contextmanager
def acting(registry: Registry, actor: Actor) -> Iterator[WriteSession]:
    """A transaction that reads everything; the record names the actor."""
    with registry.store.system() as session:
        session.actor = actor
        yield session


def record(session: WriteSession, what: str, reason: str, subject: str = "privacy:person", **detail: Any) -> None:
    """What was done and why: ids in the record, the reason encrypted, as it may name somebody."""
    session.add(PrivacyAct(what=what, by=session.actor.person, at=session.now, reason=reason.strip()))
    session.record(what, subject, **detail)


def where(held: Holding) -> dict[str, Any]:
    """The ids of a holding, for the record."""
    return asdict(held)


def correct(registry: Registry, actor: Actor, *, number: str, field: str, value: str, reason: str) -> None:
    """Put a personal answer right in the application with this number and in the cases it opened, as the person may ask.

    Raises Refused, BadInput, NotFound.
    """
    require_guardian(actor, reason)
    with acting(registry, actor) as session:
        case = session.exec(select(Case).where(Case.number == number)).one_or_none()
        if case is None or "form" not in case.pins:
            raise NotFound(msg("There is no such case, or it is not one of yours."))
        asked = form_of(session, case).field(field)
        if asked is None or asked.personal is None or asked.type == "file":
            raise BadInput(Fault(msg("This form has no personal answer “{field}”.", field=field), field="field"))
        read, fault = read_value(asked, value)
        if fault:
            raise BadInput(Fault(fault, field="value"))
        for one in family(session, case):
            rewrite(registry, session, one, lambda answers: answers | ({field: read} if field in answers else {}))
        record(session, "privacy.correct", reason, f"case:{case.id}", field=field)


def erase_person(registry: Registry, actor: Actor, words: str, reason: str) -> Holding:
    """Erase what is held of a person: personal answers, personal files, objections, suggestions, and closed accounts'
    names.

    Raises Refused while a case, an objection or a suggestion is still open or an account still in use, BadInput, NotFound.
    """
    require_guardian(actor, reason)
    gone: list[Evidence] = []
    with acting(registry, actor) as session:
        held = find(session, registry.store.index, words)
        if not held:
            raise NotFound(msg("Nothing is held under this number or address."))
        require_closed(session, held)
        for id in held.cases:
            gone += erase_case(registry, session, session.get_one(Case, id))
        for id in held.objections:
            erase_objection(session, session.get_one(Objection, id))
        for id in held.suggestions:
            erase_suggestion(session, session.get_one(CultivationSuggestion, id))
        for id in held.persons:
            person = session.get_one(Person, id)
            person.name, person.id_number, person.id_index, person.phone, person.phone_index = (
                "",
                None,
                None,
                None,
                None,
            )
            session.add(person)
        record(session, "privacy.erase", reason, **where(held), files=sorted(f.id for f in gone))
    for file in gone:
        registry.store.evidence.erase(file.place)
    return held


def require_closed(session: Session, held: Holding) -> None:
    """Raise Refused with everything that is still in use."""
    in_use = [
        *(c.number or "" for id in held.cases if (c := session.get_one(Case, id)).status == "open" and c.number),
        *(o.number for id in held.objections if (o := session.get_one(Objection, id)).status == "open"),
        *(s.code for id in held.suggestions if (s := session.get_one(CultivationSuggestion, id)).status == "open"),
        *session.exec(
            select(Account.login).where(col(Account.person_id).in_(held.persons), col(Account.disabled_at).is_(None))
        ),
    ]
    if in_use:
        raise Refused(msg("Still in use, so that nothing was erased: {what}.", what=", ".join(in_use)))


def family(session: Session, case: Case) -> list[Case]:
    """A case and those that it opened."""
    return [case, *session.exec(select(Case).where(Case.parent_id == case.id).order_by(Case.id))]


def rewrite(registry: Registry, session: WriteSession, case: Case, change: Callable[[Answers], Answers]) -> None:
    """Change the answers of a case, in its draft and in everything that was sent, under other salts."""
    case.draft = change(case.draft)
    session.add(case)
    for sent in session.exec(select(Submission).where(Submission.case_id == case.id).order_by(col(Submission.n))):
        sent.answers, sent.salt = change(sent.answers), secrets.token_hex(16)
        session.add(sent)
    put_index(session, f"case:{case.id}", personal_digests(registry.store.index, form_of(session, case), case.draft))


def erase_case(registry: Registry, session: WriteSession, case: Case) -> list[Evidence]:
    """Erase the personal answers and files of a case; returns the files, whose bytes are to be taken away."""
    personal = {f.id for f in form_of(session, case).fields() if f.personal}
    rewrite(registry, session, case, lambda answers: {k: v for k, v in answers.items() if k not in personal})
    files = [f for f in files_of(session, case.id) if f.field in personal and not f.erased_at]
    for file in files:
        erase(file, session.now)
        session.add(file)
    return files


def erase_objection(session: WriteSession, objection: Objection) -> None:
    """Erase who objected and the words; number, dates and outcome stay."""
    objection.name = objection.unit = objection.contact = None
    objection.words, objection.answer = "", "" if objection.answer else None
    objection.salt = secrets.token_hex(16)
    session.add(objection)
    put_index(session, f"objection:{objection.id}", set())


def erase_suggestion(session: WriteSession, suggestion: CultivationSuggestion) -> None:
    """Erase why somebody suggested a brand and how to reach them; which brand it was and what came of it stay."""
    suggestion.reason, suggestion.contact = "", None
    suggestion.salt = secrets.token_hex(16)
    session.add(suggestion)
    put_index(session, f"suggestion:{suggestion.id}", set())


def erase_evidence(registry: Registry, actor: Actor, *, evidence_id: str, reason: str) -> None:
    """Erase one file: its data key is destroyed, the row with its hash stays. Raises Refused, BadInput, NotFound."""
    require_guardian(actor, reason)
    with acting(registry, actor) as session:
        file = session.get(Evidence, evidence_id)
        if file is None or file.erased_at:
            raise NotFound(msg("There is no such file in this case."))
        erase(file, session.now)
        session.add(file)
        record(session, "evidence.erase", reason, f"case:{file.case_id}", evidence=file.id)
    registry.store.evidence.erase(file.place)


def personal_files(session: Session, case: Case) -> list[Evidence]:
    """The personal files of a case that are still there."""
    return [f for f in files_of(session, case.id) if is_personal(session, case, f.field) and not f.erased_at]  # type: ignore[arg-type]
