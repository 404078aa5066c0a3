"""Opening personal data: shown masked, opened for a purpose, on record once a case and sitting; files likewise.

A *sitting* is one sign-in (the hash of its token): what was opened in it stays open in it and in no other. Without one
(`sitting=""`) every opening is an opening of its own.
"""

from sqlmodel import select

from registry.actions.cases import form_of, load
from registry.actions.position import position_of
from registry.actions.sessions import require_second_factor
from registry.base.errors import BadInput, Fault, NotFound, Refused
from registry.base.i18n import Message, msg
from registry.host.registry import Registry
from registry.rules.engine import may_answer
from registry.rules.permission import Actor, Role
from registry.store.access import AccessLog, Reveal, revealed
from registry.store.case import Case
from registry.store.evidence import PAPER, Evidence
from registry.store.notice import Objection
from registry.store.session import ReadSession, WriteSession

PURPOSES: dict[str, Message] = {
    "contact": msg("to reach the applicant"),
    "check": msg("to check what was declared"),
    "visit": msg("to arrange a visit"),
    "objection": msg("to look into an objection"),
}
"""What it may be opened for; the record tells the purpose, never the data."""
OBJECTOR_PURPOSES: dict[str, Message] = {
    "ask": msg("to ask the objector"),
    "answer": msg("to send the answer"),
    "verify": msg("to check that the person exists"),
}
"""What an objector's identity may be opened for."""
OPENERS = frozenset(
    {
        Role.STATION,
        Role.COUNTY_OFFICER,
        Role.COUNTY_REVIEWER,
        Role.COUNTY_LEADER,
        Role.CITY_OFFICER,
        Role.CITY_REVIEWER,
        Role.CITY_LEADER,
    }
)
"""Roles that may open an applicant's personal data; experts, departments, editors and auditors see it masked."""
KEEPERS = frozenset({Role.COUNTY_OFFICER, Role.COUNTY_REVIEWER, Role.CITY_OFFICER, Role.CITY_REVIEWER})
"""Roles that may take the original bytes of a personal file away."""


def open_personal(registry: Registry, actor: Actor, case_id: str, *, purpose: str, sitting: str = "") -> None:
    """Open the personal data of a case, on record unless this sitting has opened it already.

    Raises NotFound, Refused, BadInput without a purpose.
    """
    require_second_factor(registry, actor)
    require_opener(actor)
    with registry.store.write(actor) as session:
        subject = f"case:{load(session, case_id).id}"
        if not revealed(session, sitting, subject):
            reveal(session, subject, sitting, purpose, PURPOSES)
            session.record("personal.open", subject, purpose=purpose, person=actor.person)


def require_opener(actor: Actor) -> None:
    """Raise Refused for a role that sees personal data masked only."""
    if not actor.has(*OPENERS):
        raise Refused(msg("Your role sees personal data masked only."))


def reveal(session: WriteSession, subject: str, sitting: str, purpose: str, purposes: dict[str, Message]) -> None:
    """Keep open what a sitting has opened. Raises BadInput without a purpose."""
    if purpose not in purposes:
        raise BadInput(Fault(msg("Say what you need it for."), field="purpose"))
    if sitting:
        person = session.actor.person
        session.add(Reveal(sitting=sitting, subject=subject, purpose=purpose, person=person, at=session.now))


def open_objector(registry: Registry, actor: Actor, number: str, *, purpose: str, sitting: str = "") -> None:
    """Become the one who looks into an objection and see who objected; on record once a sitting.

    Nobody else sees it: whoever takes the objection over takes that from the one before. Raises NotFound, Refused,
    BadInput without a purpose.
    """
    require_second_factor(registry, actor)
    with registry.store.write(actor) as session:
        objection = session.exec(select(Objection).where(Objection.number == number)).one_or_none()
        if objection is None or objection.status != "open" or objection.anonymous:
            raise NotFound(msg("There is no open objection “{number}”.", number=number))
        if refusal := may_answer(position_of(session, load(session, objection.case_id)), actor):
            raise Refused(refusal)
        subject, before = f"objection:{objection.id}", objection.investigator
        if before == actor.person and revealed(session, sitting, subject):
            return
        if not revealed(session, sitting, subject):
            reveal(session, subject, sitting, purpose, OBJECTOR_PURPOSES)
        objection.investigator = actor.person
        session.add(objection)
        session.record("objection.open", subject, purpose=purpose, person=actor.person, before=before)


def objector_open(session: ReadSession, actor: Actor, objection: Objection, sitting: str) -> bool:
    """Whether this sitting of the investigator has opened who objected."""
    return objection.investigator == actor.person and bool(revealed(session, sitting, f"objection:{objection.id}"))


def is_personal(session: ReadSession, case: Case, field: str) -> bool:
    """Whether the case's form marks a field as personal; the scan of a paper application is."""
    if field == PAPER:
        return True
    asked = form_of(session, case).field(field) if "form" in case.pins else None
    return asked is not None and asked.personal is not None


def log_opening(
    registry: Registry, actor: Actor, file: Evidence, what: str, *, purpose: str | None = None, record: bool = False
) -> None:
    """Log that somebody opens a file; `record` also puts it on record. Raises Refused where the role may not."""
    if what == "file.original":
        require_second_factor(registry, actor)
    if what == "file.original" and not actor.has(*KEEPERS):
        raise Refused(msg("Your role sees this file on the page only; the original stays here."))
    if record and purpose not in PURPOSES:
        raise BadInput(Fault(msg("Say what you need it for."), field="purpose"))
    with registry.store.write(actor) as session:
        session.add(
            AccessLog(
                at=session.now,
                account=actor.account,
                person=actor.person,
                what=what,
                subject=f"evidence:{file.id}",
                case_id=file.case_id,
                purpose=purpose,
            )
        )
        if record:
            session.record("evidence.original", f"case:{file.case_id}", evidence=file.id, purpose=purpose)
