"""What the register holds already of the rows of a ledger.

A row is known again by its entry's number in the register, by its title's number, or by kind, region and name.
"""

import re
from dataclasses import dataclass, field
from datetime import date

from sqlmodel import col, select

from registry.base.canonical import plain
from registry.base.i18n import Message, Text, msg
from registry.base.script import fold
from registry.host.resolve import kinds
from registry.rules.kind import Kind
from registry.rules.ledger import Line, Note, Reading
from registry.rules.ledger_heading import BY_ID
from registry.rules.ledger_values import squeezed
from registry.store.entry import Entry
from registry.store.ledger import LedgerName, RecordedTitle
from registry.store.observation import Observation
from registry.store.region import Organisation, Region, children
from registry.store.session import ReadSession
from registry.store.title import Title

NEW, MORE, SAME, DIFFERS, FAULTY = "new", "more", "same", "differs", "fault"
"""States of a row: not there yet; there, and the ledger knows more of it; there already; there with other words; stopped."""


@dataclass(slots=True)
class Planned:
    """One row and what would become of it."""

    sheet: str
    line: Line
    region: str = ""
    kind: str = ""
    entry_class: str | None = None
    found: str = NEW
    entry: str | None = None
    """The id of the entry that it is."""
    differences: dict[str, Message] = field(default_factory=dict)
    """Column's or fact's id → what the register says instead."""

    @property
    def state(self) -> str:
        """Where it stands."""
        return self.found if self.line.good else FAULTY

    @property
    def key(self) -> tuple[str, str, str]:
        """Kind, region and name: by this an entry that is not there yet is one, however many rows speak of it."""
        return self.kind, self.region, folded(str(self.line.values["name"]))

    def differ(self, key: str, what: Message | Text, before: object, after: object) -> None:
        """Note that the register says something else than the ledger."""
        words = msg(
            "{what}: the register says “{before}”, the ledger “{after}”.", what=what, before=before, after=after
        )
        self.differences[key] = words


def folded(name: str) -> str:
    """A name as it is compared."""
    return fold(re.sub(r"\s", "", name))[:80]


def nearly(name: str) -> str:
    """A name without what is often left out of it: two of which this is the same are likely one."""
    return re.sub(r"(劳务)?品牌$", "", fold(squeezed(name)))


def fact_of(key: str) -> str:
    """The fact of a mapped column: `fact@3` is a second column of one."""
    return key.partition("@")[0]


def names_of(region: Region) -> set[str]:
    """What people call a region: with and without its last character."""
    whole = region.text.zh_hans
    short = re.sub(r"(县|区|市)$", "", whole)
    return {whole, short} if len(short) > 1 else {whole}


def spent(words: str) -> str:
    """A class without the word for class."""
    return re.sub(r"(类|型|类型)$", "", words)


class Known:
    """What the register holds already, and what the rows before have said."""

    def __init__(self, session: ReadSession, region: str, kind: Kind) -> None:
        self.kind = kind
        self.home = session.get_one(Region, region)
        inside = [self.home, *children(session, region)]
        codes = [r.code for r in inside]
        self.regions = {squeezed(words): r.code for r in inside for words in (*names_of(r), r.code)}
        self.kinds = {squeezed(k.nouns.one.zh_hans): k for k in kinds(session, session.today)}
        mine = list(session.exec(select(Entry).where(col(Entry.region).in_(codes))))
        self.by_id = {e.id: e for e in mine}
        self.by_public_id = {e.public_id: e.id for e in mine}
        self.by_name = {(e.kind, e.region, folded(e.text.zh_hans)): e.id for e in mine}
        self.by_name |= {
            (n.kind, n.region, n.name): n.entry_id
            for n in session.exec(select(LedgerName).where(col(LedgerName.region).in_(codes)))
        }
        self.near = {(e.kind, e.region, nearly(e.text.zh_hans)): e for e in mine}
        bodies = list(session.exec(select(Organisation)))
        self.owners = {o.id: o.text.zh_hans for o in bodies}
        self.codes = {o.credit_code: o for o in bodies if o.credit_code}
        self.given = self._titles(session)
        self.numbers = dict(session.exec(select(Title.number, Title.entry_id)).all())
        self.waiting = self._waiting(session, codes)
        self.figures = self._figures(session)
        self.said: dict[tuple[str, ...], tuple[str, int]] = {}

    def _titles(self, session: ReadSession) -> dict[tuple[str, str, str], Title]:
        rows = session.exec(
            select(Title).join(Entry).where(col(Entry.region).in_({e.region for e in self.by_id.values()}))
        )
        return {(t.entry_id, t.level, t.document): t for t in rows}

    def _waiting(self, session: ReadSession, codes: list[str]) -> dict[tuple[str, str, str], RecordedTitle]:
        query = select(RecordedTitle).where(
            col(RecordedTitle.region).in_(codes),
            col(RecordedTitle.confirmed_by).is_(None),
            col(RecordedTitle.refused_by).is_(None),
        )
        rows = list(session.exec(query))
        self.numbers |= {t.number: t.entry_id for t in rows if t.number}
        return {(t.entry_id, t.level, t.document): t for t in rows}

    def _figures(self, session: ReadSession) -> dict[tuple[str, str, str | None], Observation]:
        """The newest figure from a document of each entry, fact and period."""
        query = select(Observation).where(Observation.subject_type == "entry", Observation.source == "document")
        rows = [o for o in session.exec(query.order_by(col(Observation.recorded_at))) if o.subject_id in self.by_id]
        replaced = {o.supersedes for o in rows}
        return {(o.subject_id, o.fact, o.period): o for o in rows if o.id not in replaced}

    def place(self, sheet: str, line: Line, reading: Reading) -> Planned:
        """A row with its region, its kind and what it is already."""
        at = reading.mapping.get
        result = Planned(sheet, line)
        result.region = self.region(line, at("region")) or self.home.code
        result.kind, result.entry_class = self.kind_and_class(line, at("kind"))
        if not line.good:
            return result
        if self.again(result, at("name")):
            return result
        self.doubt_owner(line, at("credit_code"))
        result.entry = self.entry(result, reading)
        if result.entry and line.good:
            self.compare(result, self.by_id[result.entry], reading)
        elif near := self.near.get((result.kind, result.region, nearly(str(line.values["name"])))):
            words = msg(
                "This looks like “{name}”, which is there; if it is the same, write it the same way.", name=near.text
            )
            line.warn(at("name"), words)
        return result

    def doubt_owner(self, line: Line, column: int | None) -> None:
        """A credit code that the register has under another name: that body is taken."""
        names, body = line.values.get("owner"), self.codes.get(str(line.values.get("credit_code", "")))
        if body and isinstance(names, list) and names and names[0] != body.text.zh_hans:
            line.warn(column, msg("In the register this code is that of “{name}”, which is taken.", name=body.text))
            names[0] = body.text.zh_hans

    def again(self, row: Planned, column: int | None) -> bool:
        """Whether a row before has said the same, which is noted."""
        values = row.line.values
        key = (*row.key, str(values.get("level", "")), str(values.get("document", "")))
        if key in self.said:
            sheet, before = self.said[key]
            words = msg("This says the same as row {row} of “{sheet}”.", row=before + 1, sheet=sheet)
            row.line.notes.append(Note(row.line.row, column, words))
            return True
        self.said[key] = row.sheet, row.line.row
        return False

    def entry(self, row: Planned, reading: Reading) -> str | None:
        """The entry that a row is."""
        values, at = row.line.values, reading.mapping.get
        public, number = str(values.get("public_id", "")), str(values.get("number", ""))
        if public:
            if public in self.by_public_id:
                return self.by_public_id[public]
            words = msg(
                "The register of {region} has no entry with the number {number}.", region=self.home.text, number=public
            )
            row.line.notes.append(Note(row.line.row, at("public_id"), words))
        by_number = self.numbers.get(number) if number else None
        if by_number and by_number not in self.by_id:
            words = msg("The number {number} is another title's.", number=number)
            row.line.notes.append(Note(row.line.row, at("number"), words))
        found = by_number or self.by_name.get(row.key)
        return found if found in self.by_id else None

    def region(self, line: Line, column: int | None) -> str | None:
        """The region that a row names, within the ledger's own."""
        said = line.values.get("region")
        if said is None:
            if self.home.level == "city":
                line.notes.append(Note(line.row, column, msg("Say which county this belongs to.")))
            return None
        code = self.regions.get(squeezed(said))
        if code is None:
            words = msg("“{value}” is not inside {region}.", value=str(said)[:30], region=self.home.text)
            line.notes.append(Note(line.row, column, words))
        return code

    def kind_and_class(self, line: Line, column: int | None) -> tuple[str, str | None]:
        """The kind or the class that a row names; the ledger's own kind where it names none."""
        said = squeezed(line.values.get("kind", ""))
        if not said:
            return self.kind.id, None
        for words, kind in self.kinds.items():
            if words == said or (len(words) > 2 and words in said):
                return kind.id, None
        for id, label in self.kind.classes.items():
            if spent(said) in label.zh_hans or spent(label.zh_hans) in said:
                return self.kind.id, id
        line.warn(column, msg("“{value}” is no kind and no class that is known here; it is left out.", value=said[:30]))
        return self.kind.id, None

    def compare(self, row: Planned, entry: Entry, reading: Reading) -> None:
        """What the register says otherwise, and whether the ledger knows more."""
        values, owners = row.line.values, row.line.values.get("owner")
        more = False
        if folded(entry.text.zh_hans) != folded(str(values["name"])):
            row.differ("name", BY_ID["name"].label, entry.text, values["name"])
        if isinstance(owners, list) and owners:
            owner = self.owners.get(entry.owner_id or "")
            more |= owner is None
            if owner and owner != owners[0]:
                row.differ("owner", BY_ID["owner"].label, owner, owners[0])
        if row.entry_class and entry.entry_class != row.entry_class:
            before = self.kind.classes.get(entry.entry_class or "", "—")
            row.differ("kind", BY_ID["kind"].label, before, self.kind.classes[row.entry_class])
        for key, value in row.line.figures.items():
            there = self.figures.get((entry.id, fact_of(key), reading.period(key)))
            more |= there is None
            if there and there.value != plain(value):
                row.differ(key, reading.figures[key].label, there.value, plain(value))
        if row.line.has_title:
            more |= self.compare_title(row, entry)
        row.found = DIFFERS if row.differences else MORE if more else SAME

    def compare_title(self, row: Planned, entry: Entry) -> bool:
        """Whether the title of a row is not there yet; what it says otherwise is noted."""
        values = row.line.values
        key = (entry.id, str(values["level"]), str(values["document"]))
        there = self.given.get(key) or self.waiting.get(key)
        if there is None:
            return True
        ends = values.get("valid_to")
        if there.document_date != values["document_date"]:
            row.differ("title", BY_ID["document_date"].label, there.document_date, values["document_date"])
        elif isinstance(ends, date) and there.valid_to != ends:
            row.differ("title", BY_ID["valid_to"].label, there.valid_to or "—", ends)
        return False
