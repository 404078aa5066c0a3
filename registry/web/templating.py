"""What templates may use: translation, dates and numbers for people, addresses of static files."""

import json
import secrets
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from flask import Flask, request, url_for
from jinja2 import StrictUndefined
from markupsafe import Markup

from registry.actions.cultivation import READERS
from registry.actions.paper import ENTERERS
from registry.actions.rounds import MEMBERS
from registry.base.canonical import sha256
from registry.base.clock import local_date
from registry.base.i18n import LANGUAGES, PREFIXES, Message, Text, language, msg
from registry.base.money import Money
from registry.base.paths import resource
from registry.rules.kind import Kind
from registry.rules.permission import ADMINS, HANDLERS, STAFF, Actor, Role
from registry.store.message import unread
from registry.store.meta import mark
from registry.store.session import ReadSession
from registry.web import exported
from registry.web.context import actor, kinds_now, registry
from registry.web.language import NAMES

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def show_date(value: date | datetime | None) -> str:
    """`2026年11月23日`, `23 November 2026`; the day in Shanghai."""
    if value is None:
        return ""
    day = local_date(value) if isinstance(value, datetime) else value
    if language() == "en":
        return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
    return f"{day.year}年{day.month}月{day.day}日"


def show_month(value: date) -> str:
    """`2026年11月`, `November 2026`."""
    return f"{MONTHS[value.month - 1]} {value.year}" if language() == "en" else f"{value.year}年{value.month}月"


def show_number(value: Any) -> str:
    """A number for people: 万 where natural in Chinese, separators in English; words pass through."""
    if value is None:
        return ""
    if isinstance(value, str | Message | Text):
        return str(value)
    number = Decimal(value)
    wan = number / 10000
    if language() != "en" and abs(number) >= 10000 and wan == round(wan, 2):
        return f"{wan.normalize():,f}{'萬' if language() == 'zh-Hant' else '万'}"
    return f"{number.normalize():,f}" if number != number.to_integral_value() else f"{int(number):,}"


def translate(source: str, /, **params: Any) -> str:
    """`_` of templates."""
    return Message(source, **params).text()


@lru_cache(maxsize=256)
def static_hash(name: str) -> str:
    """Ten digits of a static file's hash."""
    return sha256((resource("static") / name).read_bytes())[:10]


def static(name: str) -> str:
    """The address of a static file; it changes with its content, so it may be kept for ever."""
    return f"/static/{name}?v={static_hash(name)}"


def text(value: Any) -> str:
    """A Text, or a stored mapping of one, in the reader's language."""
    return str(Text.model_validate(value) if isinstance(value, dict) else value)


def foreign(value: Any) -> Markup:
    """The attribute for words that stand in Chinese on a page in English, because nobody has translated them."""
    there = isinstance(value, Text) and language() == "en" and value.en is None
    return Markup(' lang="zh-Hans"') if there else Markup("")


LONG_QUERY = 1000
"""Bytes of a query that no form of ours makes; a link to another language leaves such a one out."""


def languages() -> list[dict[str, str]]:
    """This page in each language: its address here, and the whole one for search engines."""
    path, query = quote(request.path), request.query_string.decode("ascii", errors="replace")
    address = path + (f"?{query}" if 0 < len(query) <= LONG_QUERY else "")
    root = registry().settings.public_url.rstrip("/")
    return [
        {"lang": lang, "name": NAMES[lang], "url": PREFIXES[lang] + address, "whole": root + PREFIXES[lang] + path}
        for lang in LANGUAGES
    ]


def site(session: ReadSession) -> dict[str, Any]:
    """What stands around every page."""
    stored = json.loads(mark(session, "site") or "{}")
    sections: dict[str, dict[str, Any]] = {}
    for kind in kinds_now(session):
        url = url_for("public.section", section=kind.section)
        sections.setdefault(kind.section, {"key": kind.section, "name": section_name(kind), "url": url})
    name = translate("Register of labour brands and startup bases")
    return {
        "name": name,
        "organiser": "",
        **{k: text(v) for k, v in stored.items()},
        "sections": list(sections.values()),
    }


ADMIN_PAGES = (*ADMINS, *STAFF - {Role.STATION, Role.EXPERT, Role.DEPARTMENT, Role.FINANCE_OFFICER})
"""Roles that have something to do in the administration."""
SECTION_NAMES = {"brands": msg("Brands"), "bases": msg("Startup bases")}
"""Sections that several kinds share; any other is called by its kind's noun."""


def section_name(kind: Kind) -> Message | Text:
    """What the section of a kind is called."""
    return SECTION_NAMES.get(kind.section, kind.nouns.many)


PAPER_ROLES = (*ENTERERS, *HANDLERS)
"""Roles that enter what came on paper, or file what was signed."""


def list_page(person: Actor) -> str | None:
    """The page of the cultivation list that somebody works with: the list itself, or the form to suggest something."""
    if person.has(*READERS):
        return "desk.cultivation.home"
    return "desk.suggestions.new" if person.has(Role.STATION) else None


def frame(public: bool = False) -> dict[str, Any]:
    """What the layout needs."""
    person = None if public else actor()
    with registry().store.read(person) as session:
        around = site(session)
        fresh = unread(session, person.account) if person else 0
    return {
        "lang": language(),
        "languages": languages(),
        "site": around,
        "public": public,
        "demo": {"date": local_date(registry().now)} if registry().demonstration else None,
        "signed_in": {
            "name": person.name,
            "staff": person.is_staff,
            "admin": person.has(*ADMIN_PAGES),
            "unread": fresh,
            "list": list_page(person),
            "paper": person.has(*PAPER_ROLES),
            "rounds": person.has(*MEMBERS),
        }
        if person
        else None,
    }


def set_up(app: Flask) -> None:
    """Give the application's templates their words."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        _=translate,
        export_url=exported.address,
        static=static,
        t=text,
        foreign=foreign,
        new_key=lambda: secrets.token_urlsafe(12),
    )
    app.jinja_env.filters.update(
        date=show_date, month=show_month, number=show_number, money=lambda fen: Money(fen).text()
    )
