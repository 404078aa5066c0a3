"""The demonstration's data as packs carry it: who there is, what is known, and who does what on which working day.

A pack whose manifest names a folder as its `demonstration` carries YAML files there; each may hold any of the lists of
`DataFile`, and all files of all packs are read together. Days are working days counted from the demonstration's first
day, so negative ones are past.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from pydantic import Field

from registry.base.i18n import Text
from registry.base.region import RegionCode
from registry.rules.facts import SOURCES
from registry.rules.model import Day, Flag, Id, Model, Whole
from registry.rules.permission import Role

Login = str


class OrganisationRow(Model):
    """A body that owns, builds or files."""

    id: Id
    name: Text
    region: RegionCode
    fictitious: Flag = True


class PersonRow(Model):
    """Somebody with one role; `title` is a post, never a name. `does` puts it among the first to continue as."""

    login: Login = Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=40)
    title: str = Field(max_length=60)
    role: Role
    region: RegionCode
    organisation: Id | None = None
    does: Text | None = None


class Standing(Model):
    """What a policy says of an entry without a document on file. Without a level it is told in words only."""

    level: Literal["county", "city", "province", "nation"] | None = None
    words: Text
    source: Text


class EntryRow(Model):
    """A brand or base. One that is not `listed` appears with its recognition."""

    id: Id
    kind: Id
    region: RegionCode
    name: Text
    product: Id | None = None
    class_: Id | None = Field(default=None, alias="class")
    owner: Id | None = None
    owner_type: Literal["regional", "enterprise"] = "regional"
    units: tuple[Id, ...] = ()
    profile: dict[Id, Text] = Field(default_factory=dict)
    standing: tuple[Standing, ...] = ()
    fictitious: Flag = False
    illustrative: Flag = False
    listed: Flag = True


class FigureRow(Model):
    """An observation of an entry or a region. `period` is a year, a month, or `last_year` on the day it is entered."""

    fact: Id
    value: str
    entry: Id | None = None
    region: RegionCode | None = None
    period: str | None = None
    scope: str = ""
    source: Literal[tuple(SOURCES)]  # type: ignore[valid-type]
    standing: Literal["declared", "documented", "verified"] = "documented"
    says: str = ""
    """The source by its name, as it is shown."""
    as_of: Day | None = None
    day: Whole = Field(default=-200, le=0)


class Defect(Model):
    """What must be corrected."""

    field: Id
    words: str


class Step(Model):
    """One act of one person: `do` names a verb or an outcome of the stage.

    Verbs are `apply`, `submit`, `publish_notice`, `object`, `answer`, `conflict`, `propose_revocation`, `re_evaluate`,
    `ask_experts`, `score`. With `at` an act is left out when the case stands in another stage.
    """

    day: Whole
    who: str = ""
    do: Id
    at: Id | None = None
    reason: str = ""
    opinion: str = ""
    statement: str = ""
    visit_note: str = ""
    meeting: str | None = None
    minutes: str | None = None
    document: str | None = None
    defects: tuple[Defect, ...] = ()
    together: tuple[Id, ...] = ()
    """Further cases of the same notice."""
    contact: Text | None = None
    places: Text | None = None
    words: str = ""
    answer: str = ""
    upheld: Flag = False
    public_reason: Text | None = None
    experts: tuple[str, ...] = ()
    """The sign-in names of the experts who are asked."""
    scores: dict[Id, str] = Field(default_factory=dict)
    """What an expert gives, by criterion."""


class Way(Model):
    """Steps that many cases take; their days count from where a case begins it."""

    id: Id
    steps: tuple[Step, ...] = Field(min_length=1)


class Answers(Model):
    """Answers to a form, by field. `like` begins with others."""

    id: Id
    like: Id | None = None
    fields: dict[Id, str]


class Taken(Model):
    """A way that a case takes, from a day, up to and including an act."""

    way: Id
    begins: Whole
    through: Id | None = None


class CaseRow(Model):
    """One application with everything that happens to it."""

    id: Id
    entry: Id
    applicant: Login
    like: Id
    answers: dict[Id, str] = Field(default_factory=dict)
    ways: tuple[Taken, ...] = ()
    steps: tuple[Step, ...] = ()


class AimRow(Model):
    """What a figure is to be, so many years after the one in which the demonstration is made."""

    fact: Id
    years: Whole = 0
    target: str


class NoteRow(Model):
    """A visit or a word about a brand of the cultivation list; without `who` by the county's officer."""

    day: Whole = Field(le=0)
    kind: Literal["visit", "comment"] = "visit"
    who: Login | None = None
    words: str


class CultivationRow(Model):
    """A brand on its county's cultivation list. `file`: the working day on which its application is opened from there."""

    entry: Id
    day: Whole = Field(default=-150, le=0)
    found: Literal["survey", "suggestion", "policy"] = "policy"
    found_note: str = ""
    builder: Id | None = None
    plan: str = ""
    tutor: str = ""
    aims: tuple[AimRow, ...] = ()
    notes: tuple[NoteRow, ...] = ()
    published: Flag = False
    file: Whole | None = Field(default=None, le=0)


class SuggestionRow(Model):
    """What somebody suggested for the list of a county (by its slug)."""

    day: Whole = Field(le=0)
    county: str
    name: str
    reason: str


class RoundRow(Model):
    """A round: drafted and called on a day, open from and to a working day. `seats`: region → kind → how many."""

    id: Id
    day: Whole = Field(le=0)
    drafted_by: Login
    called_by: Login
    region: RegionCode
    kinds: tuple[Id, ...]
    opens: Whole
    closes: Whole
    title: Text
    document: str
    """`{year}` is the year of the day."""
    words: dict[Literal["contact", "materials", "where"], Text] = Field(default_factory=dict)
    seats: dict[RegionCode, dict[Id, Whole]] = Field(default_factory=dict)


class Stop(Model):
    """A stop of the tour: one sentence, and where it leads (about which entry), as whom."""

    name: Text
    says: Text
    go: Literal["entry", "proof", "notice", "case", "score", "rule"]
    entry: Id
    who: Login | None = None


class DataFile(Model):
    """One file; every list may be left out."""

    packs: tuple[Id, ...] = ()
    """Packs that travel with the core and are published here beside those that are installed."""
    organisations: tuple[OrganisationRow, ...] = ()
    people: tuple[PersonRow, ...] = ()
    entries: tuple[EntryRow, ...] = ()
    figures: tuple[FigureRow, ...] = ()
    answers: tuple[Answers, ...] = ()
    ways: tuple[Way, ...] = ()
    cases: tuple[CaseRow, ...] = ()
    tour: tuple[Stop, ...] = ()
    cultivation: tuple[CultivationRow, ...] = ()
    suggestions: tuple[SuggestionRow, ...] = ()
    rounds: tuple[RoundRow, ...] = ()
    site: dict[Id, Text] = Field(default_factory=dict)
    """What stands at the foot of every page: `organiser`, `hours`, …"""


@dataclass
class Demonstration:
    """Everything of all files, by id."""

    packs: list[str] = field(default_factory=list)
    organisations: dict[str, OrganisationRow] = field(default_factory=dict)
    people: dict[str, PersonRow] = field(default_factory=dict)
    entries: dict[str, EntryRow] = field(default_factory=dict)
    figures: list[FigureRow] = field(default_factory=list)
    answers: dict[str, Answers] = field(default_factory=dict)
    ways: dict[str, Way] = field(default_factory=dict)
    cases: dict[str, CaseRow] = field(default_factory=dict)
    tour: list[Stop] = field(default_factory=list)
    cultivation: list[CultivationRow] = field(default_factory=list)
    suggestions: list[SuggestionRow] = field(default_factory=list)
    rounds: list[RoundRow] = field(default_factory=list)
    site: dict[str, Text] = field(default_factory=dict)

    def answers_of(self, case: CaseRow) -> dict[str, str]:
        """What a case answers: its model's answers, then its own."""
        found: dict[str, str] = dict(case.answers)
        like: str | None = case.like
        while like:
            found = {**self.answers[like].fields, **found}
            like = self.answers[like].like
        return found

    def steps_of(self, case: CaseRow) -> Iterator[Step]:
        """The steps of a case with their days, its ways before its own."""
        for taken in case.ways:
            for step in self.ways[taken.way].steps:
                yield step.model_copy(update={"day": taken.begins + step.day})
                if step.do == taken.through:
                    break
        yield from case.steps
