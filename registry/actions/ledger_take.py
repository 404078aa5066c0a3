"""Entering a ledger that was handed in: its entries, figures and recorded titles. One transaction, all rows or none.

What is there already is not made twice, and stays as it is unless the ledger is said to be right.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from registry.actions.entries import completed, index, new_body, new_entry, show_changed
from registry.actions.ledger import content, file_of
from registry.actions.ledger_known import Planned, fact_of
from registry.actions.ledger_plan import Plan, planned
from registry.actions.recorded import change_waiting, propose_title, record_title
from registry.base.canonical import plain
from registry.base.errors import BadInput, Stale
from registry.base.i18n import Message, Text, msg
from registry.base.script import complete
from registry.host.registry import Registry
from registry.rules.permission import Actor
from registry.store.entry import Entry, EntryUnit
from registry.store.ledger import LedgerName
from registry.store.observation import Observation
from registry.store.region import Organisation
from registry.store.session import WriteSession


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import has made."""

    entries: int
    figures: int
    titles: int
    changed: int
    there_already: int
    left_out: int

    @property
    def said(self) -> Message:
        """The same in words."""
        return msg(
            "Entered: {entries} entries, {figures} figures, {titles} titles; changed: {changed}. There already: {there}, left "
            "out: {left}. The titles wait for a second person.",
            entries=self.entries,
            figures=self.figures,
            titles=self.titles,
            changed=self.changed,
            there=self.there_already,
            left=self.left_out,
        )


def import_ledger(
    registry: Registry, actor: Actor, id: str, *, good_only: bool = False, overwrite: bool = False
) -> Imported:
    """Make the entries, figures and recorded titles of a ledger.

    `good_only`: take the faultless rows and leave the others out; else one fault stops all. `overwrite`: where the
    register says something else, the ledger is right. Raises BadInput with every fault, NotFound, Refused, and Stale when
    somebody else has entered the same rows at the same time.
    """
    try:
        with registry.store.write(actor) as session:
            row = file_of(session, actor, id)
            plan = planned(session, content(registry, row), row.mapping, region=row.region, kind=row.kind)
            if plan.faults and not good_only:
                raise BadInput(plan.faults)
            taking = Taking(session, plan, overwrite)
            for one in plan.good:
                taking.take(one)
            row.imported_at = session.now
            session.add(row)
            counts = taking.counts
            session.record("ledger.import", f"ledger:{row.id}", **{k: counts[k] for k in sorted(counts)})
    except IntegrityError as error:
        raise Stale(
            msg("Somebody else has just entered rows of this ledger. Nothing of yours was done; look at it again.")
        ) from error
    return Imported(
        counts["entries"],
        counts["figures"],
        counts["titles"],
        counts["changed"],
        sum(1 for one in plan.good if one.entry),
        len(plan.rows) - len(plan.good),
    )


@dataclass
class Taking:
    """An import under way: what has been made so far."""

    session: WriteSession
    plan: Plan
    overwrite: bool
    counts: Counter[str] = field(default_factory=Counter)
    made: dict[tuple[str, str, str], Entry] = field(default_factory=dict)
    by_code: dict[str, Organisation] = field(default_factory=dict)
    by_name: dict[tuple[str, str], Organisation] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for one in self.session.exec(select(Organisation)):
            self.know(one)

    def know(self, body: Organisation) -> Organisation:
        """An organisation to be found again."""
        self.by_name.setdefault((body.region, body.text.zh_hans), body)
        if body.credit_code:
            self.by_code[body.credit_code] = body
        return body

    def body(self, region: str, name: str, code: str | None = None) -> Organisation:
        """An organisation by its credit code, else by its name in the region; entered when it is new."""
        found = self.by_code.get(code or "") or self.by_name.get((region, name))
        return found or self.know(new_body(self.session, region, name, code, fictitious=False))

    def take(self, one: Planned) -> None:
        """One row into the register."""
        entry = self.session.get(Entry, one.entry) if one.entry else self.made.get(one.key)
        if entry is None:
            entry = self.enter(one)
        else:
            self.correct(one, entry)
        if one.line.has_title:
            self.title(one, entry)

    def enter(self, one: Planned) -> Entry:
        """The entry of a row that is not there yet, with its figures. One with a title is shown to the public when
        the second person has confirmed that."""
        values, session = one.line.values, self.session
        entry = new_entry(
            session,
            kind=one.kind,
            region=one.region,
            name=Text.model_validate(values["name"]),
            entry_class=one.entry_class,
            status="draft" if one.line.has_title else "listed",
            profile={"summary": values["summary"]} if values.get("summary") else {},
        )
        self.own(one, entry)
        kind, region, name = one.key
        session.add(LedgerName(kind=kind, region=region, name=name, entry_id=entry.id))
        for key, value in one.line.figures.items():
            self.observe(one, entry, key, value)
        session.record("entry.add", f"entry:{entry.id}")
        show_changed(session, entry)
        self.made[one.key] = entry
        self.counts["entries"] += 1
        return entry

    def own(self, one: Planned, entry: Entry) -> None:
        """The first body of a row owns the entry; several build it."""
        names = one.line.values.get("owner")
        if not isinstance(names, list) or not names:
            return
        code = text_of(one.line.values.get("credit_code"))
        bodies = [self.body(entry.region, name, None if n else code) for n, name in enumerate(dict.fromkeys(names))]
        entry.owner_id = bodies[0].id
        if len(bodies) > 1:
            for body in bodies:
                self.session.merge(EntryUnit(entry_id=entry.id, organisation_id=body.id))

    def correct(self, one: Planned, entry: Entry) -> None:
        """What the ledger knows more of an entry; and, if it is right, what it says otherwise."""
        values, right = one.line.values, set(one.differences) if self.overwrite else set[str]()
        before = entry.model_dump(include={"name", "owner_id", "entry_class", "profile"})
        if entry.owner_id is None or "owner" in right:
            self.own(one, entry)
        if "name" in right:
            entry.name = complete(Text.model_validate(values["name"])).model_dump()
            index(self.session, entry)
        if "kind" in right:
            entry.entry_class = one.entry_class
        if values.get("summary") and not entry.profile.get("summary"):
            entry.profile = {**entry.profile, "summary": completed(values["summary"])}
        figures = [self.figure(one, entry, key, value) for key, value in one.line.figures.items()]
        if entry.model_dump(include=set(before)) != before or any(figures):
            self.session.add(entry)
            self.session.record("entry.change", f"entry:{entry.id}")
            show_changed(self.session, entry)
            self.counts["changed"] += 1

    def figure(self, one: Planned, entry: Entry, key: str, value: Decimal) -> bool:
        """A figure of an entry that is there; one from a document is superseded only if the ledger is right."""
        query = select(Observation).where(
            Observation.subject_type == "entry",
            Observation.subject_id == entry.id,
            Observation.fact == fact_of(key),
            Observation.period == self.plan.readings[one.sheet].period(key),
            Observation.source == "document",
        )
        rows = list(self.session.exec(query))
        replaced = {row.supersedes for row in rows}
        there = next((row for row in rows if row.id not in replaced), None)
        if there and (there.value == plain(value) or not self.overwrite):
            return False
        self.observe(one, entry, key, value, there)
        return True

    def observe(
        self, one: Planned, entry: Entry, key: str, value: Decimal, instead_of: Observation | None = None
    ) -> None:
        """A figure as a documented observation; the verb records it."""
        reading = self.plan.readings[one.sheet]
        row = Observation(
            fact=fact_of(key),
            subject_type="entry",
            subject_id=entry.id,
            period=reading.period(key),
            value=plain(value),
            source="document",
            standing="documented",
            source_text="台账",
            as_of=reading.as_of(key),
            supersedes=instead_of.id if instead_of else None,
            recorded_at=self.session.now,
            recorded_by=self.session.actor.person,
        )
        self.session.add(row)
        self.counts["figures"] += 1

    def title(self, one: Planned, entry: Entry) -> None:
        """The title of a row, to be confirmed; one that waits is changed only if the ledger is right."""
        values = one.line.values
        document_date, ends = values["document_date"], values.get("valid_to")
        assert isinstance(document_date, date)
        valid_to = ends if isinstance(ends, date) else None
        level, document = str(values["level"]), str(values["document"])
        if self.overwrite and "title" in one.differences:
            self.counts["changed"] += change_waiting(self.session, entry, level, document, document_date, valid_to)
        # Of an entry that this import makes no title is there yet: two rows that say the same are a fault.
        record = propose_title if one.entry else record_title
        made = record(
            self.session,
            entry,
            level=level,
            document=document,
            document_date=document_date,
            authority=text_of(values.get("authority")) or "",
            number=text_of(values.get("number")),
            valid_to=valid_to,
        )
        self.counts["titles"] += made is not None


def text_of(value: object) -> str | None:
    """A value as words, if there is one."""
    return str(value) if value else None
