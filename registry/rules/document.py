"""Word templates of a pack: what each is about, when and by whom it is filled, and the one vocabulary they may read."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args

from registry.base.i18n import Lang
from registry.rules.form import Form
from registry.rules.header import Header, Level, Procedure
from registry.rules.model import Flag, Id
from registry.rules.permission import Role

Subject = Literal["case", "cases", "notice"]
SUBJECTS: tuple[Subject, ...] = get_args(Subject)
Result = Literal["recommended", "recognised", "refused", "withdrawn", "revoked", "rectified", "concluded"]
BLANK = "——"
"""What stands in a document where nothing is known: never a zero, never nothing."""

WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class DocumentTemplate(Header):
    """A Word document of a pack with fields in double braces; the `.docx` of the same name lies beside it."""

    subject: Subject = "case"
    """What it is filled from: one case, the cases of a list, or a public notice with its cases."""
    kind: str = "*"
    product: str | None = None
    level: Level | None = None
    procedure: Procedure | None = None
    stages: tuple[Id, ...] = ()
    """The stages in which a case may stand in it; with `results`, also then. Without either: always.

    A document about one case is offered then; one about several names those cases alone.
    """
    results: tuple[Result, ...] = ()
    roles: tuple[Role, ...] = ()
    """Who may fill it; without any, everybody who handles the case."""
    persons: Flag = False
    """Whether who took each step may stand in it (an approval sheet), not only the office."""
    lang: Lang = "zh-Hans"
    """The language in which what it is given is said."""
    docx: str = ""
    """The Word document in base64, as read from the file beside it."""

    def offered_at(self, stage: str, result: str | None) -> bool:
        """Whether a case that stands so may stand in it."""
        return not (self.stages or self.results) or stage in self.stages or result in self.results


def words(*names: str) -> dict[str, Any]:
    """A group of plain words."""
    return dict.fromkeys(names)


CASE: dict[str, Any] = {
    "case": words("number", "procedure", "kind", "class", "level", "stage", "result", "submitted"),
    "entry": words("name", "name_en", "public_id", "summary"),
    "applicant": words("name", "code"),
    "county": words("name", "bureau"),
    "authority": words("name", "place"),
    "basis": words("scheme", "title", "number", "date"),
    "form": {},
    "sections": [words("title") | {"rows": [words("label", "value", "unit")]}],
    "facts": {},
    "figures": [words("label", "value", "unit", "period", "source", "standing", "as_of")],
    "evaluation": words("result", "total", "most", "pass_mark", "date")
    | {"lines": [words("says", "basis", "section", "result", "points", "max", "why")], "missing": [words("what")]},
    "steps": [words("stage", "what", "office", "date", "opinion")],
    "recommendation": words("number", "bureau", "opinion", "date"),
    "decision": words("meeting", "minutes", "date", "document", "document_date"),
    "notice": words("number", "title", "posted", "starts", "ends", "days", "contact", "places", "objections"),
    "title": words("number", "from", "to"),
    "award": words("amount", "capitals") | {"lines": [words("says", "basis", "amount", "why")]},
}
"""What a document about one case may read. `form` and `facts` hold what the kind's forms and criteria ask for, by id."""
INNER = ("facts", "figures", "evaluation", "steps", "recommendation", "decision", "award")
"""What an office knows or has said of a case: left blank in what an applicant fills."""
LOOP = words("index", "first", "last", "length")
"""What every repetition knows of itself."""


def vocabulary(
    subject: Subject, *, forms: Iterable[Form], facts: Iterable[str], persons: bool = False
) -> dict[str, Any]:
    """Name → what it holds: a group of names, a list with the shape of its items, or None for plain words."""
    about = CASE | {
        "form": words(*(f.id for form in forms for f in form.fields() if f.type != "file")),
        "facts": words(*facts),
    }
    if persons:
        about |= {"steps": [CASE["steps"][0] | words("who")]}
    if subject == "case":
        return about | words("today")
    shared = {"authority": CASE["authority"], "basis": CASE["basis"], "decision": CASE["decision"]}
    if subject == "notice":
        shared |= {"notice": CASE["notice"]}
    return {**shared, "cases": [about], **words("count", "today", "amount", "capitals")}


def sample(shape: Any, *, full: bool) -> Any:
    """Data of a shape to try a template with: everything there and every list with two items, or nothing at all."""
    if isinstance(shape, Mapping):
        return {name: sample(inner, full=full) for name, inner in shape.items()}
    if isinstance(shape, list):
        return [sample(shape[0], full=full)] * 2 if full else []
    return "示例" if full else None
