"""Xuyi County: criteria for its two products, a field check before it recommends, what chefs earn in and out of season."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import click

from registry.api import Access, Column, Computed, PluginEntry, Shown, Text, hookimpl, import_command

from . import wages

REGION, PRODUCT = "320830", "crayfish_chef"
HERE = Path(__file__).parent
SLOT = {
    "zh-Hans": """
## 旺季和淡季

{% for year in years %}
**{{ year.year }}年**：{{ year.chefs }}名厨师的抽样工资，摊到全年十二个月，月均 **{{ year.income }}元**。

| 月份 | 有收入的人数 | 人均（元） |
|---|---:|---:|
{% for month in year.months %}| {{ month.month }}月 | {{ month.chefs }} | {{ month.average or "–" }} |
{% endfor %}
{% endfor %}

只看旺季会高估：多数厨师冬天没有活。所以全年工资除以十二，不除以干活的月数。{% if sample %}抽样数据为演示用示例。{% endif %}
""",
    "en": """
## In season and out of it

{% for year in years %}
**{{ year.year }}**: wages of a sample of {{ year.chefs }} chefs; spread over twelve months, **{{ year.income }} yuan** a month.

| Month | Chefs paid | Average (yuan) |
|---|---:|---:|
{% for month in year.months %}| {{ month.month }} | {{ month.chefs }} | {{ month.average or "–" }} |
{% endfor %}
{% endfor %}

The season alone would flatter: most chefs have no work in winter. So the year's pay is divided by twelve, not by the
months worked.{% if sample %} The sample is made up for the demonstration.{% endif %}
""",
}


@hookimpl
def register_definitions() -> list[Path]:
    """This folder is the pack."""
    return [HERE]


@hookimpl
def compute_fact(entry: PluginEntry, access: Access) -> Iterator[Computed]:
    """The income of chefs, the season spread over the year: no form can ask it."""
    if entry.product != PRODUCT:
        return
    for year, (income, chefs) in wages.season_income(wages.paid_of(access, entry)).items():
        if int(year) >= access.today.year:
            continue  # a year that is not over would be spread too thin
        says = f"{chefs}名厨师{year}年各月工资，全年除以十二（盱眙县插件计算）"
        yield Computed("season_income", income, Text.model_validate(says), period=year, as_of=date(int(year), 12, 31))


@hookimpl
def page_slot(slot: str, entry: PluginEntry, access: Access) -> Shown | None:
    """The wages by month, below the figures of a brand that has some."""
    if slot != "entry.figures" or entry.product != PRODUCT:
        return None
    rows = wages.paid_of(access, entry)
    years = [
        {
            "year": year,
            "income": f"{income:,.0f}",
            "chefs": chefs,
            "months": [
                {"month": month, "chefs": paid, "average": f"{average:,}" if paid else ""}
                for month, paid, average in wages.by_month(rows, year)
            ],
        }
        for year, (income, chefs) in wages.season_income(rows).items()
    ]
    sample = any(r.chef.startswith("demo") for r in rows)
    return Shown(Text.model_validate(SLOT), {"years": years[-1:], "sample": sample}) if years else None


@hookimpl
def export_columns(entries: Sequence[PluginEntry], access: Access) -> list[Column]:
    """The income of the last year known, season spread over the year."""
    found = {}
    for entry in (e for e in entries if e.product == PRODUCT):
        if years := wages.season_income(wages.paid_of(access, entry)):
            year = max(years)
            found[entry.id] = f"{years[year][0]:f} ({year})"
    return [Column("season_income", found)]


@hookimpl
def cli_commands() -> list[click.Command]:
    """`registry xuyi wages`."""
    return [import_wages]


import_wages = import_command(
    "wages",
    "Take in wage rows by month from a CSV file: chef,month,yuan.",
    read=wages.read_csv,
    put=wages.put,
    region=REGION,
    product=PRODUCT,
)


@hookimpl
def demonstrate(access: Access) -> None:
    """A made-up sample of twelve chefs for the brands of the demonstration."""
    for entry in access.entries(region=REGION, product=PRODUCT):
        wages.put(access, entry, made_up(2025))


def made_up(year: int) -> Iterator[wages.Row]:
    """Wages of twelve made-up chefs: 9,800 yuan and more in season, little before and after, nothing in deep winter."""
    for n in range(12):
        for month in range(3, 12):
            yuan = Decimal(9800 + 150 * n if f"{month:02}" in wages.SEASON else 4200 + 60 * n)
            yield wages.Row(f"demo{n + 1:02}", f"{year}-{month:02}", int(yuan * 100))
