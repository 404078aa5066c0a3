"""Spreadsheets that go back to the county: its ledger with everything that is wrong marked, and an empty one."""

import io
from collections.abc import Sequence
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from registry.actions.ledger_plan import Plan, figures_of, kind_of
from registry.base.i18n import Message, msg
from registry.base.sheets import Told, annotated, new_workbook
from registry.rules.kind import Kind
from registry.rules.ledger import EXAMPLE
from registry.rules.ledger_heading import COLUMNS
from registry.store.region import Region, children
from registry.store.session import ReadSession

ROWS = 2000
"""Rows of an empty ledger that have drop-downs."""
HELP: dict[str, Message] = {
    "name": msg("the whole name; each row is one brand or base, or one more title of one"),
    "kind": msg("choose; empty: what the file is handed in as"),
    "region": msg("choose; empty: the region that hands the file in"),
    "owner": msg("the owner first; several divided by 、"),
    "credit_code": msg("18 characters, kept as text"),
    "level": msg("choose; needed for a title"),
    "authority": msg("who gave the title, as its document says"),
    "document": msg("such as 某人社发〔2023〕12号; needed for a title"),
    "document_date": msg("such as 2023-05-08; needed for a title"),
    "number": msg("of the certificate or plaque, if it has one"),
    "valid_to": msg("a day, or 3年; empty: as the rules of its level say"),
    "summary": msg("one or two sentences for the public"),
    "public_id": msg("only for what is in the register already"),
}
EXAMPLES: tuple[dict[str, str], ...] = (
    {
        "name": f"{EXAMPLE}某某厨师",
        "owner": "某某行业协会、某某培训学校",
        "level": "市级",
        "authority": "某市人力资源和社会保障局",
        "document": "某人社发〔2023〕12号",
        "document_date": "2023-05-08",
        "valid_to": "3年",
    },
    {"name": f"{EXAMPLE}某某缝纫工", "owner": "某某服装厂", "summary": "还没有称号的，文号和日期不填。"},
)


def annotated_copy(plan: Plan) -> bytes:
    """The ledger again as XLSX, what is wrong coloured and told in a last column."""
    notes: dict[tuple[str, int], list[Told]] = {}
    for row in plan.rows:
        told = notes.setdefault((row.sheet, row.line.row), [])
        for note in row.line.notes:
            told.append((note.column, str(note.message), note.fault))
        for key, words in row.differences.items():
            told.append((plan.mapping[row.sheet].get(key), str(words), False))
    return annotated(plan.sheets, notes, {name: heading.last for name, heading in plan.headings.items()})


def template(session: ReadSession, kind_id: str, region: str | None = None) -> bytes:
    """An empty ledger: headings that are understood, what belongs below each, drop-downs, and example rows."""
    kind = kind_of(session, kind_id)
    figures = figures_of(kind)
    heads = [c.words[0] for c in COLUMNS] + [f.label.zh_hans for f in figures.values()]
    out = io.BytesIO()
    book = new_workbook(out)
    page = book.add_worksheet("台账")
    bold, wrapped, grey, plain = (
        book.add_format(f)
        for f in (
            {"bold": True, "bg_color": "#E8EEF4", "border": 1},
            {"text_wrap": True, "font_color": "#56625E", "valign": "top"},
            {"italic": True, "font_color": "#56625E"},
            {"num_format": "@"},
        )
    )
    helps: list[Any] = [HELP[c.id] for c in COLUMNS] + [f.unit or "" for f in figures.values()]
    for n, (head, words) in enumerate(zip(heads, helps, strict=True)):
        page.write_string(0, n, str(words), wrapped)
        page.write_string(1, n, head, bold)
        page.set_column(n, n, 18, plain if n < len(COLUMNS) else None)
    for r, example in enumerate(EXAMPLES, start=2):
        for n, column in enumerate(COLUMNS):
            page.write_string(r, n, example.get(column.id, ""), grey)
    page.set_row(0, 62)
    page.freeze_panes(2, 1)
    drop_downs(book, page, session, kind, region)
    book.close()
    return out.getvalue()


def drop_downs(book: Workbook, page: Worksheet, session: ReadSession, kind: Kind, region: str | None) -> None:
    """Lists to choose from, kept on a sheet of their own: a list inside a cell's rule is limited to 255 characters."""
    home = session.get(Region, region) if region else None
    places = [r.text.zh_hans for r in children(session, home.code)] or [home.text.zh_hans] if home else []
    lists: dict[str, Sequence[str]] = {
        "level": ("县级", "市级", "省级", "国家级"),
        "kind": [label.zh_hans for label in kind.classes.values()] or [kind.nouns.one.zh_hans],
        "region": places,
    }
    hidden = book.add_worksheet("选项")
    hidden.hide()
    for n, (key, choices) in enumerate((k, v) for k, v in lists.items() if v):
        hidden.write_column(0, n, choices)
        letter = "ABC"[n]
        source = f"=选项!${letter}$1:${letter}${len(choices)}"
        at = next(i for i, c in enumerate(COLUMNS) if c.id == key)
        page.data_validation(2, at, ROWS, at, {"validate": "list", "source": source, "error_type": "warning"})
