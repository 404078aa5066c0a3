"""Checking packs: everything an author can get wrong, all at once, each at its line and column."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from decimal import Decimal
from functools import cached_property
from types import UnionType
from typing import Any

from registry.base.errors import BadInput, Fault
from registry.base.i18n import Message, msg
from registry.base.region import is_within, prefix
from registry.host import packfiles
from registry.host.formcheck import form_faults
from registry.host.packs import Pack, Parsed
from registry.host.pagecheck import page_faults
from registry.host.resolve import JUDGES
from registry.host.templatecheck import template_faults
from registry.rules import crossref, extension, proof
from registry.rules.clause import Bound
from registry.rules.criteria import CriteriaSet
from registry.rules.document import DocumentTemplate, vocabulary
from registry.rules.extension import Extension
from registry.rules.facts import FactDef, Reference
from registry.rules.floors import Floors, FloorSet, Threshold, compose
from registry.rules.form import Form
from registry.rules.kind import Kind
from registry.rules.pack import Page
from registry.rules.reference import ReferenceTable
from registry.rules.wording import did_you_mean
from registry.rules.workflow import Workflow
from registry.rules.yamlfile import Source


class Library:
    """Every definition at hand, by which references between packs are checked.

    Sorted once, so that a pack is checked in the same time however many others there are.
    """

    def __init__(self, packs: Iterable[Pack], floors: Iterable[FloorSet] = ()) -> None:
        """`floors`: those in force; they bind although their folder is gone or cannot be read."""
        self.packs = list(packs)
        self.holders: defaultdict[tuple[str, str], list[Pack]] = defaultdict(list)
        """(type, id) → the packs that say it."""
        self._by_model: defaultdict[type, list[Parsed]] = defaultdict(list)
        for pack in self.packs:
            for d in pack.definitions:
                self._by_model[type(d.model)].append(d)
                self.holders[d.type, d.ref].append(pack)
        self.kinds: dict[str, Kind] = {d.ref: d.model for d in self.all(Kind)}
        self.workflows = {(d.ref, d.model.version): d.model for d in self.all(Workflow)}
        self.criteria: dict[str, CriteriaSet] = {d.ref: d.model for d in self.all(CriteriaSet)}
        self.for_subject: defaultdict[tuple[str | None, ...], set[str]] = defaultdict(set)
        """What criteria are for → the ids of the sets that are for it."""
        for set_ in self.criteria.values():
            self.for_subject[subject_of(set_)].add(set_.id)
        self.tables: list[Reference] = [d.model.table() for d in self.all(ReferenceTable)]
        self.facts: defaultdict[str, dict[str, FactDef]] = defaultdict(dict)
        """Kind → every fact that it or a criteria set for it defines; what the kind says comes first."""
        for d in self.all(CriteriaSet):
            self.facts[d.model.kind].update(d.model.facts)
        for kind in self.kinds.values():
            self.facts[kind.id].update(kind.facts)
        self._floors: defaultdict[str, list[FloorSet]] = defaultdict(list)
        for floor in (*(d.model for d in self.all(FloorSet)), *floors):
            self._floors[prefix(floor.region)].append(floor)

    def all(self, model_class: type | UnionType) -> list[Parsed]:
        """The definitions of one model, or of several."""
        return [d for model, found in self._by_model.items() if issubclass(model, model_class) for d in found]

    @classmethod
    def among(cls, packs: Iterable[Pack], pack: Pack) -> "Library":
        """The packs at hand with this one, which takes the place of an installed one of the same name."""
        here = pack.folder.resolve()
        return cls([*(p for p in packs if p.folder.resolve() != here and p.name != pack.name), pack])

    @cached_property
    def titles(self) -> frozenset[str]:
        """What a title can be called in a condition: its scheme, its kind, or the scheme of those taken from a ledger."""
        return frozenset({*self.kinds, *(f"recorded.{id}" for id in self.kinds), *self.criteria})

    @cached_property
    def table_ids(self) -> frozenset[str]:
        """The reference tables, by id."""
        return frozenset(table.id for table in self.tables)

    @cached_property
    def versions(self) -> dict[str, list[int]]:
        """Workflow → its versions, rising."""
        found: dict[str, list[int]] = {}
        for ref, version in sorted(self.workflows):
            found.setdefault(ref, []).append(version)
        return found

    def floors(self, region: str, kind: str, level: str | None) -> Floors:
        """The floors that bind a region."""
        around = (floor for pairs in range(4) for floor in self._floors.get(region[: 2 * pairs], ()))
        return compose([f for f in around if f.kind in ("*", kind) and f.title_level in (None, level)])


def check(pack: Pack, library: Library) -> list[Fault]:
    """All faults of a pack, those of reading included, in the order of its files."""
    faults = [*pack.faults, *packfiles.too_large(pack.folder)]
    if pack.manifest is not None:
        faults += _taken(pack, library)
        for parsed in pack.definitions:
            faults += _head_faults(pack, parsed, library)
            faults += _own_faults(pack, parsed, library)
        faults += template_faults(vocabularies(pack, library), frozenset(stages_known(pack, library)))
        if not faults:
            faults += _example_faults(pack, library)
    return sorted(faults, key=lambda f: (f.file or "", f.line or 0, f.column or 0))


def notices(pack: Pack, library: Library) -> list[Fault]:
    """What its author should know and nothing is refused for: newer parents, and files that nobody reads."""
    found = [*pack.notices, *packfiles.unread(pack.folder, pack.manifest)]
    for parsed in pack.definitions:
        if isinstance(parsed.model, Extension):
            found += _newer_parent(parsed.model, parsed.source, library)
        elif isinstance(parsed.model, CriteriaSet):
            found += _same_subject(parsed.model, parsed.source, library)
    return sorted(found, key=lambda f: (f.file or "", f.line or 0, f.column or 0))


def _same_subject(model: CriteriaSet, source: Source, library: Library) -> Iterator[Fault]:
    """Another set is for the very same: of two only one judges, and its author may not know of this one."""
    own = subject_of(model)
    for other in library.for_subject[own]:
        if other != model.id:
            yield source.fault(
                msg("“{id}” is for the same place, kind, product, class and level; only one of them judges.", id=other),
                "id",
                remedy=msg("Name a product or class of its own, or withdraw the other one."),
            )


def subject_of(model: CriteriaSet) -> tuple[str | None, ...]:
    """What a criteria set is for."""
    return model.region, model.kind, model.product, model.class_, model.level, model.procedure


def _newer_parent(model: Extension, source: Source, library: Library) -> Iterator[Fault]:
    """The parent has a newer version than the one that is extended. It is never taken by itself."""
    ref, version = parent_of(model)
    newest = max(library.versions.get(ref, [version]))
    if newest > version:
        yield source.fault(
            msg(
                "“{id}” has a version {newest} now; this goes on following version {version}.",
                id=ref,
                newest=newest,
                version=version,
            ),
            "extends",
            remedy=msg("Compare the two; to follow, write {ref} here and raise “version”.", ref=f"{ref}@{newest}"),
        )


def parent_of(model: Extension) -> tuple[str, int]:
    """(id, version) of the workflow that is extended."""
    ref, _, version = model.extends.partition("@")
    return ref, int(version)


def _taken(pack: Pack, library: Library) -> Iterator[Fault]:
    mine: set[tuple[str, str, int]] = set()
    for d in pack.definitions:
        others = [p.name for p in library.holders.get((d.type, d.ref), ()) if p.folder != pack.folder]
        if others:
            yield _at(
                d.source,
                ("id",),
                msg(
                    "The id “{id}” is taken by the pack “{owner}”; this is the pack “{pack}”.",
                    id=d.ref,
                    owner=others[-1],
                    pack=pack.name,
                ),
            )
        key = (d.type, d.ref, d.model.version)
        if key in mine:
            yield _at(
                d.source,
                ("id",),
                msg("“{id}” stands twice in this pack with version {version}.", id=d.ref, version=d.model.version),
            )
        mine.add(key)


def _head_faults(pack: Pack, d: Parsed, library: Library) -> Iterator[Fault]:
    assert pack.manifest is not None
    if not is_within(d.model.region, pack.manifest.region):
        yield _at(
            d.source,
            ("region",),
            msg(
                "Region {region} is not inside {own}, the region of this pack: nobody makes rules for a neighbour.",
                region=d.model.region,
                own=pack.manifest.region,
            ),
        )
    basis = getattr(d.model, "basis", None)
    if d.model.standing == "official" and not (basis and basis.number and basis.issued):
        yield _at(
            d.source, ("standing",), msg("Without a document with number and date this can only be an example (示例).")
        )
    if d.model.standing == "comment":
        yield from _comment_faults(d)
    kind = getattr(d.model, "kind", None)
    if not isinstance(d.model, Kind) and kind not in (None, "*") and kind not in library.kinds:
        yield _at(
            d.source,
            ("kind",),
            msg("There is no kind “{kind}”; there are: {kinds}.", kind=kind, kinds=", ".join(sorted(library.kinds))),
        )


def _comment_faults(d: Parsed) -> Iterator[Fault]:
    """A draft for comment is of a rule that will decide, and says until when comments are taken."""
    if d.type not in JUDGES:
        yield _at(
            d.source,
            ("standing",),
            msg("Only criteria, workflows, floors and reference tables can be drafts for comment (征求意见稿)."),
        )
    elif d.model.in_force.to is None:
        yield d.source.fault(
            msg("A draft for comment (征求意见稿) says until when comments are taken."),
            "in_force",
            remedy=msg("Write “to” with the last day beside “from”."),
        )


def _own_faults(pack: Pack, d: Parsed, library: Library) -> Iterator[Fault]:
    model = d.model
    if isinstance(model, CriteriaSet):
        kind = library.kinds.get(model.kind)
        yield from crossref.faults(model, d.source, kind.facts if kind else None, names_for(model, library))
        yield from _laxer(model, d.source, library)
    elif isinstance(model, Workflow | Extension):
        yield from workflow_faults(model, d.source, library)
    elif isinstance(model, Form):
        yield from form_faults(model, d.source, library.kinds.get(model.kind), facts_for(model.kind, library))
    elif isinstance(model, Page):
        yield from page_faults(model, d.source)


def _example_faults(pack: Pack, library: Library) -> Iterator[Fault]:
    """Where a worked example comes out otherwise than it says."""
    for example, source, n in pack.examples:
        if (found := library.criteria.get(example.criteria)) is None:
            message = msg("There is no criteria set “{id}”.", id=example.criteria)
            yield source.fault(
                message, "examples", n, "criteria", remedy=did_you_mean(example.criteria, library.criteria)
            )
            continue
        outcome = example.judged(whole_criteria(found, library), library.tables)
        for key, wanted, came in (
            ("expect", example.expect, outcome.decision),
            ("fails", sorted(example.fails), sorted(f.id for f in outcome.findings if f.state == "not_met")),
            ("asks", sorted(example.asks), sorted(f.id for f in outcome.findings if f.state == "missing")),
            ("total", example.total, outcome.total if example.total is not None else None),
        ):
            if wanted != came:
                yield source.fault(
                    msg(
                        "The example says {key}: {wanted}; judged, it comes out as {came}.",
                        key=key,
                        wanted=", ".join(wanted) or "–" if isinstance(wanted, list) else str(wanted),
                        came=", ".join(came) or "–" if isinstance(came, list) else str(came),
                    ),
                    "examples",
                    n,
                    key,
                )


def _laxer(model: CriteriaSet, source: Source, library: Library) -> Iterator[Fault]:
    """Where a criteria set is laxer than a floor, at the clause concerned."""
    places = {
        c.id: (section, i)
        for section in ("eligible", "vetoes", "scored")
        for i, c in enumerate(getattr(model, section))
    }
    award = max((m.fixed or 0 for m in model.money), default=0)
    floors = library.floors(model.region, model.kind, model.level)
    for laxer in floors.check_criteria(
        model.basis.title,
        thresholds=thresholds(model),
        vetoes=[c.id for c in model.vetoes],
        validity_years=model.valid_years,
        award_fen=award,
    ):
        loc = places.get(laxer.id or "", ("valid_years",) if laxer.key == "validity_years" else ("id",))
        yield source.fault(laxer.message, *loc)


def thresholds(model: CriteriaSet) -> dict[str, Threshold]:
    """The plain bounds of the conditions, by clause id."""
    bounds = {c.id: c.test for c in model.eligible if isinstance(c.test, Bound)}
    return {
        id: Threshold(
            b.at_least if isinstance(b.at_least, Decimal) else None,
            b.at_most if isinstance(b.at_most, Decimal) else None,
        )
        for id, b in bounds.items()
    }


def whole_workflow(model: Workflow | Extension, library: Library, source: Source | None = None) -> Workflow:
    """The workflow itself, extensions applied. Raises BadInput, with places where the `source` is given."""
    if isinstance(model, Workflow):
        return model
    ref, version = parent_of(model)
    base = library.workflows.get((ref, version))
    if base is None:
        there = library.versions.get(ref)
        remedy = (
            msg("There is: {versions}.", versions=", ".join(f"{ref}@{n}" for n in there))
            if there
            else did_you_mean(model.extends, [f"{id}@{n}" for id, n in library.workflows])
        )
        message = msg("There is no workflow “{ref}” to extend.", ref=model.extends)
        raise BadInput(source.fault(message, "extends", remedy=remedy) if source else Fault(message, remedy=remedy))
    return extension.apply(base, model, source)


def whole_criteria(model: CriteriaSet, library: Library) -> CriteriaSet:
    """The set with the facts of its kind, which it need not define again."""
    kind = library.kinds.get(model.kind)
    return model.with_facts(kind.facts) if kind else model


def workflow_faults(model: Workflow | Extension, source: Source, library: Library) -> Iterator[Fault]:
    """What the proof says of a workflow, and what the floors of its region say."""
    try:
        workflow = whole_workflow(model, library, source)
    except BadInput as error:
        yield from error.faults
        return
    if isinstance(model, Extension):
        source = extension.stages_in(source, model)
    yield from proof.faults(workflow, library.floors(workflow.region, workflow.kind, workflow.level), source)


def facts_for(kind: str, library: Library) -> dict[str, FactDef]:
    """The facts that may be said of a kind: its own, and those of the criteria for it."""
    return library.facts.get(kind, {})


def vocabularies(pack: Pack, library: Library) -> Iterator[tuple[Parsed, Mapping[str, Any]]]:
    """Each Word template of a pack with what it may read: the facts of its kind, and the answers to its place's forms."""
    forms = [d.model for p in (*library.packs, pack) for d in p.definitions if isinstance(d.model, Form)]
    for d in pack.definitions:
        if isinstance(d.model, DocumentTemplate):
            kinds = library.kinds if d.model.kind == "*" else (d.model.kind,)
            facts = sorted({fact for kind in kinds for fact in facts_for(kind, library)})
            place = d.model.region
            near = (form for form in forms if is_within(form.region, place) or is_within(place, form.region))
            mine = [form for form in near if form.kind in kinds]
            yield d, vocabulary(d.model.subject, forms=mine, facts=facts, persons=d.model.persons)


def stages_known(pack: Pack, library: Library) -> Iterator[str]:
    """The stages of every workflow at hand, and of what this pack makes of them."""
    for workflow in library.workflows.values():
        if isinstance(workflow, Workflow):
            yield from workflow.stages
    for d in pack.definitions:
        if isinstance(d.model, Extension):
            with suppress(BadInput):
                yield from whole_workflow(d.model, library).stages


def names_for(model: CriteriaSet, library: Library) -> crossref.Names:
    """What a criteria set may name."""
    kind = library.kinds.get(model.kind)
    classes = frozenset(kind.classes) if kind and kind.classes else None
    return crossref.Names(library.titles, library.table_ids, classes, kind=kind is not None)


def _at(source: Source, loc: tuple[str | int, ...], message: Message) -> Fault:
    return source.fault(message, *loc)
