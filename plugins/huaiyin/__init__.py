"""Huaiyin District: criteria for its domestic workers, a background check before it recommends, what customers say."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import click

from registry.api import (
    Access,
    Column,
    Computed,
    PluginEntry,
    ShowcasePage,
    Text,
    hookimpl,
    import_command,
)

from . import calls
from .calls import Calls

REGION, PRODUCT = "320804", "domestic_worker"
HERE = Path(__file__).parent
TITLE = Text.model_validate({"zh-Hans": "客户怎么说", "en": "What customers say"})
PAGE = Text.model_validate(
    {
        "zh-Hans": """
区人社局每月随机回访一部分客户，问两件事：人来得准时吗，活干得满意吗。下面是近一年的回访。

{% for brand in brands %}
## {{ brand.name }}

**{{ brand.year }}年满意率 {{ brand.share }}%**，共回访 {{ brand.called }} 户。

| 月份 | 回访户数 | 满意户数 |
|---|---:|---:|
{% for one in brand.months %}| {{ one.month }} | {{ one.called }} | {{ one.satisfied }} |
{% endfor %}
{% endfor %}

{% if sample %}回访数据为演示用示例。{% endif %}
""",
        "en": """
Each month the district bureau calls some customers at random and asks two things: did people come in time, and was the
work good? These are the calls of the last year.

{% for brand in brands %}
## {{ brand.name_en }}

**{{ brand.share }} % satisfied in {{ brand.year }}**, {{ brand.called }} customers called.

| Month | Called | Satisfied |
|---|---:|---:|
{% for one in brand.months %}| {{ one.month }} | {{ one.called }} | {{ one.satisfied }} |
{% endfor %}
{% endfor %}

{% if sample %}The calls are made up for the demonstration.{% endif %}
""",
    }
)


@hookimpl
def register_definitions() -> list[Path]:
    """This folder is the pack."""
    return [HERE]


@hookimpl
def compute_fact(entry: PluginEntry, access: Access) -> Iterator[Computed]:
    """The satisfaction of customers, as the district heard it itself."""
    if entry.product != PRODUCT:
        return
    for year, (share, called) in calls.satisfaction(calls.calls_of(access, entry.id)).items():
        if int(year) >= access.today.year:
            continue  # a year that is not over says nothing yet
        says = Text.model_validate(f"区人社局{year}年回访{called}户客户（淮阴区插件计算）")
        yield Computed("customer_satisfaction", share, says, period=year, as_of=date(int(year), 12, 31))


@hookimpl
def showcase_pages(region: str, access: Access) -> Iterator[ShowcasePage]:
    """What customers said in the last year that counts, month by month."""
    brands, sample = [], False
    for entry in access.entries(region=region, product=PRODUCT):
        found = calls.calls_of(access, entry.id)
        if entry.listed and (years := calls.satisfaction(found)):
            year = max(years)
            share, called = years[year]
            months = [
                {"month": one.month, "called": one.called, "satisfied": one.satisfied}
                for one in found
                if one.month.startswith(year)
            ]
            about = {"year": year, "share": f"{share * 100:.1f}", "called": called, "months": months}
            brands.append({"name": entry.name.zh_hans, "name_en": entry.name.in_("en"), **about})
            sample = sample or found == list(made_up(int(year)))
    if brands:
        yield ShowcasePage("customers", TITLE, PAGE, {"brands": brands, "sample": sample})


@hookimpl
def export_columns(entries: Sequence[PluginEntry], access: Access) -> list[Column]:
    """The satisfaction of the last year known."""
    found = {}
    for entry in (e for e in entries if e.product == PRODUCT):
        if years := calls.satisfaction(calls.calls_of(access, entry.id)):
            year = max(years)
            found[entry.id] = f"{years[year][0]:f} ({year})"
    return [Column("satisfaction", found)]


@hookimpl
def cli_commands() -> list[click.Command]:
    """`registry huaiyin calls`."""
    return [import_calls]


import_calls = import_command(
    "calls",
    "Take in calls to customers from a CSV file: month,called,satisfied.",
    read=calls.read_csv,
    put=calls.put,
    region=REGION,
    product=PRODUCT,
)


@hookimpl
def demonstrate(access: Access) -> None:
    """Made-up calls for the district's brands of domestic workers."""
    for entry in access.entries(region=REGION, product=PRODUCT):
        calls.put(access, entry, made_up(2025))


def made_up(year: int) -> Iterator[Calls]:
    """Twelve made-up months with forty calls or so."""
    for month in range(1, 13):
        called = 38 + month % 5
        yield Calls(f"{year}-{month:02}", called, called - 1 - month % 3)
