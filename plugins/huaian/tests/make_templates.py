"""Makes the Word templates of this pack, laid out as official documents are (GB/T 9704-2012); needed only to change them.

    .venv/bin/python plugins/huaian/tests/make_templates.py

A county would write its own in Word or WPS. These are made by a program so that nine files look alike and nobody's name
is in their properties; a test compares them with what lies in `templates/`.
"""

import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

HERE = Path(__file__).parents[1] / "templates"
SONG, FANG, KAI, HEI, TITLE = "宋体", "仿宋_GB2312", "楷体_GB2312", "黑体", "方正小标宋简体"
INSTEAD = {FANG: "仿宋", KAI: "楷体", TITLE: "华文中宋", HEI: "SimHei", SONG: "SimSun"}
"""Font → the one to be taken where it is not installed."""
SIZE_2, SIZE_3, SIZE_4, SMALL_4, SIZE_5 = 22, 16, 14, 12, 10.5
LINE = 28.95
"""Points from line to line: 22 lines on a page of A4."""
CENTRE, RIGHT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT
MARK = "（示例文书，供演示使用）"
Cells = Sequence[str]


class Paper:
    """A document being laid out."""

    def __init__(self, wide: bool = False) -> None:
        self.document = Document()
        self.width = 225.0 if wide else 156.0
        page = self.document.sections[0]
        page.page_width, page.page_height = (Mm(297), Mm(210)) if wide else (Mm(210), Mm(297))
        page.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
        if wide:
            page.top_margin, page.bottom_margin, page.left_margin, page.right_margin = Mm(28), Mm(26), Mm(37), Mm(35)
        else:
            page.top_margin, page.bottom_margin, page.left_margin, page.right_margin = Mm(37), Mm(35), Mm(28), Mm(26)
        normal = self.document.styles["Normal"]
        normal.font.size = Pt(SIZE_3)
        set_font(normal.element.get_or_add_rPr(), FANG)
        page_numbers(page.footer)

    def line(self, words: str = "", font: str = FANG, size: float = SIZE_3, **about: Any) -> Any:
        """A paragraph at the distance of official documents."""
        paragraph = self.document.add_paragraph()
        write(paragraph, words, font, size, **about)
        spaced(paragraph, about.get("exact", LINE))
        return paragraph

    def text(self, words: str) -> None:
        """A paragraph of the body, two characters in."""
        indented(self.line(words))

    def head(self, words: str) -> None:
        """A heading of the first order."""
        indented(self.line(words, HEI))

    def title(self, words: str) -> None:
        """The title, and beneath it that this is an example."""
        self.line(words, TITLE, SIZE_2, align=CENTRE, exact=36)
        self.line(MARK, KAI, SIZE_4, align=CENTRE)
        self.line()

    def red_head(self, office: str, number: str) -> None:
        """The head of an issued document: the office in red, its number, a red line."""
        self.line(office, TITLE, 28, align=CENTRE, red=True, exact=48)
        self.line()
        paragraph = self.line(number, align=CENTRE)
        border = OxmlElement("w:pBdr")
        bottom = OxmlElement("w:bottom")
        for key, value in (("val", "single"), ("sz", "18"), ("space", "6"), ("color", "FF0000")):
            bottom.set(qn(f"w:{key}"), value)
        border.append(bottom)
        place(paragraph._p.get_or_add_pPr(), border)
        self.line()

    def to(self, words: str) -> None:
        """Whom it is addressed to, flush left."""
        self.line(words)

    def signed(self, office: str, day: str) -> None:
        """The office and the day, towards the right."""
        self.line()
        for words in (office, day):
            paragraph = self.line(words, align=RIGHT)
            paragraph.paragraph_format.right_indent = Pt(SIZE_3 * 2)

    def tag(self, words: str) -> None:
        """A tag that takes the place of its paragraph."""
        self.line(words)

    def table(self, widths: Sequence[float], rows: Sequence[Cells], *, heads: int = 0, size: float = SMALL_4) -> Any:
        """A table with thin lines; a row with one cell goes across. The first `heads` rows stand on each page."""
        table = self.document.add_table(0, len(widths))
        table.style, table.alignment, table.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
        whole = sum(widths)
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Mm(self.width * width / whole)
        for n, cells in enumerate(rows):
            row = table.add_row()
            no_split(row, head=n < heads)
            if len(cells) == 1 and len(widths) > 1:
                row.cells[0].merge(row.cells[-1])
            for cell, words, width in zip(row.cells, cells, widths, strict=False):
                if len(cells) > 1:
                    cell.width = Mm(self.width * width / whole)
                cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
                font = HEI if n < heads else FANG
                for k, part in enumerate(words.split("\n")):
                    paragraph = cell.paragraphs[0] if k == 0 else cell.add_paragraph()
                    is_short = n < heads or (len(cells) > 1 and len(widths) > 2 and len(part) < 9)
                    write(paragraph, part, font, size, align=CENTRE if is_short else None)
                    spaced(paragraph, size * 1.5)
        return table

    def saved(self, title: str) -> bytes:
        """The file: nothing of the program's own template in it, each part with the same time."""
        document = self.document
        about = document.core_properties
        about.title, about.author, about.last_modified_by, about.comments = title, "", "", ""
        drop(document.part.package.rels, "thumbnail")
        drop(document.part.rels, "customXml", "stylesWithEffects", "webSettings")
        fonts = next(r.target_part for r in document.part.rels.values() if r.reltype.endswith("/fontTable"))
        fonts._blob = font_table().encode()
        plain_styles(document.styles.element)
        settings_without_compatibility(document)
        out, made = io.BytesIO(), io.BytesIO()
        document.save(out)
        with (
            zipfile.ZipFile(out) as parts,
            zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
        ):
            for name in parts.namelist():
                archive.writestr(
                    zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), parts.read(name), zipfile.ZIP_DEFLATED, 9
                )
        return made.getvalue()


def write(paragraph: Any, words: str, font: str, size: float, **about: Any) -> None:
    """Words in a font; headings of nothing are empty lines."""
    run = paragraph.add_run(words)
    run.font.size = Pt(size)
    set_font(run._r.get_or_add_rPr(), font)
    if about.get("red"):
        run.font.color.rgb = RGBColor(0xFF, 0, 0)
    if about.get("align") is not None:
        paragraph.alignment = about["align"]


def spaced(paragraph: Any, exact: float) -> None:
    """Lines at an exact distance, nothing between paragraphs."""
    how = paragraph.paragraph_format
    how.line_spacing_rule, how.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(exact)
    how.space_before = how.space_after = Pt(0)


def indented(paragraph: Any) -> None:
    """Two characters in, whatever the size of the characters is."""
    paragraph.paragraph_format.first_line_indent = Pt(SIZE_3 * 2)
    paragraph._p.get_or_add_pPr().find(qn("w:ind")).set(qn("w:firstLineChars"), "200")


def set_font(properties: Any, font: str) -> None:
    """The font for Chinese; figures and Latin letters in Times New Roman beside it."""
    fonts = properties.get_or_add_rFonts()
    for key in [k for k in fonts.attrib if k.endswith("Theme")]:
        del fonts.attrib[key]
    for key, name in (("ascii", "Times New Roman"), ("hAnsi", "Times New Roman"), ("eastAsia", font)):
        fonts.set(qn(f"w:{key}"), name)


def place(properties: Any, child: Any) -> None:
    """Put borders where the schema has them: before spacing and alignment."""
    later = ("w:shd", "w:tabs", "w:snapToGrid", "w:spacing", "w:ind", "w:jc", "w:rPr")
    first = next((c for c in properties if c.tag in {qn(t) for t in later}), None)
    if first is None:
        properties.append(child)
    else:
        first.addprevious(child)


def no_split(row: Any, *, head: bool) -> None:
    """A row stays on one page; a heading stands on each."""
    properties = row._tr.get_or_add_trPr()
    for tag in ("w:cantSplit", *(("w:tblHeader",) if head else ())):
        properties.append(OxmlElement(tag))


def page_numbers(footer: Any) -> None:
    """The number of the page between dashes, in the middle."""
    paragraph = footer.paragraphs[0]
    write(paragraph, "— ", SONG, SIZE_4, align=CENTRE)
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), " PAGE ")
    run = OxmlElement("w:r")
    words = OxmlElement("w:t")
    words.text = "1"
    run.append(words)
    field.append(run)
    paragraph._p.append(field)
    write(paragraph, " —", SONG, SIZE_4)


def drop(rels: Any, *kinds: str) -> None:
    """Leave parts out."""
    for id in [id for id, rel in rels.items() if rel.reltype.rpartition("/")[2] in kinds]:
        del rels[id]


def font_table() -> str:
    """The fonts with what stands in for each."""
    fonts = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/><w:family w:val="auto"/></w:font>'
        for name, other in INSTEAD.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        '<w:fonts xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        f'{fonts}<w:font w:name="Times New Roman"><w:charset w:val="00"/><w:family w:val="roman"/></w:font></w:fonts>'
    )


def plain_styles(styles: Any) -> None:
    """Only the styles that are used."""
    kept = {"Normal", "TableNormal", "TableGrid", "DefaultParagraphFont", "NoList", "Footer", "Header", "FooterChar"}
    for style in styles.findall(qn("w:style")):
        if style.get(qn("w:styleId")) not in kept | {"HeaderChar"}:
            styles.remove(style)


def settings_without_compatibility(document: Any) -> None:
    """As the newest Word saves it: no modes of old programs."""
    settings = document.settings.element
    for tag in ("w:compat", "w:rsids", "w:zoom"):
        for old in settings.findall(qn(tag)):
            settings.remove(old)


def application_form() -> Paper:
    """申报表: everything that was sent, section by section, with the boxes for stamps."""
    paper = Paper()
    paper.title("淮安市{{ case.kind }}申报表")
    paper.table(
        [3, 5, 3, 5],
        [
            ("名称", "{{ entry.name }}", "类别", "{{ case.class }}"),
            ("申报单位", "{{ applicant.name }}", "统一社会信用代码", "{{ applicant.code }}"),
            ("所在县区", "{{ county.name }}", "申报级别", "{{ case.level }}"),
            ("受理编号", "{{ case.number }}", "申报日期", "{{ case.submitted }}"),
        ],
    )
    paper.line(exact=12)
    paper.table(
        [2, 3],
        [
            ("{%tr for section in sections %}",),
            ("{{ section.title }}",),
            ("{%tr for row in section.rows %}",),
            ("{{ row.label }}", "{{ row.value }}{% if row.unit %} {{ row.unit }}{% endif %}"),
            ("{%tr endfor %}",),
            ("{%tr endfor %}",),
        ],
    )
    paper.line(exact=12)
    paper.table(
        [1, 4],
        [
            (
                "申报单位承诺",
                "本单位承诺所填内容和所附材料真实、准确，愿承担不实申报的责任。\n\n（盖章）　　　　　　年　　月　　日",
            ),
            ("县区人社部门意见", "{{ recommendation.opinion }}\n\n（盖章）　　　　　　年　　月　　日"),
            ("市人社部门意见", "\n\n（盖章）　　　　　　年　　月　　日"),
        ],
    )
    return paper


def recommendation_letter() -> Paper:
    """推荐函: from the county's bureau to the city's."""
    paper = Paper()
    paper.title("关于推荐{{ entry.name }}参加市级{{ case.kind }}认定的函")
    paper.to("淮安市人力资源和社会保障局：")
    paper.text(
        "按照《{{ basis.title }}》，{{ applicant.name }}于{{ case.submitted }}向我局申报“{{ entry.name }}”"
        "（受理编号：{{ case.number }}）。经受理核对、审查和集体研究，现予推荐。"
    )
    paper.head("一、基本情况")
    paper.text(
        "{{ entry.name }}，所在地：{{ county.name }}，类别：{{ case.class }}，申报单位：{{ applicant.name }}。主要数据如下："
    )
    paper.table(
        [5, 3, 2, 4, 2],
        [
            ("项目", "数值", "年度", "来源", "状态"),
            ("{%tr for f in figures %}",),
            (
                "{{ f.label }}",
                "{{ f.value }}{% if f.unit %} {{ f.unit }}{% endif %}",
                "{{ f.period }}",
                "{{ f.source }}",
                "{{ f.standing }}",
            ),
            ("{%tr endfor %}",),
        ],
        heads=1,
    )
    paper.head("二、审查情况")
    paper.text(
        "对照《{{ basis.scheme }}》，审查结论：{{ evaluation.result }}{% if evaluation.total %}，"
        "得分{{ evaluation.total }}分（满分{{ evaluation.most }}分）{% endif %}。"
    )
    paper.head("三、推荐意见")
    paper.text("{{ recommendation.opinion }}")
    paper.text("附件：1.申报表　2.佐证材料目录")
    paper.signed("{{ county.bureau }}", "{{ today }}")
    return paper


def summary_table() -> Paper:
    """汇总表: the cases of a list on wide paper."""
    paper = Paper(wide=True)
    paper.title("{{ authority.place }}劳务品牌和创业载体申报汇总表")
    paper.line("填报单位：{{ authority.name }}　　　　共{{ count }}项　　　　{{ today }}", size=SIZE_4)
    paper.table(
        [1, 4, 3, 2, 4, 2.4, 1.6, 2.2, 4.6],
        [
            ("序号", "名称", "类别", "县区", "申报单位", "从业或带动就业（人）", "得分", "审查结论", "受理编号"),
            ("{%tr for c in cases %}",),
            (
                "{{ loop.index }}",
                "{{ c.entry.name }}",
                "{{ c.case.kind }}{% if c.case.class %}（{{ c.case.class }}）{% endif %}",
                "{{ c.county.name }}",
                "{{ c.applicant.name }}",
                "{% if c.facts.jobs %}{{ c.facts.jobs }}{% else %}{{ c.facts.practitioners }}{% endif %}",
                "{{ c.evaluation.total }}",
                "{{ c.evaluation.result }}",
                "{{ c.case.number }}",
            ),
            ("{%tr endfor %}",),
        ],
        heads=1,
        size=SIZE_5,
    )
    paper.line("填报人：　　　　　　　　审核人：　　　　　　　　负责人：", size=SIZE_4)
    return paper


def notice() -> Paper:
    """公示: what is proposed, until when and where to object."""
    paper = Paper()
    paper.title("{{ notice.title }}")
    paper.text(
        "按照《{{ basis.title }}》，经自主申报、县区推荐、市级审查和集体研究，现将拟认定名单（共{{ count }}项）予以公示。"
        "公示期为{{ notice.starts }}至{{ notice.ends }}（{{ notice.days }}个工作日）。"
    )
    paper.text(
        "公示期间，任何单位和个人对名单有异议的，可以书面方式反映。单位反映的请加盖公章，个人反映的请署真实姓名和联系方式，"
        "以便核实；以邮寄方式反映的，以邮戳日期为准。"
    )
    paper.text("受理单位：{{ notice.contact }}")
    paper.text("公示地点：{{ notice.places }}")
    paper.text("公示编号：{{ notice.number }}")
    paper.text("附件：拟认定名单")
    paper.signed("{{ authority.name }}", "{{ notice.posted }}")
    paper.line()
    paper.line("附件", HEI)
    paper.line("拟认定名单", TITLE, SIZE_2, align=CENTRE, exact=36)
    paper.table(
        [1, 5, 3, 5, 2],
        [
            ("序号", "名称", "县区", "申报单位", "级别"),
            ("{%tr for c in cases %}",),
            (
                "{{ loop.index }}",
                "{{ c.entry.name }}",
                "{{ c.county.name }}",
                "{{ c.applicant.name }}",
                "{{ c.case.level }}",
            ),
            ("{%tr endfor %}",),
        ],
        heads=1,
    )
    return paper


def recognition() -> Paper:
    """认定文件: the numbered document that makes the recognition effective."""
    paper = Paper()
    paper.red_head(
        "{{ authority.name }}文件",
        "{% if decision.document %}{{ decision.document }}{% else %}淮人社示例〔　　　〕　号{% endif %}",
    )
    paper.title("关于公布{{ basis.scheme }}名单的通知")
    paper.to("各县区人力资源和社会保障局，各有关单位：")
    paper.text(
        "按照《{{ basis.title }}》，经自主申报、县区推荐、审查评分、{{ decision.meeting }}研究（{{ decision.minutes }}），"
        "并于{{ notice.starts }}至{{ notice.ends }}向社会公示，现认定以下{{ count }}项并予公布。"
    )
    paper.tag("{%p for c in cases %}")
    paper.text("{{ loop.index }}.{{ c.entry.name }}（{{ c.county.name }}，{{ c.applicant.name }}）")
    paper.tag("{%p endfor %}")
    paper.text("各地各单位要加强跟踪管理，按时报送年度数据；出现规定情形的，按程序限期整改或撤销认定。")
    paper.signed(
        "{{ authority.name }}",
        "{% if decision.document_date %}{{ decision.document_date }}{% else %}　　　年　　月　　日{% endif %}",
    )
    return paper


def approval_sheet() -> Paper:
    """审批表: what was said so far, and the boxes to be signed."""
    paper = Paper()
    paper.title("{{ case.kind }}{{ case.procedure }}审批表")
    sign = "\n\n签字：　　　　　　　　　年　　月　　日"
    paper.table(
        [3, 5, 3, 5],
        [
            ("名称", "{{ entry.name }}", "受理编号", "{{ case.number }}"),
            ("申报单位", "{{ applicant.name }}", "所在县区", "{{ county.name }}"),
            ("审查依据", "{{ basis.scheme }}", "审查结论", "{{ evaluation.result }}"),
            ("得分", "{{ evaluation.total }}", "当前环节", "{{ case.stage }}"),
        ],
    )
    paper.line(exact=12)
    paper.table(
        [3, 3, 6, 4],
        [
            ("环节", "办理结果", "意见", "办理人、日期"),
            ("{%tr for s in steps %}",),
            ("{{ s.stage }}", "{{ s.what }}", "{{ s.opinion }}", "{{ s.who }}\n{{ s.date }}"),
            ("{%tr endfor %}",),
        ],
        heads=1,
    )
    paper.line(exact=12)
    paper.table(
        [1, 4],
        [
            ("经办人意见", sign),
            ("审查人意见", sign),
            ("负责人意见", sign),
            ("会议研究意见", "会议：{{ decision.meeting }}　纪要：{{ decision.minutes }}" + sign),
        ],
    )
    return paper


def plaque_list() -> Paper:
    """授牌名单: what is engraved, for whom, and who takes it."""
    paper = Paper()
    paper.title("授牌名单")
    paper.line("认定单位：{{ authority.name }}　　认定文件：{{ decision.document }}", size=SIZE_4)
    paper.table(
        [1, 5, 5, 4, 3, 2],
        [
            ("序号", "牌匾内容", "授予单位", "证书编号", "认定日期", "签收"),
            ("{%tr for c in cases %}",),
            (
                "{{ loop.index }}",
                "{{ c.entry.name }}",
                "{{ c.applicant.name }}",
                "{{ c.title.number }}",
                "{{ c.title.from }}",
                "",
            ),
            ("{%tr endfor %}",),
        ],
        heads=1,
        size=SIZE_5,
    )
    paper.line("授牌时间：　　　　　　授牌地点：　　　　　　经办人：", size=SIZE_4)
    return paper


def payment_letter() -> Paper:
    """拨款函: to the finance bureau, with the sums that the rules bring, in figures and in capitals."""
    paper = Paper()
    paper.title("关于拨付一次性奖补资金的函")
    paper.to("淮安市财政局：")
    paper.text(
        "按照《{{ basis.title }}》，我局以{{ decision.document }}（{{ decision.document_date }}）认定下列{{ count }}项。"
        "依照标准中的资金条款测算，一次性奖补资金共计{{ amount }}（大写：{{ capitals }}），请予审核拨付。"
    )
    paper.table(
        [1, 5, 5, 3],
        [
            ("序号", "名称", "收款单位", "金额"),
            ("{%tr for c in cases %}",),
            ("{{ loop.index }}", "{{ c.entry.name }}", "{{ c.applicant.name }}", "{{ c.award.amount }}"),
            ("{%tr endfor %}",),
            ("", "合计", "", "{{ amount }}"),
        ],
        heads=1,
    )
    paper.text("以上金额由系统按规则测算，以审批和公示结果为准；已从其他渠道获得同类资金的，不重复拨付。")
    paper.text("附件：认定文件、公示材料、收款账户信息（另附）")
    paper.signed("{{ authority.name }}", "{{ today }}")
    return paper


def meeting_brief() -> Paper:
    """上会材料: one page for the meeting."""
    paper = Paper()
    paper.line("{{ entry.name }}{{ case.procedure }}情况", TITLE, SIZE_2, align=CENTRE, exact=36)
    paper.line("（上会材料，示例文书，供演示使用）", KAI, SIZE_4, align=CENTRE, exact=24)
    paper.table(
        [3, 6, 3, 4],
        [
            ("申报单位", "{{ applicant.name }}", "县区", "{{ county.name }}"),
            ("受理编号", "{{ case.number }}", "级别", "{{ case.level }}"),
            ("推荐单位", "{{ recommendation.bureau }}", "推荐日期", "{{ recommendation.date }}"),
        ],
        size=SMALL_4,
    )
    for heading, words in (
        (
            "一、审查结论",
            "{{ evaluation.result }}{% if evaluation.total %}；得分{{ evaluation.total }}分"
            "（满分{{ evaluation.most }}分，合格线{{ evaluation.pass_mark }}分）{% endif %}。",
        ),
        ("二、县区意见", "{{ recommendation.opinion }}"),
    ):
        indented(paper.line(heading, HEI, SIZE_4, exact=22))
        indented(paper.line(words, FANG, SIZE_4, exact=22))
    indented(paper.line("三、逐条情况", HEI, SIZE_4, exact=22))
    paper.table(
        [8, 2, 2],
        [
            ("标准", "结果", "得分"),
            ("{%tr for l in evaluation.lines %}",),
            ("{{ l.says }}", "{{ l.result }}", "{% if l.points %}{{ l.points }}{% else %}／{% endif %}"),
            ("{%tr endfor %}",),
        ],
        heads=1,
        size=9,
    )
    indented(paper.line("四、还缺什么", HEI, SIZE_4, exact=22))
    indented(
        paper.line(
            "{% if evaluation.missing %}{% for m in evaluation.missing %}{{ m.what }}；{% endfor %}{% else %}无。{% endif %}",
            FANG,
            SIZE_4,
            exact=22,
        )
    )
    indented(paper.line("五、提请研究：是否同意{{ case.procedure }}。", HEI, SIZE_4, exact=22))
    return paper


PAPERS: dict[str, tuple[str, Callable[[], Paper]]] = {
    "application_form": ("申报表", application_form),
    "recommendation_letter": ("推荐函", recommendation_letter),
    "summary_table": ("汇总表", summary_table),
    "notice": ("公示", notice),
    "recognition": ("认定文件", recognition),
    "approval_sheet": ("审批表", approval_sheet),
    "plaque_list": ("授牌名单", plaque_list),
    "payment_letter": ("拨款函", payment_letter),
    "meeting_brief": ("上会材料", meeting_brief),
}


def made() -> dict[str, bytes]:
    """File → its bytes."""
    return {f"{name}.docx": paper().saved(title) for name, (title, paper) in PAPERS.items()}


if __name__ == "__main__":
    for file, data in made().items():
        (HERE / file).write_bytes(data)
        print(file, len(data))
