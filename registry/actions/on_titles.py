"""Verbs that open a case on a title somebody holds: proposing to revoke it, evaluating it again."""

from typing import Any

from sqlmodel import select

from registry.actions.follow import pin, proceed
from registry.actions.move import Given, enter
from registry.actions.position import position_of, workflow_of
from registry.actions.titles import require_text, title_of
from registry.base.errors import Refused
from registry.base.i18n import Text, msg
from registry.host.registry import Registry
from registry.rules.engine import may_take_part
from registry.rules.permission import Actor
from registry.store.case import Case
from registry.store.entry import Entry
from registry.store.meta import next_number
from registry.store.region import Region
from registry.store.session import WriteSession
from registry.store.title import Title

IN_FORCE = ("valid", "rectification", "suspended")
LETTERS = {"revoke": "R", "re_evaluate": "E"}
"""What stands before the number of the case, after the title's."""


def propose_revocation(
    registry: Registry, actor: Actor, *, number: str, reason: Text, public_reason: Text, key: str
) -> str:
    """Open a revocation case on a title and propose it, with the reason; returns the case's id.

    `public_reason` is what the verify page will say if it is decided. Raises NotFound, Refused, BadInput.
    """
    require_text(reason.zh_hans, "reason")
    with registry.store.write(actor) as session:
        title = title_of(session, number)
        case = open_case(
            session,
            title,
            "revoke",
            level=title.level,
            authority=title.authority_region,
            draft={"reason": reason.model_dump(), "public_reason": public_reason.model_dump()},
        )
        outcomes = workflow_of(session, case).stages[case.stage].outcomes
        outcome = next(name for name, o in outcomes.items() if o.act == "recommend")
        proceed(session, case, outcome, key=key, given=Given(words={"reason": reason.zh_hans}))
        return case.id


def re_evaluate(registry: Registry, actor: Actor, *, number: str) -> str:
    """Open the county's re-evaluation (复评) of an entry that holds a title; returns the case's id.

    It is judged by the rules that the county has for it, and looks at the entry: the title itself stays as it is until
    its authority decides. Whoever is in office at the first stage may open it; a second click finds the one that is
    open. Raises NotFound, Refused.
    """
    with registry.store.write(actor) as session:
        title = title_of(session, number)
        entry = session.get_one(Entry, title.entry_id)
        running = session.exec(
            select(Case)
            .where(Case.entry_id == entry.id, Case.procedure == "re_evaluate", Case.status == "open")
            .execution_options(unscoped=True)
        ).first()
        if running and running.authority_region in actor.regions:
            return running.id
        place = session.get_one(Region, entry.region)
        case = open_case(session, title, "re_evaluate", level=place.title_level, authority=place.code)
        if refusal := may_take_part(position_of(session, case), actor):
            raise Refused(refusal)
        return case.id


def open_case(
    session: WriteSession,
    title: Title,
    procedure: str,
    *,
    level: str,
    authority: str,
    draft: dict[str, Any] | None = None,
) -> Case:
    """A case of a procedure on a title that is in force, in the first stage of its workflow. Raises Refused."""
    if title.status not in IN_FORCE:
        raise Refused(msg("Title {number} is not in force.", number=title.number))
    entry = session.get_one(Entry, title.entry_id)
    n = next_number(session, f"{procedure}:{title.number}")
    case = Case(
        procedure=procedure,
        entry_id=entry.id,
        title_id=title.id,
        kind=entry.kind,
        product=entry.product,
        entry_class=entry.entry_class,
        level=level,
        home_region=entry.region,
        authority_region=authority,
        filer_id=None,
        stage="",
        opened_at=session.now,
        submitted_at=session.now,
        draft=draft or {},
        number=f"{title.number}-{LETTERS[procedure]}{n}",
    )
    pin(session, case)
    workflow = workflow_of(session, case)
    case.stage = workflow.start
    session.add(case)
    session.flush()
    enter(session, case, workflow.stages[case.stage])
    session.record("case.open", f"case:{case.id}", entry=entry.id, title=title.id)
    return case
