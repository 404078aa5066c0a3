"""Playing the demonstration: every act by its person, at its hour, through the verbs. Nothing is inserted."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from sqlmodel import select

from registry.actions import cases, notices, on_titles, panel
from registry.actions.move import Given
from registry.base.clock import FixedClock, local_date
from registry.base.errors import Broken, RegistryError
from registry.base.i18n import Text, msg
from registry.demo import cultivation, register, rounds
from registry.demo.data import CaseRow, Demonstration, FigureRow, Step
from registry.demo.days import at, working_day
from registry.demo.papers import paper
from registry.host.plugged import Access
from registry.host.registry import Registry
from registry.rules.calendar import WorkCalendar
from registry.rules.permission import SYSTEM, Actor
from registry.store.account import account_by_login
from registry.store.case import Case
from registry.store.entry import Entry
from registry.store.notice import Notice, NoticeItem, Objection, running_item
from registry.store.people import actor_of
from registry.store.region import Region
from registry.store.title import Title

MORNING = time(9)
MINUTES = 3
"""Between two acts of one day; the first comes at some minute of the first hour."""
SINCE = -220
"""The working day on which everybody was appointed and the register was begun."""
CONTACT = "经办科室（演示）"


@dataclass
class Player:
    """Plays a demonstration into a new registry whose clock it holds."""

    registry: Registry
    clock: FixedClock
    data: Demonstration
    calendar: WorkCalendar
    first: date
    organisations: dict[str, str] = field(default_factory=dict)
    slugs: dict[str, str] = field(default_factory=dict)
    begun: dict[str, str] = field(default_factory=dict)
    """Case of the files → the id of the application."""
    acts: Counter[str] = field(default_factory=Counter)
    actors: dict[tuple[str, date], Actor] = field(default_factory=dict)
    slug_of: dict[str, str] = field(default_factory=dict)
    """Region's code → its slug."""

    def day(self, days: int) -> date:
        """A working day of the demonstration."""
        return working_day(self.calendar, self.first, days)

    def play(self) -> None:
        """Everything, in the order of its days. Raises Broken that names the act which a verb refused."""
        self.clock.set(at(self.day(SINCE), MORNING))
        self.fill_register()
        list(self.registry.plugins.each("demonstrate", {"access": Access(self.registry.store)}))
        acts: list[tuple[int, FigureRow | tuple[CaseRow, Step] | Callable[[], None]]] = [
            (f.day, f) for f in self.data.figures
        ]
        acts += [(step.day, (case, step)) for case in self.data.cases.values() for step in self.data.steps_of(case)]
        acts += cultivation.acts(self.registry, self.data, self.who, self.slugs, self.organisations)
        acts += rounds.acts(self.registry, self.data, self.who, self.day)
        last, n = SINCE, 0
        for day, act in sorted(acts, key=lambda pair: pair[0]):
            last, n = day, n + 1 if day == last else 0
            self.clock.set(at(self.day(day), MORNING, day * 17 % 60 + MINUTES * n))
            if isinstance(act, FigureRow):
                register.observe(self.registry, act, self.slugs.get(act.entry or ""), self.today)
            elif isinstance(act, tuple):
                self.step(*act)
            else:
                act()

    def fill_register(self) -> None:
        """What stands there before anybody applies."""
        with self.registry.store.read(SYSTEM) as session:
            self.slug_of = {r.code: r.slug for r in session.exec(select(Region))}
        self.organisations = register.enter_organisations(self.registry, self.data)
        register.enter_people(self.registry, self.data, self.organisations, self.today)
        self.slugs = register.enter_entries(self.registry, self.data, self.organisations, self.who)

    @property
    def today(self) -> date:
        """The day on which the play stands."""
        return local_date(self.clock.now())

    def who(self, login: str) -> Actor:
        """The actor of an account today."""
        today = self.today
        if (login, today) not in self.actors:
            with self.registry.store.read(SYSTEM) as session:
                account = account_by_login(session, login)
                if account is None:
                    raise Broken(msg("There is no account “{login}”.", login=login))
                self.actors[login, today] = actor_of(session, account, today)
        return self.actors[login, today]

    def step(self, case: CaseRow, step: Step) -> None:
        """One act of a case. Raises Broken that names it."""
        try:
            VERBS.get(step.do, Player.act)(self, case, step)
        except RegistryError as error:
            raise Broken(
                msg(
                    "The demonstration stops at “{case}”, working day {day}, “{do}”: {why}",
                    case=case.id,
                    day=step.day,
                    do=step.do,
                    why=error.message,
                )
            ) from error

    def login(self, case: CaseRow, step: Step) -> str:
        """Who does a step: `{county}` is the entry's county, `{applicant}` who files."""
        county = self.slug_of[self.data.entries[case.entry].region]
        return step.who.format(county=county, applicant=case.applicant)

    def key(self, case: CaseRow, step: Step) -> str:
        """The key of an act, so that it is one act only."""
        self.acts[case.id] += 1
        return f"demo:{case.id}:{self.acts[case.id]}:{step.do}"

    def apply(self, case: CaseRow, step: Step) -> None:
        """Begin an application, fill in everything, add the papers."""
        actor, entry = self.who(self.login(case, step)), self.data.entries[case.entry]
        id = cases.start(
            self.registry,
            actor,
            kind=entry.kind,
            region=entry.region,
            product=entry.product,
            entry_class=entry.class_,
            organisation_id=next(iter(actor.organisations)),
            entry_slug=self.slugs[case.entry],
        )
        self.begun[case.id] = id
        if faults := cases.save(self.registry, actor, id, self.data.answers_of(case)):
            raise Broken(msg("The answers cannot be read: {why}", why="; ".join(f.text("en") for f in faults)))
        with self.registry.store.read(actor) as session:
            form = cases.form_of(session, session.get_one(Case, id))
        for file in (f for f in form.fields() if f.type == "file"):
            cases.attach(
                self.registry,
                actor,
                id,
                field=file.id,
                name=f"{file.label.zh_hans}.pdf",
                data=paper(f"{entry.name.zh_hans}：{file.label.zh_hans}"),
            )

    def submit(self, case: CaseRow, step: Step) -> None:
        """Send an application."""
        cases.submit(
            self.registry,
            self.who(self.login(case, step)),
            self.begun[case.id],
            declared_true=True,
            key=self.key(case, step),
        )

    def act(self, case: CaseRow, step: Step) -> None:
        """Take a case out of its stage."""
        now = self.present(case)
        if step.at and now.stage != step.at:
            return
        words = {k: v for k in ("reason", "opinion", "statement", "visit_note") if (v := getattr(step, k))}
        document = self.numbered(step.document, "document")
        cases.act(
            self.registry,
            self.who(self.login(case, step)),
            now.id,
            step.do,
            version=now.version,
            key=self.key(case, step),
            given=Given(
                words=words,
                defects=tuple({"field": d.field, "words": d.words} for d in step.defects),
                meeting=step.meeting,
                minutes=self.numbered(step.minutes, "minutes"),
                document=document,
                document_date=self.today if document else None,
            ),
            scan=(f"{document}.pdf", paper(document)) if document else None,
        )

    def numbered(self, pattern: str | None, series: str) -> str | None:
        """A document's number: `{year}` and `{n}`, the next of its series, filled in."""
        if pattern is None:
            return None
        self.acts[series] += 1
        return pattern.format(year=self.today.year, n=self.acts[series])

    def publish_notice(self, case: CaseRow, step: Step) -> None:
        """One notice for a case and those that go with it."""
        together = [case, *(self.data.cases[id] for id in step.together)]
        notices.publish_notice(
            self.registry,
            self.who(self.login(case, step)),
            case_ids=[self.present(c).id for c in together],
            contact=step.contact or Text.model_validate(CONTACT),
            places=step.places or Text.model_validate(CONTACT),
        )

    def object_to(self, case: CaseRow, step: Step) -> None:
        """A citizen objects, without a name."""
        with self.registry.store.read(SYSTEM) as session:
            item = running_item(session, self.present(case).id)
            if item is None:
                raise Broken(msg("The notice has not been published yet."))
            number = session.get_one(Notice, item.notice_id).number
            public_id = session.get_one(Entry, item.entry_id).public_id
        notices.object_to(
            self.registry, notice_number=number, public_id=public_id, words=step.words, name="", unit="", contact=""
        )

    def answer(self, case: CaseRow, step: Step) -> None:
        """The open objection is answered."""
        with self.registry.store.read(SYSTEM) as session:
            query = select(Objection.number).join(NoticeItem)
            number = session.exec(
                query.where(NoticeItem.entry_id == self.entry_id(case), Objection.status == "open")
            ).one()
        notices.answer_objection(
            self.registry,
            self.who(self.login(case, step)),
            number=number,
            upheld=step.upheld,
            answer=step.answer,
            key=self.key(case, step),
        )

    def conflict(self, case: CaseRow, step: Step) -> None:
        """Somebody steps out of the case."""
        cases.declare_conflict(
            self.registry, self.who(self.login(case, step)), self.present(case).id, reason=step.reason
        )

    def propose_revocation(self, case: CaseRow, step: Step) -> None:
        """A revocation is proposed."""
        with self.registry.store.read(SYSTEM) as session:
            number = session.exec(select(Title.number).where(Title.entry_id == self.entry_id(case))).one()
        reason = Text.model_validate(step.reason)
        on_titles.propose_revocation(
            self.registry,
            self.who(self.login(case, step)),
            number=number,
            reason=reason,
            public_reason=step.public_reason or reason,
            key=self.key(case, step),
        )

    def re_evaluate(self, case: CaseRow, step: Step) -> None:
        """The yearly re-evaluation is opened."""
        with self.registry.store.read(SYSTEM) as session:
            number = session.exec(select(Title.number).where(Title.entry_id == self.entry_id(case))).one()
        on_titles.re_evaluate(self.registry, self.who(self.login(case, step)), number=number)

    def ask_experts(self, case: CaseRow, step: Step) -> None:
        """Experts are asked to score."""
        panel.ask(self.registry, self.who(self.login(case, step)), self.present(case).id, logins=step.experts)

    def score(self, case: CaseRow, step: Step) -> None:
        """An expert gives scores."""
        panel.give(
            self.registry,
            self.who(self.login(case, step)),
            self.present(case).id,
            scores=step.scores,
            remark=step.words,
        )

    def entry_id(self, case: CaseRow) -> str:
        """The id of a case's entry."""
        with self.registry.store.read(SYSTEM) as session:
            return session.exec(select(Entry.id).where(Entry.slug == self.slugs[case.entry])).one()

    def present(self, case: CaseRow) -> Case:
        """The open case of an application: the city's, once the county has recommended. Raises Broken without one."""
        with self.registry.store.read(SYSTEM) as session:
            found = list(session.exec(select(Case).where(Case.entry_id == self.entry_id(case), Case.status == "open")))
        if not found:
            raise Broken(msg("No case is open here."))
        return max(found, key=lambda c: c.parent_id is not None)


VERBS: dict[str, Any] = {
    "apply": Player.apply,
    "submit": Player.submit,
    "publish_notice": Player.publish_notice,
    "object": Player.object_to,
    "answer": Player.answer,
    "conflict": Player.conflict,
    "propose_revocation": Player.propose_revocation,
    "re_evaluate": Player.re_evaluate,
    "ask_experts": Player.ask_experts,
    "score": Player.score,
}
"""Verbs that are no outcome of a stage."""
