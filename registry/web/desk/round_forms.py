"""The form of a round's call, with a field for the seats of each county and kind."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from wtforms import RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from registry.actions.rounds import Call
from registry.base.errors import Fault
from registry.base.i18n import Message, Text, msg
from registry.rules.form import Field, read_value
from registry.rules.kind import Kind
from registry.store.region import Region
from registry.store.round import Round, RoundSeats
from registry.web.desk.cultivation_forms import ListForm

DAY = Field.model_validate({"id": "day", "label": "day", "type": "date"})
COUNT = Field.model_validate({"id": "seats", "label": "seats", "type": "integer"})
ORDERS: dict[str, Message] = {
    "points": msg("By points over the whole round"),
    "recommended": msg("By each county's own order of recommendation"),
}
TIES: dict[str, Message] = {
    "leader_decides": msg("The office decides among them, before the decision is prepared"),
    "all_out": msg("None of them has the seat"),
}
WORDS = ("contact", "materials", "where")


class CallForm(ListForm):
    """What a call says."""

    LABELS = {
        "title": (msg("What the round is called"), msg("As it stands in the document.")),
        "kinds": (msg("What it is for"), None),
        "opens_on": (msg("First day of applications"), msg("Such as 2026-03-01.")),
        "closes_on": (msg("Last day of applications"), msg("Applications are taken until midnight.")),
        "order_by": (msg("What the seats go by"), None),
        "ties": (msg("Equals at the last seat"), None),
        "document": (msg("Document number"), msg("Needed before it is called.")),
        "document_date": (msg("Date of the document"), None),
        "contact": (msg("Whom applicants can ask"), msg("Office, address, telephone.")),
        "materials": (msg("Materials"), msg("Besides what the form asks for; one on each line.")),
        "where": (msg("Where papers are handed in"), None),
    }
    REQUIRED = ("title", "kinds", "opens_on", "closes_on", "order_by", "ties")

    title = StringField(render_kw={"maxlength": "120"})
    kinds = SelectMultipleField(
        option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False), validate_choice=False
    )
    opens_on = StringField(render_kw={"maxlength": "20", "inputmode": "numeric"})
    closes_on = StringField(render_kw={"maxlength": "20", "inputmode": "numeric"})
    order_by = RadioField(validate_choice=False)
    ties = RadioField(validate_choice=False)
    document = StringField(render_kw={"maxlength": "60"})
    document_date = StringField(render_kw={"maxlength": "20", "inputmode": "numeric"})
    contact = StringField(render_kw={"maxlength": "200"})
    materials = TextAreaField(render_kw={"maxlength": "2000", "rows": "5"})
    where = StringField(render_kw={"maxlength": "200"})

    def offer(self, kinds: Iterable[Kind]) -> "CallForm":
        """Fill in what can be chosen."""
        self.kinds.choices = [SelectChoice(k.id, str(k.nouns.one)) for k in kinds]
        self.order_by.choices = [SelectChoice(key, str(words)) for key, words in ORDERS.items()]
        self.ties.choices = [SelectChoice(key, str(words)) for key, words in TIES.items()]
        self.order_by.data, self.ties.data = self.order_by.data or "points", self.ties.data or "leader_decides"
        return self

    def begin(self, round: Round) -> "CallForm":
        """What a draft says already."""
        self.title.data, self.kinds.data = str(Text.model_validate(round.title).zh_hans), list(round.kinds)
        self.order_by.data, self.ties.data = round.order_by, round.ties
        self.document.data = round.document or ""
        for key in ("opens_on", "closes_on", "document_date"):
            day = getattr(round, key)
            self[key].data = day.isoformat() if day else ""
        for key in WORDS:
            self[key].data = round.words.get(key, {}).get("zh-Hans", "")
        return self

    def given(self, seats: Mapping[str, str]) -> tuple[Call, list[Fault]]:
        """(what was typed, what cannot be read). `seats`: field name → what stands in it."""
        days, faults = dict[str, date | None](), list[Fault]()
        for key in ("opens_on", "closes_on", "document_date"):
            value, fault = read_value(DAY, self[key].data or "")
            faults += [Fault(fault, field=key)] if fault else []
            days[key] = date.fromisoformat(value) if value and not fault else None
        counted = dict[tuple[str, str], int]()
        for name, typed in seats.items():
            value, fault = read_value(COUNT, typed)
            faults += [Fault(fault, field=name)] if fault else []
            if value is not None and not fault:
                _, region, kind = name.split("-", 2)
                counted[region, kind] = int(value)
        call = Call(
            title=Text.model_validate(self.title.data.strip()) if (self.title.data or "").strip() else None,
            kinds=tuple(self.kinds.data or ()),
            order_by=self.order_by.data if self.order_by.data in ORDERS else "points",
            ties=self.ties.data if self.ties.data in TIES else "leader_decides",
            document=self.document.data or "",
            words={key: Text.model_validate((self[key].data or "").strip()) for key in WORDS},
            seats=counted,
            **days,
        )
        return call, faults


def seat_fields(
    regions: Iterable[Region], kinds: Iterable[Kind], known: Iterable[RoundSeats], typed: Mapping[str, str]
) -> list[dict[str, Any]]:
    """A row for each county with a field for each kind; what was typed stands before what is known."""
    kinds = list(kinds)
    stored = {f"seats-{s.region}-{s.kind}": str(s.seats) for s in known if s.seats}
    return [
        {
            "county": region.text,
            "fields": [
                {"name": name, "label": kind.nouns.one, "value": typed.get(name, stored.get(name, ""))}
                for kind in kinds
                for name in [f"seats-{region.code}-{kind.id}"]
            ],
        }
        for region in regions
    ]


def seats_typed(data: Mapping[str, str]) -> dict[str, str]:
    """The seat fields that say something."""
    return {k: v[:9] for k, v in data.items() if k.startswith("seats-") and k.count("-") >= 2 and v.strip()}
