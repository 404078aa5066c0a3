"""What another criteria set would make of the cases that were decided: read, compared, nothing changed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import SQLModel, col, select

from registry.actions.evaluation import context, given_scores, observed
from registry.base.clock import local_date
from registry.base.errors import NotFound, Refused
from registry.base.i18n import Text, msg
from registry.base.region import is_within
from registry.host.check import Library, whole_criteria
from registry.host.packs import read_pack, region_of
from registry.host.registry import Registry
from registry.host.resolve import pinned, read_as, references_for
from registry.rules import backtest as rules
from registry.rules.criteria import CriteriaSet
from registry.rules.facts import Facts, Reference
from registry.rules.outcome import Outcome
from registry.rules.permission import SYSTEM, Actor, Role
from registry.rules.reference import ReferenceTable
from registry.store.case import Case, Evaluation, Task
from registry.store.definition import Definition
from registry.store.entry import Entry
from registry.store.evidence import Evidence
from registry.store.observation import Observation, known_at
from registry.store.region import children, region_chain
from registry.store.round import Round
from registry.store.session import ReadSession
from registry.store.title import Decision, Title

AUTHORS = frozenset(
    {
        Role.COUNTY_OFFICER,
        Role.COUNTY_REVIEWER,
        Role.COUNTY_LEADER,
        Role.CITY_OFFICER,
        Role.CITY_REVIEWER,
        Role.CITY_LEADER,
        Role.AUDITOR,
    }
)
"""Roles that may compare; each on the cases that it sees."""
DECIDED = ("approve", "refuse")
ENDING = ("correct", "suspend", "revoke")
"""Procedures in which nobody asks for a title: whoever is judged there passed already."""
AT_ONCE = 500
"""Ids in one query."""


@dataclass(frozen=True)
class PastCase:
    """What a past case is called, and when it was decided."""

    id: str
    number: str
    name: Text
    region: str
    decided_on: date


@dataclass(frozen=True)
class Backtest:
    """A set on past cases: what came of the comparison, and the cases by the keys of its rows.

    `elsewhere`: how many decided cases of the kind are left out because a nearer set judges them.
    """

    criteria: CriteriaSet
    comparison: rules.Comparison
    cases: Mapping[str, PastCase]
    elsewhere: int

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "set": {
                "id": self.criteria.id,
                "version": self.criteria.version,
                "title": str(self.criteria.title),
                "region": self.criteria.region,
                "level": self.criteria.level,
            },
            "counts": {"cases": len(self.cases), **self.comparison.counts, "elsewhere": self.elsewhere},
            "cases": [
                {
                    "case": self.cases[row.key].number,
                    "entry": str(self.cases[row.key].name),
                    "region": self.cases[row.key].region,
                    "decided_on": self.cases[row.key].decided_on.isoformat(),
                    "judged_by": row.judged_by,
                    "turn": row.turn,
                    "before": row.before.to_json(),
                    "after": row.after.to_json(),
                    "because": [cause.to_json() for cause in row.because],
                }
                for row in self.comparison.rows
            ],
        }


def backtest(
    registry: Registry,
    actor: Actor,
    criteria: CriteriaSet,
    library: Library,
    *,
    since: date | None = None,
    until: date | None = None,
) -> Backtest:
    """Judge the decided cases that `actor` sees by `criteria` too; `since` and `until` are days of the decision.

    A case was judged by what is kept of it. The other set is asked with the same observations, files and titles, and
    with the reference tables that the case was pinned to; tables that it was not pinned to are those of `library`, or
    those published. Raises Refused.
    """
    require_author(actor)
    criteria = whole_criteria(criteria, library)
    with registry.store.read(actor) as session:
        decided = {
            case.id: (case, evaluation, at)
            for case, evaluation, at in decisions(session, criteria)
            if (since is None or local_date(at) >= since) and (until is None or local_date(at) <= until)
        }
        sets = {id: read_as(CriteriaSet, pinned(session, id)) for id in {e.criteria_id for _, e, _ in decided.values()}}
        mine = {
            id: row
            for id, row in decided.items()
            if sets[row[1].criteria_id].id == criteria.id
            or (
                sets[row[1].criteria_id].procedure == criteria.procedure
                and not rules.nearer(sets[row[1].criteria_id], criteria)
            )
        }
        tables = {t.id: t for t in (read_as(ReferenceTable, d).table() for d in published(session, criteria))}
        tables |= {d.model.id: d.model.table() for d in library.all(ReferenceTable)}
        pasts, cases = known(session, list(mine.values()), sets, tables)
    return Backtest(criteria, rules.compare(pasts, criteria), cases, len(decided) - len(mine))


def require_author(actor: Actor) -> None:
    """Raise Refused unless the actor handles cases, or is the registry itself."""
    if actor != SYSTEM and not actor.has(*AUTHORS):
        raise Refused(msg("Past cases are compared by those who handle cases."))


def published(session: ReadSession, criteria: CriteriaSet) -> list[Definition]:
    """The published tables that can be asked from the set's region, the nearest last."""
    return references_for(session, criteria.region, session.today)[::-1]


def decisions(session: ReadSession, criteria: CriteriaSet) -> Iterator[tuple[Case, Evaluation, datetime]]:
    """The cases of the set's kind, product, class, level and region that were decided: each with the evaluation that
    the last decision rested on and its moment. One refused before anybody decided counts from then."""
    query = select(Case).where(
        Case.kind == criteria.kind, Case.level == criteria.level, col(Case.procedure).not_in(ENDING)
    )
    if criteria.product:
        query = query.where(Case.product == criteria.product)
    if criteria.class_:
        query = query.where(Case.entry_class == criteria.class_)
    cases = [case for case in session.exec(query) if is_within(case.authority_region, criteria.region)]
    ids = [case.id for case in cases]
    moments = {c.id: c.ended_at for c in cases if c.result == "refused" and c.ended_at}
    for one in sorted(rows(session, Decision, Decision.case_id, ids), key=lambda d: d.decided_at):
        if one.act in DECIDED and one.taken_back_at is None:
            moments[one.case_id] = one.decided_at
    evaluations: dict[str, list[Evaluation]] = defaultdict(list)
    for evaluation in sorted(rows(session, Evaluation, Evaluation.case_id, ids), key=lambda e: e.n):
        evaluations[evaluation.case_id].append(evaluation)
    for case in cases:
        at = moments.get(case.id)
        before = [e for e in evaluations[case.id] if at is not None and e.evaluated_at <= at]
        if at is not None and before:
            yield case, before[-1], at


def known(
    session: ReadSession,
    decided: list[tuple[Case, Evaluation, datetime]],
    sets: Mapping[str, CriteriaSet],
    tables: Mapping[str, Reference],
) -> tuple[list[rules.Past], dict[str, PastCase]]:
    """The cases with what was known of each when it was judged. A case is called by its number."""
    cases = [case for case, _, _ in decided]
    entry_ids = [case.entry_id for case in cases]
    entries = {e.id: e for e in rows(session, Entry, Entry.id, entry_ids)}
    figures = grouped(rows(session, Observation, Observation.subject_id, entry_ids), "subject_id")
    titles = grouped(rows(session, Title, Title.entry_id, entry_ids), "entry_id")
    both = [id for case in cases for id in (case.id, case.parent_id) if id]
    files = grouped(rows(session, Evidence, Evidence.case_id, both), "case_id")
    ballots = grouped(rows(session, Task, Task.case_id, [c.id for c in cases]), "case_id")
    rounds = {r.id: r.number for r in rows(session, Round, Round.id, [c.round_id for c in cases if c.round_id])}
    chains = {code: [r.code for r in region_chain(session, code)] for code in {case.home_region for case in cases}}
    pasts, about = [], {}
    for case, evaluation, at in decided:
        then, entry = evaluation.evaluated_at, entries[case.entry_id]
        seen = known_at([r for r in figures[case.entry_id] if r.subject_type == "entry"], then)
        pasts.append(
            rules.Past(
                key=case.number or case.id,
                criteria=sets[evaluation.criteria_id],
                outcome=Outcome.from_json(evaluation.outcome),
                facts=Facts([observed(r) for r in seen[::-1]], {**tables, **pinned_tables(session, case)}.values()),
                context=context(
                    case,
                    entry,
                    chain=chains[case.home_region],
                    files=[e for id in (case.id, case.parent_id) if id for e in files[id] if was_there(e, then)],
                    titles=[t for t in titles[case.entry_id] if was_held(t, then)],
                    scores=given_scores([t for t in ballots[case.id] if t.kind == "ballot"]),
                ),
                group=rounds.get(case.round_id or "", ""),
            )
        )
        about[case.number or case.id] = PastCase(
            case.id, case.number or "", entry.text, case.home_region, local_date(at)
        )
    return pasts, about


def pinned_tables(session: ReadSession, case: Case) -> dict[str, Reference]:
    """The reference tables that a case was pinned to."""
    ids = [id for key, id in case.pins.items() if key.startswith("reference:")]
    return {t.id: t for t in (read_as(ReferenceTable, pinned(session, id)).table() for id in ids)}


def was_there(file: Evidence, at: datetime) -> bool:
    """Whether a file was on file at a moment."""
    return file.uploaded_at <= at and (file.removed_at is None or file.removed_at > at)


def was_held(title: Title, at: datetime) -> bool:
    """Whether a title was held at a moment: it has not ended, or it ended later. Since when says the evaluation."""
    return title.ended_on is None or title.ended_on > local_date(at)


def rows(session: ReadSession, model: type[Any], column: Any, ids: Iterable[str]) -> list[Any]:
    """The rows of a table whose column is one of the ids."""
    wanted = sorted(set(ids))
    parts = [wanted[n : n + AT_ONCE] for n in range(0, len(wanted), AT_ONCE)]
    return [row for part in parts for row in session.exec(select(model).where(col(column).in_(part)))]


def grouped(found: Iterable[SQLModel], key: str) -> dict[str, list[Any]]:
    """Rows by one of their columns."""
    made: dict[str, list[Any]] = defaultdict(list)
    for row in found:
        made[getattr(row, key)].append(row)
    return made


def published_set(registry: Registry, ref: str, version: int | None = None) -> CriteriaSet:
    """A criteria set as it was published; without a version the newest. Raises NotFound."""
    query = select(Definition).where(Definition.type == "criteria", Definition.ref == ref)
    if version is not None:
        query = query.where(Definition.version == version)
    with registry.store.read() as session:
        row = session.exec(query.order_by(col(Definition.version).desc()).limit(1)).one_or_none()
        if row is None:
            raise NotFound(msg("There is no criteria set “{id}”.", id=ref if version is None else f"{ref}@{version}"))
        return read_as(CriteriaSet, row)


def offered(registry: Registry, actor: Actor) -> tuple[list[CriteriaSet], Library]:
    """The sets that may judge what `actor` sees, at hand or published, and the packs at hand that are read for it.

    Each version once; at hand it is what is meant, because its author may be at work on it.
    """
    with registry.store.read(actor) as session:
        codes = {
            r.code for region in actor.regions for r in [*region_chain(session, region), *children(session, region)]
        }
        rows_ = session.exec(
            select(Definition).where(
                Definition.type == "criteria",
                col(Definition.withdrawn_at).is_(None),
                col(Definition.region).in_(sorted(codes)),
            )
        )
        found = {(d.ref, d.version): read_as(CriteriaSet, d) for d in rows_}
    folders = [folder for _, folder in registry.plugins.packs()]
    library = Library(read_pack(folder) for folder in folders if region_of(folder) in codes)
    found |= {(d.ref, d.model.version): d.model for d in library.all(CriteriaSet) if d.model.region in codes}
    return sorted(found.values(), key=lambda s: (s.region, s.id, -s.version)), library
