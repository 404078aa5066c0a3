"""What an auditor asks: cases at random, and everything that is worth a second look. Nothing here changes a case.

Everything is read through the scope of an auditor of the same regions, so that an audit administrator, who handles no
case, sees exactly what an auditor of the region sees.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlmodel import col, or_, select

from registry.base.canonical import canonical, sha256
from registry.base.clock import SHANGHAI, local_date
from registry.base.errors import BadInput, Fault, Refused
from registry.base.i18n import msg
from registry.host.registry import Registry
from registry.rules.permission import SYSTEM, Actor, Appointment, Role
from registry.store.access import AccessLog
from registry.store.case import Case, CaseStep, Evaluation, Task
from registry.store.notice import Objection
from registry.store.people import Appointment as Appointed
from registry.store.record import RecordEntry
from registry.store.region import Region
from registry.store.session import ReadSession

AUDITORS = frozenset({Role.AUDITOR, Role.AUDIT_ADMIN})
MOST = 200
"""Cases in one sample."""
LEAST_TOGETHER = 2
"""A pair of reviewer and decider is shown from so many cases on."""
OPENINGS = ("personal.open", "objection.open", "evidence.original")
PRIVACY = ("privacy.find", "privacy.extract", "privacy.correct", "privacy.erase", "evidence.erase")
PEOPLE = ("account.", "appointment.", "person.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases: home region, kind, sent from and until (days in Shanghai)."""

    region: str = ""
    kind: str = ""
    since: date | None = None
    until: date | None = None

    def holds(self, at: datetime | None) -> bool:
        """Whether a moment lies in the period."""
        day = local_date(at) if at else None
        if day is None:
            return self.since is None and self.until is None
        return (self.since is None or day >= self.since) and (self.until is None or day <= self.until)


class Override(NamedTuple):
    """A step taken otherwise than the evaluation before it said."""

    case: Case
    step: CaseStep
    said: str


class Late(NamedTuple):
    """A task that was or is overdue."""

    case: Case
    task: Task


class Pair(NamedTuple):
    """A reviewer and a decider (persons), their cases together, and what share of the reviewer's cases that is."""

    reviewer: str
    decider: str
    cases: tuple[Case, ...]
    of: int

    @property
    def share(self) -> int:
        """In percent."""
        return 100 * len(self.cases) // self.of


class Opening(NamedTuple):
    """Personal data that was opened: by whom (account), when, what of which case, and for what."""

    at: datetime
    account: str
    what: str
    subject: str
    purpose: str


def as_auditor(actor: Actor) -> Actor:
    """The actor as an auditor of the regions that they audit. Raises Refused."""
    held = tuple(
        Appointment(Role.AUDITOR, a.region) for a in actor.appointments if a.role in AUDITORS and a.case is None
    )
    if not held:
        raise Refused(msg("These pages are for auditors."))
    return Actor(actor.account, actor.person, held, actor.name)


@contextmanager
def auditing(registry: Registry, actor: Actor) -> Iterator[ReadSession]:
    """A session that sees what an auditor of these regions sees. Raises Refused."""
    with registry.store.read(as_auditor(actor)) as session:
        yield session


def cases(session: ReadSession, wanted: Wanted) -> list[Case]:
    """The cases sent, the newest first."""
    query = select(Case).where(col(Case.number).is_not(None))
    if wanted.region:
        query = query.where(Case.home_region == wanted.region)
    if wanted.kind:
        query = query.where(Case.kind == wanted.kind)
    found = session.exec(query.order_by(col(Case.submitted_at).desc(), col(Case.number).desc()))
    return [case for case in found if wanted.holds(case.submitted_at)]


def sample(session: ReadSession, wanted: Wanted, *, seed: str, n: int) -> list[Case]:
    """`n` cases at random: the same seed gives the same cases, whoever asks and whatever was filed since elsewhere."""
    return sorted(cases(session, wanted), key=lambda case: sha256(f"{seed}:{case.number}"))[:n]


def draw(registry: Registry, actor: Actor, wanted: Wanted, *, seed: str, n: int) -> None:
    """Put on record that a sample is drawn: its seed, what it is drawn from, and which cases it gave.

    Raises Refused, BadInput.
    """
    if not 1 <= n <= MOST:
        raise BadInput(Fault(msg("Between 1 and {most} cases.", most=MOST), field="n"))
    if not 1 <= len(seed) <= 40 or not seed.isalnum():
        raise BadInput(Fault(msg("A seed is up to 40 letters and digits."), field="seed"))
    with auditing(registry, actor) as session:
        among = len(cases(session, wanted))
        found = [case.id for case in sample(session, wanted, seed=seed, n=n)]
    with registry.store.write(actor) as writing:
        about = {
            "region": wanted.region,
            "kind": wanted.kind,
            "since": wanted.since.isoformat() if wanted.since else None,
            "until": wanted.until.isoformat() if wanted.until else None,
        }
        writing.record("audit.sample", f"audit:{seed}", n=n, among=among, cases=sha256(canonical(found)), **about)


def by_case(session: ReadSession, model: Any, chosen: Sequence[Case]) -> dict[str, list[Any]]:
    """Case id → its rows of a table, in the order of `n` or of opening."""
    order = model.n if hasattr(model, "n") else model.opened_at
    found: dict[str, list[Any]] = defaultdict(list)
    ids = {case.id for case in chosen}
    for row in session.exec(select(model).order_by(model.case_id, order)):
        if row.case_id in ids:
            found[row.case_id].append(row)
    return found


def overrides(session: ReadSession, chosen: Sequence[Case]) -> list[Override]:
    """Where a person recommended or approved what the evaluation found wanting, or refused what it found met."""
    steps, evaluations = by_case(session, CaseStep, chosen), by_case(session, Evaluation, chosen)
    found = []
    for case in chosen:
        for step in steps[case.id]:
            if step.duty not in ("review", "decide") or step.person == SYSTEM.person:
                continue
            before = [e for e in evaluations[case.id] if e.stage == step.stage and e.evaluated_at <= step.at]
            if before and against(step.act, before[-1].decision):
                found.append(Override(case, step, before[-1].decision))
    return sorted(found, key=lambda one: one.step.at, reverse=True)


def against(act: str, decision: str) -> bool:
    """Whether an act goes against what the evaluation said."""
    if act in ("recommend", "approve"):
        return decision != "met"
    return act == "refuse" and decision == "met"


def overdue(session: ReadSession, chosen: Sequence[Case]) -> list[Late]:
    """Tasks done after their day, or open past it; the latest first."""
    tasks = by_case(session, Task, chosen)
    late = [Late(case, task) for case in chosen for task in tasks[case.id] if is_late(task, session.today)]
    return sorted(late, key=lambda one: (one.task.due_on or date.max, one.case.number or ""), reverse=True)


def is_late(task: Task, today: date) -> bool:
    """Whether a task went past its day."""
    if task.due_on is None or task.status == "cancelled":
        return False
    return (local_date(task.done_at) if task.done_at else today) > task.due_on


def pairs(session: ReadSession, chosen: Sequence[Case], least: int = LEAST_TOGETHER) -> list[Pair]:
    """Who reviewed and who then decided the same cases, the pair with the most cases first."""
    steps = by_case(session, CaseStep, chosen)
    together: dict[tuple[str, str], list[Case]] = defaultdict(list)
    reviewed: Counter[str] = Counter()
    for case in chosen:
        reviewers = {s.person for s in steps[case.id] if s.duty == "review" and s.person != SYSTEM.person}
        deciders = {s.person for s in steps[case.id] if s.duty == "decide" and s.person != SYSTEM.person}
        reviewed.update(reviewers if deciders else ())
        for reviewer in reviewers:
            for decider in deciders:
                together[reviewer, decider].append(case)
    made = [Pair(r, d, tuple(found), reviewed[r]) for (r, d), found in together.items() if len(found) >= least]
    return sorted(made, key=lambda p: (-len(p.cases), -p.share, p.reviewer, p.decider))


def returned_often(session: ReadSession, chosen: Sequence[Case], least: int = 2) -> list[tuple[Case, int]]:
    """Cases that were returned or sent back at least so often."""
    steps = by_case(session, CaseStep, chosen)
    counted = [(case, sum(s.act in ("return", "send_back") for s in steps[case.id])) for case in chosen]
    return sorted((one for one in counted if one[1] >= least), key=lambda one: -one[1])


def openings(session: ReadSession, chosen: Sequence[Case], *, privacy: bool) -> list[Opening]:
    """Personal data opened in these cases, from the record and from the log of opened files.

    `privacy`: what the security administrator did with a person's data as well.
    """
    ids = {f"case:{case.id}" for case in chosen}
    objections = session.exec(select(Objection)).all()
    ids |= {f"objection:{o.id}" for o in objections if f"case:{o.case_id}" in ids}
    verbs = (*OPENINGS, *PRIVACY) if privacy else OPENINGS
    entries = session.exec(select(RecordEntry).where(col(RecordEntry.verb).in_(verbs)))
    found = [
        Opening(e.at, e.account, e.verb, e.subject, str(e.detail.get("purpose") or ""))
        for e in entries
        if e.subject in ids or e.verb in PRIVACY
    ]
    logged = session.exec(select(AccessLog).where(AccessLog.what != "file.view"))
    found += [
        Opening(row.at, row.account, row.what, f"case:{row.case_id}", row.purpose or "")
        for row in logged
        if f"case:{row.case_id}" in ids
    ]
    return sorted(found, key=lambda one: one.at, reverse=True)


def regions_of(session: ReadSession) -> set[str]:
    """The regions that the session's auditor audits: their own, and those below."""
    assert session.actor is not None
    own = session.actor.regions
    below = session.exec(select(Region.code).where(or_(col(Region.code).in_(own), col(Region.parent).in_(own))))
    return set(below)


def people_changes(session: ReadSession, wanted: Wanted) -> list[RecordEntry]:
    """What was changed of accounts and roles of people of the regions, the newest first."""
    regions = {wanted.region} & regions_of(session) if wanted.region else regions_of(session)
    rows = session.exec(select(Appointed).where(col(Appointed.region).in_(regions))).all()
    persons, appointed = {a.person_id for a in rows}, {f"appointment:{a.id}" for a in rows}
    begins = or_(*(col(RecordEntry.verb).startswith(words) for words in PEOPLE))
    entries = session.exec(select(RecordEntry).where(begins).order_by(col(RecordEntry.id).desc()))
    return [e for e in entries if wanted.holds(e.at) and concerns(e, persons, appointed)]


def concerns(entry: RecordEntry, persons: Collection[Any], appointed: Collection[str]) -> bool:
    """Whether a row of the record tells of one of the persons or appointments."""
    return any(key in appointed or told.get("person_id") in persons for key, told in entry.state.items())


def day_start(day: date) -> datetime:
    """The first moment of a day in Shanghai."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def day_end(day: date) -> datetime:
    """The first moment after a day in Shanghai."""
    return day_start(day + timedelta(days=1))
