"""Second returns for what could have been said before, agreed to by two officers; and how often a region returns."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlmodel import col, select

from registry.actions.cases import load, repeated, require_unmoved
from registry.actions.follow import proceed
from registry.actions.move import Given, require_needs
from registry.actions.position import position_of
from registry.base.errors import BadInput, Fault, NotFound, Refused
from registry.base.i18n import msg
from registry.host.registry import Registry
from registry.rules.correction import said_too_late
from registry.rules.engine import may, may_take_part
from registry.rules.permission import Actor
from registry.store.case import Case, CaseStep
from registry.store.people import kept
from registry.store.returns import SecondReturn, open_return
from registry.store.session import ReadSession, WriteSession


def propose(registry: Registry, actor: Actor, case_id: str, outcome: str, *, version: int, given: Given) -> None:
    """Propose a return that names what could have been said before; it takes effect when another officer agrees.

    A second click proposes the same once. Raises Stale, Refused, BadInput, NotFound.
    """
    with registry.store.write(actor) as session:
        case = load(session, case_id)
        require_unmoved(session, case, version)
        position = position_of(session, case)
        if refusal := may(position, outcome, actor):
            raise Refused(refusal)
        require_needs(position.at.outcomes[outcome], given, session.today)
        late = said_too_late(position, outcome, given.fields)
        if not late:
            raise Refused(msg("For this return nobody else has to agree."))
        told = {"words": given.words, "defects": list(given.defects)}
        if waiting := open_return(session, case.id):
            if waiting.proposed_by == actor.person and waiting.given == told:
                return
            raise Refused(msg("A second return is proposed already; agree to it or turn it down first."))
        row = SecondReturn(
            case_id=case.id,
            stage=case.stage,
            version=case.version,
            outcome=outcome,
            fields=sorted(late),
            given=told,
            proposed_by=actor.person,
            proposer_title=actor.name,
            proposed_at=session.now,
        )
        session.add(row)
        session.record("return.propose", f"case:{case.id}", fields=row.fields, outcome=outcome)


def agree(registry: Registry, actor: Actor, case_id: str, *, key: str) -> CaseStep:
    """Agree to a second return: with this the case goes back to the applicant. Raises Refused, NotFound."""
    with registry.store.write(actor) as session:
        case = load(session, case_id)
        if done := repeated(session, case, key):
            return done
        row = waiting(session, case)
        require_unmoved(session, case, row.version)
        if is_own(session, row, actor):
            raise Refused(msg("Somebody else of the office must agree to it."))
        row.confirmed_by, row.ended_at = actor.person, session.now
        given = Given(words=row.given["words"], defects=tuple(row.given["defects"]), proposed_by=row.proposed_by)
        session.add(row)
        return proceed(session, case, row.outcome, key=key, given=given)


def turn_down(registry: Registry, actor: Actor, case_id: str, *, reason: str) -> None:
    """Turn a second return down, or take one's own proposal back. Raises Refused, BadInput, NotFound."""
    with registry.store.write(actor) as session:
        case = load(session, case_id)
        row = waiting(session, case)
        own = is_own(session, row, actor)
        if refusal := None if own else may_take_part(position_of(session, case), actor):
            raise Refused(refusal)
        if not own and not reason.strip():
            raise BadInput(Fault(msg("Say why."), field="reason"))
        row.ended_at, row.given = session.now, row.given | {"reason": reason.strip()}
        session.add(row)
        session.record("return.refuse", f"case:{case.id}", own=own)


def waiting(session: WriteSession, case: Case) -> SecondReturn:
    """The proposal that waits. Raises NotFound."""
    row = open_return(session, case.id)
    if row is None:
        raise NotFound(msg("No second return is proposed in this case now; load the case again."))
    return row


def is_own(session: ReadSession, row: SecondReturn, actor: Actor) -> bool:
    """Whether the actor proposed it, under whatever account."""
    return kept(session).get(row.proposed_by, row.proposed_by) == actor.person


@dataclass(frozen=True, slots=True)
class Returns:
    """How often an office returned applications to applicants in a time."""

    first: int = 0
    again: int = 0
    """Applications that had been returned before."""
    late: int = 0
    """Of these, the ones that named what could have been said at an earlier return."""


def returns_of(session: ReadSession, region: str, first: date, last: date) -> Returns:
    """How often the office of a region returned applications from one day to another, both included.

    A return that was taken back does not exist: none to an applicant can be.
    """
    query = (
        select(*map(col, (CaseStep.case_id, CaseStep.on, CaseStep.given)))
        .join(Case, col(Case.id) == col(CaseStep.case_id))
        .where(Case.authority_region == region, CaseStep.act == "return", CaseStep.on <= last)
        .order_by(col(CaseStep.case_id), col(CaseStep.n))
    )
    seen, counted = set[str](), Returns()
    rows: Any = session.exec(query)
    for case_id, on, given in rows:
        if "fields" not in given:
            continue  # within the office
        if on >= first:
            told = asdict(counted)
            told["again" if case_id in seen else "first"] += 1
            told["late"] += "late" in given
            counted = Returns(**told)
        seen.add(case_id)
    return counted
