"""Beginning an application: for what, of which class, and for which brand or base."""

from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlmodel import col, select
from werkzeug.datastructures import MultiDict

from registry.actions import cases
from registry.actions.rounds import at_hand, open_calls, outside_its_days
from registry.base.errors import BadInput, Fault
from registry.base.i18n import Text, msg
from registry.host.resolve import codes_around, forms_for, kinds, newest, read_as
from registry.rules.criteria import CriteriaSet
from registry.rules.form import Form
from registry.rules.kind import Kind
from registry.rules.permission import Actor
from registry.store.case import Case
from registry.store.definition import in_force
from registry.store.entry import Entry
from registry.store.region import Organisation, region_chain
from registry.store.session import ReadSession
from registry.web.context import registry
from registry.web.public.rounds import row as round_row

LONGEST_NAME = 60


def organisations(session: ReadSession, actor: Actor) -> list[Organisation]:
    """What the actor may file for."""
    query = select(Organisation).where(col(Organisation.id).in_(actor.organisations))
    return list(session.exec(query.order_by(Organisation.id)))


def calls(session: ReadSession, mine: list[Organisation]) -> dict[str, list[dict[str, Any]]]:
    """The rounds in which the organisations can apply: open now, and opening next."""
    found = [open_calls(session, region) for region in sorted({o.region for o in mine})]
    now = {r.number: r for here, _ in found for r in here}
    later = {r.number: r for _, here in found for r in here}
    return {
        "open_rounds": [round_row(session, r) for r in now.values()],
        "next_rounds": [round_row(session, r) for r in later.values()],
    }


@dataclass(frozen=True)
class Offer:
    """Something that can be applied for: a form, and the product that it stands for or that a criteria set names."""

    form: Form
    product: str | None
    title: Text

    @property
    def value(self) -> str:
        """As the page sends it."""
        return f"{self.form.id}:{self.product or ''}"


def offers(session: ReadSession, organisation: Organisation) -> list[Offer]:
    """What can be applied for where an organisation is at home; what stands for one product first.

    A product that has criteria of its own but no form is applied for with the form of its kind.
    """
    places = codes_around(session, organisation.region)
    found = [read_as(Form, d) for d in forms_for(session, places, session.today)]
    made = [Offer(f, f.product, f.title) for f in found]
    covered = {(o.form.kind, o.product) for o in made}
    general = {f.kind: f for f in found if f.product is None}
    for d in newest(in_force(session, "criteria", session.today, regions=[organisation.region])):
        key = (d.kind or "", d.product)
        if d.product and key not in covered and d.kind in general:
            covered.add(key)
            made.append(Offer(general[d.kind], d.product, read_as(CriteriaSet, d).title))
    return sorted(made, key=lambda o: (o.product is None, o.form.kind, o.value))


def entries(session: ReadSession, organisation: Organisation, offered: list[Offer]) -> list[Entry]:
    """Brands and bases of the place that are listed and have no application under way."""
    running = select(Case.entry_id).where(Case.status == "open")
    query = select(Entry).where(
        Entry.region == organisation.region,
        Entry.status == "listed",
        col(Entry.kind).in_({o.form.kind for o in offered}),
        col(Entry.id).not_in(running),
    )
    return list(session.exec(query.order_by(Entry.slug)))


def model(session: ReadSession, actor: Actor, typed: MultiDict[str, str], faults: list[Fault]) -> dict[str, Any]:
    """The page on which one begins."""
    mine = organisations(session, actor)
    chosen = next((o for o in mine if o.id == typed.get("organisation")), mine[0] if mine else None)
    offered = offers(session, chosen) if chosen else []
    by_id = {k.id: k for k in kinds(session, session.today)}
    county = region_chain(session, chosen.region)[0].slug if chosen else ""
    return {
        "organisations": [{"value": o.id, "text": o.text} for o in mine],
        "forms": [
            {
                "value": o.value,
                "text": o.title,
                "guide_url": url_for("public.guide", county=county, form=o.form.id),
                "checked": typed.get("form") == o.value,
            }
            for o in offered
        ],
        "classes": class_groups(by_id, offered),
        "entries": [{"value": e.slug, "text": e.text} for e in entries(session, chosen, offered)] if chosen else [],
        "typed": {key: typed.get(key, "") for key in ("form", "entry", "name", "class", "organisation")},
        "faults": faults,
        "errors": {str(f.field): f.message for f in faults},
    }


def class_groups(by_id: dict[str, Kind], offered: list[Offer]) -> list[dict[str, Any]]:
    """The classes of the kinds that have some."""
    return [
        {"value": id, "text": label}
        for kind in dict.fromkeys(o.form.kind for o in offered)
        for id, label in (by_id[kind].classes.items() if kind in by_id else ())
    ]


def begin(session: ReadSession, actor: Actor, typed: MultiDict[str, str]) -> str:
    """Open the application; returns the case's id. Raises BadInput with every fault, Refused."""
    mine = {o.id: o for o in organisations(session, actor)}
    chosen = mine.get(typed.get("organisation", "")) or next(iter(mine.values()), None)
    if chosen is None:
        raise BadInput(Fault(msg("You are not appointed for an organisation that files.")))
    offer = next((o for o in offers(session, chosen) if o.value == typed.get("form")), None)
    name, slug = typed.get("name", "").strip(), typed.get("entry", "")
    kind = next((k for k in kinds(session, session.today) if offer and k.id == offer.form.kind), None)
    faults = []
    if offer is None:
        faults.append(Fault(msg("Choose what you apply for."), field="form"))
    if offer and (shut := outside_its_days(session, at_hand(session, offer.form.kind, chosen.region))):
        faults.append(Fault(shut, field="form"))
    if not slug and not name:
        faults.append(Fault(msg("Say what the brand or base is called, or choose one of the list."), field="name"))
    if slug and name:
        faults.append(Fault(msg("Either choose one of the list or write a new name, not both."), field="name"))
    if len(name) > LONGEST_NAME:
        long = msg("This has {n} characters; at most {max} are possible.", n=len(name), max=LONGEST_NAME)
        faults.append(Fault(long, field="name"))
    if any(not c.isprintable() or c == "\ufffd" for c in name):
        broken = msg("This holds characters that cannot be read; type it again instead of pasting it.")
        faults.append(Fault(broken, field="name"))
    if kind and kind.classes and not slug and typed.get("class") not in kind.classes:
        faults.append(Fault(msg("Choose the class of the brand."), field="class"))
    if faults or offer is None or kind is None:
        raise BadInput(faults)
    return cases.start(
        registry(),
        actor,
        kind=offer.form.kind,
        region=chosen.region,
        organisation_id=chosen.id,
        product=offer.product,
        entry_class=typed.get("class") if kind.classes else None,
        entry_slug=slug or None,
        name=Text.model_validate(name) if name else None,
        fictitious=chosen.fictitious and registry().demonstration,
    )
