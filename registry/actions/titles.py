"""Verbs and steps about titles: giving one, proposing to revoke one, ending one; the certificate."""

from datetime import date
from typing import Any

from sqlmodel import col, select

from registry.actions.position import floors_of
from registry.base.errors import BadInput, Broken, Fault, NotFound, Refused
from registry.base.i18n import Text, msg
from registry.host.resolve import pinned, read_as
from registry.rules.criteria import CriteriaSet
from registry.rules.lawful import lawful
from registry.store.calendar import work_calendar
from registry.store.case import Case
from registry.store.entry import Entry
from registry.store.meta import next_number
from registry.store.people import kept
from registry.store.record import history
from registry.store.region import Region
from registry.store.session import WriteSession
from registry.store.title import Certificate, Decision, Title

BUREAU = {
    "zh-Hans": "{place}人力资源和社会保障局",
    "zh-Hant": "{place}人力資源和社會保障局",
    "en": "{place} Human Resources and Social Security Bureau",
}


def authority_name(region: Region) -> Text:
    """What the bureau of a region is called."""
    return Text.model_validate({lang: words.format(place=region.text.in_(lang)) for lang, words in BUREAU.items()})  # type: ignore[arg-type]


def give_title(session: WriteSession, case: Case) -> Title:
    """The title that a recognised case gives, and its certificate. Raises Refused when the record forbids it.

    The record is read once more here, by code that shares nothing with the engine that let the case come this far.
    """
    now = kept(session)
    rows = [
        row.detail
        | {"on": date.fromisoformat(row.detail["on"]), "person": now.get(row.detail["person"], row.detail["person"])}
        | ({"began": date.fromisoformat(row.detail["began"])} if "began" in row.detail else {})
        for row in history(session, f"case:{case.id}")
        if row.verb in ("case.move", "case.take_back")
    ]
    if fault := lawful(
        rows,
        floor_days=floors_of(session, case).notice_working_days.value,
        working_days_between=work_calendar(session).between,
    ):
        raise Refused(fault)
    decision = session.exec(
        select(Decision)
        .where(Decision.case_id == case.id, Decision.act == "recognise")
        .order_by(col(Decision.decided_at).desc())
        .limit(1)
    ).one_or_none()
    if decision is None or decision.document is None or decision.document_date is None:
        raise Broken(msg("The recognition has no document."))
    criteria = read_as(CriteriaSet, pinned(session, case.pins["criteria"]))
    region, year = session.get_one(Region, case.authority_region), session.today.year
    title = Title(
        number=f"{region.code}-{year}-{next_number(session, f'title:{region.code}:{year}'):04}",
        entry_id=case.entry_id,
        scheme=criteria.id,
        scheme_title=criteria.title.model_dump(),
        kind=case.kind,
        level=case.level,
        authority_region=case.authority_region,
        authority_name=authority_name(region).model_dump(),
        case_id=case.id,
        document=decision.document,
        document_date=decision.document_date,
        basis=criteria.basis.title.model_dump(),
        valid_from=decision.document_date,
        valid_to=years_later(decision.document_date, criteria.valid_years),
    )
    session.add(title)
    session.flush()
    session.add(Certificate(title_id=title.id, issued_at=session.now))
    return title


def years_later(day: date, years: int | None) -> date | None:
    """The same day some years later; 29 February becomes the 28th."""
    if years is None:
        return None
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def title_of(session: WriteSession, number: str) -> Title:
    """A title by its number. Raises NotFound."""
    title = session.exec(select(Title).where(Title.number == number)).one_or_none()
    if title is None:
        raise NotFound(msg("There is no title “{number}”.", number=number))
    return title


def end_title(session: WriteSession, case: Case) -> None:
    """A revocation that was decided ends its title, with the reason in the words for the public."""
    title = session.get_one(Title, case.title_id)
    title.status, title.ended_on = "revoked", session.today
    title.end_reason = case.draft["public_reason"]
    session.add(title)
    session.record("title.revoke", f"title:{title.id}", case=case.id)
    entry = session.get_one(Entry, title.entry_id)
    session.changes(
        f"entry:{entry.id}",
        f"region:{entry.region}",
        f"list:{entry.kind}",
        "list:titles",
        f"title:{title.number}",
        "home",
    )


def require_text(words: Any, field: str) -> Text:
    """A text that says something. Raises BadInput."""
    if not words or not str(words).strip():
        raise BadInput(Fault(msg("Say why."), field=field))
    return Text.model_validate(words)
