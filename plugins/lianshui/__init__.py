"""Lianshui County: criteria for sewing workers, the village workshops in which they work, and their safety checks."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import click

from registry.api import (
    Access,
    ShowcasePage,
    Text,
    Transition,
    Veto,
    hookimpl,
    import_command,
)

from . import workshops
from .workshops import Workshop

REGION = "320826"
HERE = Path(__file__).parent
OVERDUE = {
    "zh-Hans": "{villages}的车间上次消防检查已超过一年。请先检查，把新的检查日期登记到车间台账，再报送。",
    "en": "The workshops of {villages} were last checked for fire safety more than a year ago. "
    "Have them checked and enter the new dates first.",
}
TITLE = Text.model_validate({"zh-Hans": "家门口的缝纫车间", "en": "Sewing workshops beside the home"})
PAGE = Text.model_validate(
    {
        "zh-Hans": """
在家门口上班，是涟水缝纫工和其他品牌不一样的地方。下面是登记在册的村级帮扶车间。

{% for brand in brands %}
## {{ brand.name }}

| 村 | 人数 | 上次消防检查 |
|---|---:|---|
{% for one in brand.workshops %}| {{ one.village }} | {{ one.workers }} | {{ one.checked_on }} |
{% endfor %}

共 {{ brand.workshops | length }} 个车间，{{ brand.workshops | sum(attribute="workers") }} 人。
{% if brand.visit %}县里下次走访：{{ brand.visit }}。{% endif %}
{% endfor %}

检查一年有效；有车间超期的，县里不报送。{% if sample %}以上车间为演示用示例。{% endif %}
""",
        "en": """
Work beside the home is what sets Lianshui's sewing workers apart. These are the village workshops on file.

{% for brand in brands %}
## {{ brand.name_en }}

| Village | People | Last fire-safety check |
|---|---:|---|
{% for one in brand.workshops %}| {{ one.village }} | {{ one.workers }} | {{ one.checked_on }} |
{% endfor %}

{{ brand.workshops | length }} workshops, {{ brand.workshops | sum(attribute="workers") }} people.
{% if brand.visit %}The county looks again on {{ brand.visit }}.{% endif %}
{% endfor %}

A check holds for a year; with a workshop overdue the county does not recommend.
{% if sample %}The workshops are made up for the demonstration.{% endif %}
""",
    }
)


@hookimpl
def register_definitions() -> list[Path]:
    """This folder is the pack."""
    return [HERE]


@hookimpl
def before_transition(transition: Transition, access: Access) -> Iterator[Veto]:
    """No recommendation while the safety check of a workshop is overdue."""
    if transition.procedure == "recommend" and transition.act == "approve":
        late = [w for w in workshops.workshops_of(access, transition.entry.id) if w.overdue(transition.on)]
        if late:
            words = {lang: line.format(villages="、".join(w.village for w in late)) for lang, line in OVERDUE.items()}
            yield Veto(Text.model_validate(words))


@hookimpl
def after_transition(transition: Transition, access: Access) -> None:
    """Half a year after it has recommended, the county looks at the workshops again."""
    if transition.procedure == "recommend" and transition.act == "approve":
        workshops.plan_visit(access, transition.key, transition.entry.id, transition.on)


@hookimpl
def showcase_pages(region: str, access: Access) -> Iterator[ShowcasePage]:
    """The workshops by village, as a page of the county."""
    brands, sample = [], False
    for entry in access.entries(region=region):
        found = workshops.workshops_of(access, entry.id)
        if found and entry.listed:
            visit = workshops.next_visit(access, entry.id)
            rows = [{"village": w.village, "workers": w.workers, "checked_on": w.checked_on.isoformat()} for w in found]
            about = {"workshops": rows, "visit": visit.isoformat() if visit else ""}
            brands.append({"name": entry.name.zh_hans, "name_en": entry.name.in_("en"), **about})
            sample = sample or any("示例" in w.village for w in found)
    if brands:
        yield ShowcasePage("workshops", TITLE, PAGE, {"brands": brands, "sample": sample})


@hookimpl
def cli_commands() -> list[click.Command]:
    """`registry lianshui workshops`."""
    return [import_workshops]


import_workshops = import_command(
    "workshops",
    "Take in the village workshops of a brand from a CSV file: village,workers,checked_on.",
    read=workshops.read_csv,
    put=workshops.put,
    region=REGION,
)


@hookimpl
def demonstrate(access: Access) -> None:
    """Made-up workshops for the county's brands that work in them."""
    checked = access.today - timedelta(days=120)
    for product in ("sewing_worker", "village_workshop"):
        for entry in access.entries(region=REGION, product=product):
            workshops.put(access, entry, made_up(checked))


def made_up(checked: date) -> Iterator[Workshop]:
    """Five made-up workshops, checked on a day and the weeks after it."""
    for n, (village, workers) in enumerate((("甲", 42), ("乙", 36), ("丙", 58), ("丁", 24), ("戊", 31))):
        yield Workshop(f"示例{village}村", workers, checked + timedelta(days=7 * n))
