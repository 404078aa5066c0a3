"""Regions: the tree, a functional zone added, a county or zone that ends."""

from typing import Any

from flask import flash, redirect, request, url_for
from sqlmodel import col, select
from wtforms import DateField, Form, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from registry.actions import regions
from registry.base.errors import Fault, NotFound
from registry.base.i18n import Message, msg
from registry.rules.permission import Role
from registry.store.region import COUNTY_LEVEL, Region, of_county_level
from registry.store.session import ReadSession
from registry.web.admin.forms import attempt, labelled
from registry.web.admin.sections import Section, page, section_blueprint
from registry.web.context import registry, require_actor

KEY = "regions"
ROLES = frozenset({Role.SYSTEM_ADMIN})
blueprint = section_blueprint(KEY, __name__, ROLES)
SECTION = Section(
    blueprint,
    KEY,
    msg("Regions"),
    msg("Counties and functional zones: which there are, which have ended."),
    "admin_regions.home",
    ROLES,
)
LEVELS: dict[str, Message] = {
    "nation": msg("nation"),
    "province": msg("province"),
    "city": msg("city"),
    "county": msg("county"),
    "zone": msg("functional zone"),
}
LABELS: dict[str, Message] = {
    "code": msg("Region code (six digits)"),
    "slug": msg("Address of its pages"),
    "name": msg("Chinese name"),
    "english": msg("English name"),
    "parent": msg("City"),
    "valid_from": msg("From"),
    "last_day": msg("Last day"),
    "successor": msg("Which region goes on with its work?"),
}


class ZoneForm(Form):
    """A new functional zone."""

    name = StringField(validators=[InputRequired(), Length(max=60)])
    english = StringField(validators=[InputRequired(), Length(max=100)])
    code = StringField(validators=[InputRequired(), Length(max=6)])
    slug = StringField(validators=[InputRequired(), Length(max=40)])
    parent = SelectField(validators=[InputRequired()], validate_choice=False)
    valid_from = DateField(validators=[InputRequired()])


class EndForm(Form):
    """The end of a region."""

    last_day = DateField(validators=[InputRequired()])
    successor = SelectField(validators=[InputRequired()], validate_choice=False)


@blueprint.get("/")
def home() -> str:
    """Every region, the wider before the ones inside."""
    with registry().store.read(require_actor()) as session:
        by_code = {r.code: r for r in session.exec(select(Region).order_by(Region.code))}
        rows = [
            {
                "code": r.code,
                "name": r.text,
                "level": LEVELS[r.level],
                "parent": by_code[r.parent].text if r.parent else None,
                "valid_from": r.valid_from,
                "valid_to": r.valid_to,
                "successor": by_code[r.successor].text if r.successor else None,
                "may_end": r.level in COUNTY_LEVEL and r.valid_to is None,
            }
            for r in by_code.values()
        ]
    return page("regions", here=KEY, rows=rows)


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> Any:
    """Add a functional zone."""
    form, faults = ZoneForm(request.form), list[Fault]()
    with registry().store.read(require_actor()) as session:
        cities = session.exec(select(Region).where(Region.level == "city").order_by(Region.code))
        form.parent.choices = [SelectChoice(r.code, str(r.text)) for r in cities]
    labelled(form, LABELS)
    if request.method == "POST":
        faults = attempt(form, lambda: regions.add_zone(registry(), require_actor(), **form.data))
        if not faults:
            flash(str(msg("The zone is in the register; now give it its officers.")))
            return redirect(url_for(".home"), 303)
    return page("regions_new", here=KEY, form=form, faults=faults), 422 if faults else 200


@blueprint.route("/<code>/end", methods=["GET", "POST"])
def end(code: str) -> Any:
    """End a county or zone."""
    form, faults = EndForm(request.form), list[Fault]()
    with registry().store.read(require_actor()) as session:
        region = ending(session, code)
        others = session.exec(select(Region).where(of_county_level(session.today)).order_by(col(Region.code)))
        form.successor.choices = [SelectChoice(r.code, f"{r.text} {r.code}") for r in others if r.code != code]
    labelled(form, LABELS)
    if request.method == "POST":
        faults = attempt(form, lambda: regions.end_region(registry(), require_actor(), code=code, **form.data))
        if not faults:
            flash(str(msg("The end of the region is on record.")))
            return redirect(url_for(".home"), 303)
    return page("regions_end", here=KEY, form=form, region=region.text, faults=faults), 422 if faults else 200


def ending(session: ReadSession, code: str) -> Region:
    """A region that can be ended. Raises NotFound."""
    region = session.get(Region, code)
    if region is None or region.valid_to is not None or region.level not in COUNTY_LEVEL:
        raise NotFound(msg("There is no region “{code}” that could end.", code=code))
    return region
