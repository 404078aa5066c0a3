"""What is published of a pack, as everybody who writes packs reads it; an administrator withdraws a version here."""

from typing import Any

from flask import flash, redirect, request, url_for
from sqlmodel import col, select

from registry.actions import definitions
from registry.actions.pack_drafts import READERS
from registry.actions.pack_sources import published_source
from registry.base.errors import BadInput, Fault, NotFound
from registry.base.i18n import Text, msg
from registry.host.resolve import JUDGES, pinned
from registry.rules.permission import Role
from registry.store.definition import Definition, Publication
from registry.store.region import Region
from registry.store.session import ReadSession
from registry.web.admin.packs import KEY, blueprint
from registry.web.admin.sections import Section, page
from registry.web.context import registry, require_actor
from registry.web.desk import judgement
from registry.web.desk.common import typed

SECTION = Section(
    blueprint,
    KEY,
    msg("Rules of the counties"),
    msg(
        "Write the criteria, stages, forms and pages of your region, see what they do, and publish them with a colleague."
    ),
    "admin_packs.home",
    READERS,
)
"""Of all pages about packs: three modules hang on one blueprint."""
SIGNS = {"official": "valid", "example": "recorded", "comment": "notice"}


@blueprint.get("/published/<pack>")
def published_pack(pack: str) -> str:
    """One pack: what was published when, and every definition of it."""
    with registry().store.read(require_actor()) as session:
        rows = session.exec(
            select(Publication).where(Publication.pack == pack).order_by(col(Publication.published_at).desc())
        ).all()
        if not rows:
            raise NotFound(msg("There is no pack “{pack}”.", pack=pack))
        query = select(Definition).where(Definition.pack == pack)
        found = session.exec(query.order_by(Definition.type, Definition.ref, col(Definition.version).desc()))
        return page(
            "packs_published",
            here=KEY,
            pack=pack,
            title=published_source(rows[0]).title,
            region=session.get_one(Region, rows[0].region).text,
            publications=[{"version": p.version, "at": p.published_at, "n": p.definitions} for p in rows],
            definitions=[definition_row(session, d) for d in found],
            copy_url=url_for(".new", of=pack),
        )


def definition_row(session: ReadSession, d: Definition) -> dict[str, Any]:
    """A definition in the list."""
    over = d.withdrawn_at is not None or (d.in_force_to is not None and d.in_force_to < session.today)
    return {
        "title": Text.model_validate(d.body["title"]),
        "type": judgement.TYPES[d.type],
        "ref": d.ref,
        "version": d.version,
        "sign": "ended" if over else SIGNS[d.standing],
        "standing": judgement.STANDINGS[d.standing],
        "judges": d.type not in JUDGES or d.standing == "official" or registry().demonstration,
        "from": d.in_force_from,
        "to": d.in_force_to,
        "withdrawn_at": d.withdrawn_at,
        "url": url_for(".definition", id=d.id),
    }


@blueprint.route("/definitions/<id>", methods=["GET", "POST"])
def definition(id: str) -> Any:
    """One published version, whole; an administrator may withdraw it."""
    actor, given, faults = require_actor(), typed(), list[Fault]()
    with registry().store.read(actor) as session:
        row = session.get(Definition, id)
        if row is None:
            raise NotFound(msg("There is no such page."))
    if request.method == "POST":
        try:
            definitions.withdraw(
                registry(), actor, type=row.type, ref=row.ref, version=row.version, reason=given.get("reason", "")
            )
            flash(str(msg("The version is withdrawn. Cases that are judged by it go on.")))
            return redirect(url_for(".published_pack", pack=row.pack), 303)
        except BadInput as error:
            faults = list(error.faults)
    with registry().store.read(actor) as session:
        row = pinned(session, id)
        about = judgement.rule(row) | {"here": KEY}
        may = actor.has(Role.SYSTEM_ADMIN) and row.withdrawn_at is None
        back = url_for(".published_pack", pack=row.pack)
    shown = page(
        "packs_definition", may_withdraw=may, faults=faults, reason=given.get("reason", ""), back_url=back, **about
    )
    return shown, 422 if faults else 200
