"""Checking packs: everything an author can get wrong, all at once, each at its line and column."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from jinja2 import TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment

from registry.base.errors import BadInput, Fault
from registry.base.i18n import Message, msg
from registry.base.region import is_within
from registry.host.packs import Pack, Parsed
from registry.host.resolve import JUDGES
from registry.rules import crossref, extension, proof
from registry.rules.clause import Bound
from registry.rules.criteria import CriteriaSet
from registry.rules.extension import Extension
from registry.rules.floors import Floors, FloorSet, Threshold, compose
from registry.rules.form import Form
from registry.rules.kind import Kind
from registry.rules.pack import Page
from registry.rules.reference import ReferenceTable
from registry.rules.wording import did_you_mean
from registry.rules.workflow import Workflow
from registry.rules.yamlfile import Source


class Library:
    """Every definition at hand, by which references between packs are checked."""

    def __init__(self, packs: Iterable[Pack], floors: Iterable[FloorSet] = ()) -> None:
        self.packs = list(packs)
        self.in_force = list(floors)
        """Published floors: they bind although their folder is gone or cannot be read."""
        self.kinds = {d.model.id: d.model for d in self.all(Kind)}
        self.workflows = {(d.model.id, d.model.version): d.model for d in self.all(Workflow)}

    def all(self, model_class: type) -> Iterator[Parsed]:
        """The definitions of one model."""
        return (d for pack in self.packs for d in pack.definitions if isinstance(d.model, model_class))

    def floors(self, region: str, kind: str, level: str | None) -> Floors:
        """The floors that bind a region."""
        sets: list[FloorSet] = [*(d.model for d in self.all(FloorSet)), *self.in_force]
        return compose(
            [
                f
                for f in sets
                if is_within(region, f.region) and f.kind in ("*", kind) and f.title_level in (None, level)
            ]
        )


def check(pack: Pack, library: Library) -> list[Fault]:
    """All faults of a pack, those of reading included, in the order of its files."""
    faults = [*pack.faults]
    if pack.manifest is not None:
        faults += _taken(pack, library)
        for parsed in pack.definitions:
            faults += _head_faults(pack, parsed, library)
            faults += _own_faults(parsed, library)
        if not faults:
            faults += _example_faults(pack, library)
    return sorted(faults, key=lambda f: (f.file or "", f.line or 0, f.column or 0))


def _taken(pack: Pack, library: Library) -> Iterator[Fault]:
    owners: dict[tuple[str, str], str] = {}
    for other in library.packs:
        if other.folder != pack.folder:
            owners |= {(d.type, d.ref): other.name for d in other.definitions}
    mine: set[tuple[str, str, int]] = set()
    for d in pack.definitions:
        if owner := owners.get((d.type, d.ref)):
            yield _at(
                d.source,
                ("id",),
                msg(
                    "The id “{id}” is taken by the pack “{owner}”; this is the pack “{pack}”.",
                    id=d.ref,
                    owner=owner,
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


def _own_faults(d: Parsed, library: Library) -> Iterator[Fault]:
    model = d.model
    if isinstance(model, CriteriaSet):
        kind = library.kinds.get(model.kind)
        yield from crossref.faults(model, d.source, kind.facts if kind else None)
        yield from _laxer(model, d.source, library)
    elif isinstance(model, Workflow | Extension):
        yield from workflow_faults(model, d.source, library)
    elif isinstance(model, Form):
        yield from form_faults(model, d.source, library)
    elif isinstance(model, Page):
        yield from _page_faults(model, d.source)


def _example_faults(pack: Pack, library: Library) -> Iterator[Fault]:
    """Where a worked example comes out otherwise than it says."""
    sets = {d.ref: d.model for d in library.all(CriteriaSet)}
    tables = [d.model.table() for d in library.all(ReferenceTable)]
    for example, source, n in pack.examples:
        if (found := sets.get(example.criteria)) is None:
            message = msg("There is no criteria set “{id}”.", id=example.criteria)
            yield source.fault(message, "examples", n, "criteria", remedy=did_you_mean(example.criteria, sets))
            continue
        outcome = example.judged(whole_criteria(found, library), tables)
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
    """The workflow itself, extensions applied. Raises BadInput, with its places where the source is given."""
    if isinstance(model, Workflow):
        return model
    ref, _, version = model.extends.partition("@")
    base = library.workflows.get((ref, int(version)))
    if base is None:
        raise BadInput(Fault(msg("There is no workflow “{ref}” to extend.", ref=model.extends)))
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
        for fault in error.faults:
            yield fault if fault.file else _at(source, ("extends",), fault.message)
        return
    if isinstance(model, Extension):
        source = extension.as_whole(model, source)
    yield from proof.faults(workflow, library.floors(workflow.region, workflow.kind, workflow.level), source)


def form_faults(form: Form, source: Source, library: Library) -> Iterator[Fault]:
    """Fields that write nowhere, depend on nothing, or are said twice."""
    kind = library.kinds.get(form.kind)
    facts = set(kind.facts) if kind else set()
    for d in library.all(CriteriaSet):
        if d.model.kind == form.kind:
            facts |= set(d.model.facts)
    seen: set[str] = set()
    for i, section in enumerate(form.sections):
        for j, field in enumerate(section.fields):
            loc = ("sections", i, "fields", j)
            if field.id in seen:
                yield _at(source, (*loc, "id"), msg("The field “{id}” stands twice.", id=field.id))
            if field.shown_when and field.shown_when.field not in seen:
                yield _at(
                    source,
                    (*loc, "shown_when", "field"),
                    msg("“{id}” is no field above this one.", id=field.shown_when.field),
                )
            if field.writes.fact and field.writes.fact not in facts:
                yield _at(source, (*loc, "writes", "fact"), msg("There is no fact “{fact}”.", fact=field.writes.fact))
            if kind and field.writes.profile and field.writes.profile not in kind.profile:
                yield _at(
                    source,
                    (*loc, "writes", "profile"),
                    msg("The kind has no profile field “{field}”.", field=field.writes.profile),
                )
            seen.add(field.id)


def _page_faults(page: Page, source: Source) -> Iterator[Fault]:
    for lang, text in page.source.model_dump().items():
        try:
            SandboxedEnvironment().parse(text)
        except TemplateSyntaxError as error:
            line, column = source.at("source", lang)
            yield Fault(
                msg("The page's template is not right: {error}", error=error.message or ""),
                source.name,
                line + error.lineno,
                column,
            )


def _at(source: Source, loc: tuple[str | int, ...], message: Message) -> Fault:
    return source.fault(message, *loc)
