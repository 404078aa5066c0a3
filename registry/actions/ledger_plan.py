"""What would be made of a ledger: every row with what is wrong with it and what becomes of it."""

from collections import Counter
from dataclasses import dataclass, field

from registry.actions.ledger_known import Known, Planned, fact_of
from registry.base.errors import BadInput, Fault
from registry.base.i18n import msg
from registry.base.sheets import Sheet, letter
from registry.host.resolve import kinds
from registry.rules.facts import FactDef
from registry.rules.kind import Kind
from registry.rules.ledger import Note, Reading, read_lines
from registry.rules.ledger_heading import Heading, heading_of
from registry.store.session import ReadSession

Mapped = dict[str, dict[str, int]]
"""Sheet → column's id, or fact's (`fact@3` for a second column of one), → position."""


@dataclass(slots=True)
class Plan:
    """Every row of a ledger, with what its columns were taken for."""

    sheets: list[Sheet]
    headings: dict[str, Heading]
    mapping: Mapped
    figures: dict[str, FactDef]
    """The kind's facts that a column may hold, by id."""
    rows: list[Planned] = field(default_factory=list)
    readings: dict[str, Reading] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    """Sheets of which no column is said to hold the names."""

    @property
    def faults(self) -> list[Fault]:
        """Everything that stops a row, at its sheet, row and column."""
        return [place(self, row, note) for row in self.rows for note in row.line.notes if note.fault]

    @property
    def warnings(self) -> list[Fault]:
        """What should be looked at and stops nothing."""
        return [place(self, row, note) for row in self.rows for note in row.line.notes if not note.fault]

    @property
    def good(self) -> list[Planned]:
        """The rows that nothing stops."""
        return [row for row in self.rows if row.line.good]

    def counted(self) -> Counter[str]:
        """How many rows are in which state."""
        return Counter(row.state for row in self.rows)

    def left_out(self, sheet: str) -> list[str]:
        """The headings of a sheet that nothing is taken from."""
        used = set(self.mapping[sheet].values())
        return [words for n, words in enumerate(self.headings[sheet].names) if words and n not in used]


def place(plan: Plan, row: Planned, note: Note) -> Fault:
    """A note as a fault: sheet, row and column as the spreadsheet shows them."""
    heading = plan.headings[row.sheet]
    named = heading.names[note.column] if note.column is not None and note.column < len(heading.names) else ""
    column = f"{letter(note.column)}{note.row + 1}" if note.column is not None else f"{note.row + 1}"
    return Fault(
        note.message,
        file=row.sheet,
        line=note.row + 1,
        column=note.column + 1 if note.column is not None else None,
        field=f"{column} {named}".strip(),
    )


def kind_of(session: ReadSession, id: str) -> Kind:
    """A kind by its id. Raises BadInput."""
    found = next((k for k in kinds(session, session.today) if k.id == id), None)
    if found is None:
        raise BadInput(Fault(msg("Say what kind of entries the ledger holds."), field="kind"))
    return found


def figures_of(kind: Kind) -> dict[str, FactDef]:
    """The figures of a kind that a column may hold."""
    return {id: fact for id, fact in kind.facts.items() if fact.numeric}


def planned(session: ReadSession, sheets: list[Sheet], mapping: Mapped, *, region: str, kind: str) -> Plan:
    """The plan of a ledger as the database stands now."""
    found = kind_of(session, kind)
    figures = figures_of(found)
    headings = {s.name: h for s in sheets if s.name in mapping and (h := heading_of(s.rows))}
    result = Plan(sheets, headings, {name: mapping[name] for name in headings}, figures)
    known = Known(session, region, found)
    for sheet in sheets:
        columns = result.mapping.get(sheet.name, {})
        if "name" not in columns:
            result.unread.append(sheet.name)
            continue
        facts = {key: figures[fact] for key in columns if (fact := fact_of(key)) in figures}
        reading = Reading(headings[sheet.name], columns, facts, session.today)
        result.readings[sheet.name] = reading
        result.rows += [known.place(sheet.name, line, reading) for line in read_lines(sheet.rows, reading)]
    return result
