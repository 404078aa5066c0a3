"""The certificate of a title as PDF, made anew each time from what is registered, in the reader's language."""

from datetime import date

from sqlmodel import select

from registry.base.errors import NotFound, Refused
from registry.base.i18n import DEFAULT_LANGUAGE, PREFIXES, Lang, Message, Text, msg, show, speaking
from registry.base.pdf import CertificatePage, Labelled, certificate
from registry.host.registry import Registry
from registry.host.resolve import kinds
from registry.rules.kind import Kind
from registry.rules.trace import LEVEL_NAMES
from registry.store.entry import Entry
from registry.store.session import ReadSession
from registry.store.title import Certificate, Title, certificate_of

DEMONSTRATION = Text.model_validate({"zh-Hans": "演示", "zh-Hant": "演示", "en": "Demonstration"})
FICTITIOUS = Text.model_validate({"zh-Hans": "虚构", "zh-Hant": "虛構", "en": "Fictitious"})
"""Marks that run over the page. They are no words of a catalogue: a certificate without its mark would deceive."""
HEADINGS: dict[str, Message] = {
    "recognise": msg("Certificate of recognition: {kind}"),
    "name": msg("Certificate of naming: {kind}"),
    "list": msg("Certificate of listing: {kind}"),
}
ACTS: dict[str, Message] = {
    "recognise": msg("Recognised after review, decision and public notice: {scheme}"),
    "name": msg("Named: {scheme}"),
    "list": msg("Listed: {scheme}"),
}


def certificate_pdf(registry: Registry, number: str, lang: Lang) -> bytes:
    """The certificate of a title in force, in one language with a second beneath the main lines.

    Raises NotFound, Refused when the title is not in force or its certificate is another authority's, BadInput for
    characters that the font does not have.
    """
    with registry.store.read() as session:
        title = session.exec(select(Title).where(Title.number == number)).one_or_none()
        if title is None:
            raise NotFound(msg("There is no title “{number}”.", number=number))
        if title.status != "valid" or (title.valid_to is not None and title.valid_to < session.today):
            raise Refused(msg("Title {number} is not in force; no certificate is printed for it.", number=number))
        issued = certificate_of(session, title.id)
        if issued is None:
            raise Refused(msg("The certificate of title {number} was issued elsewhere, not here.", number=number))
        page = page_of(session, registry, title, issued, lang)
    return certificate(page)


def page_of(session: ReadSession, registry: Registry, title: Title, issued: Certificate, lang: Lang) -> CertificatePage:
    """What the certificate says."""
    entry = session.get_one(Entry, title.entry_id)
    kind = kind_of(session, entry, title.valid_from)
    marks = marks_of(registry, entry, lang)
    with speaking(lang):
        return CertificatePage(
            lang=lang,
            title=twice(Message(HEADINGS[title.act].id, kind=kind.nouns.one if kind else entry.kind), lang),
            entry=twice(entry.text, lang),
            act=twice(Message(ACTS[title.act].id, scheme=title.scheme_text), lang),
            level=" · ".join([str(LEVEL_NAMES[title.level]), *(marks if lang == "en" else ())]),
            number=labelled(msg("Certificate number"), title.number),
            authority=labelled(msg("Authority"), Text.model_validate(title.authority_name)),
            issued_on=labelled(msg("Date of recognition"), day_text(title.document_date, lang)),
            valid_to=labelled(
                msg("Valid until"), day_text(title.valid_to, lang) if title.valid_to else msg("no end date")
            ),
            document=labelled(msg("Document"), title.document),
            basis=labelled(msg("Legal basis"), Text.model_validate(title.basis)),
            dated=title.document_date,
            verify_url=f"{registry.settings.public_url}{PREFIXES[lang]}/verify/{issued.code}",
            verify_hint=str(msg("Scan to verify")),
            watermark=" · ".join(marks_of(registry, entry, DEFAULT_LANGUAGE if lang == "en" else lang)),
        )


def kind_of(session: ReadSession, entry: Entry, on: date) -> Kind | None:
    """The kind of an entry, as it was called on a day; failing that, as it is called now."""
    for day in (on, session.today):
        if found := next((k for k in kinds(session, day) if k.id == entry.kind), None):
            return found
    return None


def twice(words: Message | Text, lang: Lang) -> tuple[str, ...]:
    """The words in the reader's language, and beneath them in the other one of Chinese and English."""
    other: Lang = "en" if lang != "en" else DEFAULT_LANGUAGE
    return tuple(dict.fromkeys((show(words, lang), show(words, other))))


def labelled(label: Message, value: Message | Text | str) -> Labelled:
    """A value with the word in front of it."""
    return Labelled(str(label), str(value))


def day_text(day: date, lang: Lang) -> str:
    """A day as documents write it."""
    if lang == "en":
        return f"{day.day} {day:%B} {day.year}"
    return f"{day.year}年{day.month}月{day.day}日"


def marks_of(registry: Registry, entry: Entry, lang: Lang) -> list[str]:
    """What runs over the page: that it is a demonstration, that the entry is fictitious.

    English words are too long for the pattern, so an English page has the Chinese marks and says them in its text too.
    """
    marks = [DEMONSTRATION] if registry.demonstration else []
    marks += [FICTITIOUS] if entry.fictitious else []
    return [mark.in_(lang) for mark in marks]
