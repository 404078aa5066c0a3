"""A criteria set that says every form once, and facts that meet it; tests change what they are about."""

from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from registry.base.i18n import Text
from registry.base.period import Period
from registry.rules.criteria import CriteriaSet
from registry.rules.facts import Context, Facts, HeldTitle, Observed, Reference, Row
from registry.rules.yamlfile import load, read

YEAR, BEFORE = Period(2025), Period(2024)
CITY = "320800"

EVERY_FORM = """\
id: example.base
version: 1
kind: incubation_base
class: 技能类
level: city
region: "320800"
title: 创业孵化基地认定条件
basis: {title: 示例办法, number: 示例〔2025〕1号, date: 2025-01-01}
standing: example
in_force: {from: 2025-01-01, to: 2030-12-31}
references: [trade_wage]
facts:
  area:      {type: amount, unit: 平方米, label: {zh-Hans: 孵化面积, en: area}}
  jobs:      {type: count, unit: 人, per: year, label: {zh-Hans: 带动就业, en: jobs}}
  trainees:  {type: count, unit: 人, per: year, label: 培训人数}
  tenants:   {type: count, unit: 户, per: year, label: {zh-Hans: 在孵实体, en: tenants}}
  occupancy: {type: ratio, per: year, label: {zh-Hans: 入驻率, en: occupancy}}
  wage:      {type: amount, unit: 元, per: year, label: 月平均工资}
  main:      {type: yes_no, label: 以孵化为主业}
  arrears:   {type: yes_no, label: {zh-Hans: 拖欠工资, en: wage arrears}}
eligible:
  - id: area
    says: 孵化面积不少于 8000 平方米（新型载体户均带动就业 6 人以上的，不少于 5000 平方米）
    basis: 第五条
    test:
      measure: {fact: area}
      at_least: 8000
      relaxed:
        - to: 5000
          why: 新型载体
          when: {measure: {fact: jobs, over: tenants}, at_least: 6}
  - id: occupancy
    says: 近两年入驻率均不低于 70%
    test:
      measure:
        fact: occupancy
        window: {last: 2}
        from: [document, declared]
        if_differ: lowest
      at_least: 0.70
  - id: wage
    says: 工资不低于同行业平均水平的 110%
    test:
      measure: {fact: wage}
      at_least: {reference: trade_wage, times: 1.10}
  - id: growth
    says: 就业比上年增长 10% 或者增加 100 人
    test:
      any_of:
        - {measure: {growth: jobs, as: ratio}, at_least: 0.10}
        - {measure: {growth: jobs, as: amount}, at_least: 100}
  - id: heads
    says: 折算带动就业不少于
    test:
      all_of:
        - measure: {weighted: [{fact: jobs}, {fact: trainees, times: 0.5}]}
          at_least: {by: level, values: {county: 50, city: 100}}
        - measure: {fact: tenants, window: {last: 2, how: average}}
          at_most: 500
  - id: main
    says: 以孵化为主业
    test: {check: main, evidence: [licence]}
  - id: listed
    says: 已入库一年以上
    test: {title: cultivation, level: county, within_years: 5}
vetoes:
  - id: no_arrears
    says: 无拖欠工资
    test: {none_of: [{check: arrears}]}
scored:
  - id: tenants
    says: 在孵实体
    max: 10
    measure: {fact: tenants}
    scale: {bands: [{from: 10, points: 5}, {from: 30, points: 10}]}
  - id: space
    says: 面积
    max: 10
    measure: {fact: area}
    scale: {stepped: {from: 1000, points: 5, step: 1000, per_step: 0.5, at_most: 10}}
  - id: plan
    says: 规划
    max: 20
    scale: {expert: 20, guidance: 看规划是否可行, combine: trimmed_mean, experts: 3}
pass_mark: 24
valid_years: 3
duties:
  - id: report
    says: 每年就业增长 10%
    every: year
    in_a_row: {2: revoke}
    test: {measure: {growth: jobs, as: ratio, base: award_year}, at_least: 0.10}
money:
  - {id: award, says: 一次性奖补 20 万元, fixed: 200000, not_with: [province_award]}
  - {id: heads_money, says: 按人头, per: {fact: jobs}, each: 1000.50, at_most: 300000}
round:
  - {grade: 优, share: 0.2, share_of: met, rounding: down, ties: leader_decides}
"""


@cache
def criteria(text: str = EVERY_FORM) -> CriteriaSet:
    return load(CriteriaSet, read("set.yaml", text.encode()))


def only(**sections: Any) -> CriteriaSet:
    """The set with nothing but these sections to judge by."""
    bare = criteria().model_dump(mode="json", by_alias=True, exclude_none=True)
    return CriteriaSet.model_validate(
        {**bare, "eligible": [], "vetoes": [], "scored": [], "pass_mark": None, **sections}
    )


def one_test(test: dict[str, Any]) -> CriteriaSet:
    return only(eligible=[{"id": "it", "says": "它", "test": test}])


def observed(fact: str, value: Any, period: Period | None = None, source: str = "document", **more: Any) -> Observed:
    typed = value if isinstance(value, bool) else Decimal(str(value))
    return Observed(fact, typed, period, source, "documented", **{"as_of": date(2026, 1, 10), **more})


GOOD = (
    observed("area", 8200),
    *(observed("jobs", n, year) for n, year in ((180, YEAR), (150, BEFORE))),
    *(observed("tenants", n, year) for n, year in ((30, YEAR), (28, BEFORE))),
    *(observed("occupancy", n, year) for n, year in (("0.70", YEAR), ("0.72", BEFORE))),
    observed("trainees", 40, YEAR),
    observed("wage", 5500, YEAR),
    observed("main", True),
    observed("arrears", False),
)
WAGE = Reference("trade_wage", Text.model_validate("行业平均工资"), (Row(CITY, 2025, Decimal(5000), "统计年鉴"),))
CONTEXT = Context(
    filed_on=date(2026, 3, 2),
    level="city",
    class_="技能类",
    region_chain=("320830", CITY, "320000", "000000"),
    evidence=frozenset({"licence"}),
    titles=(HeldTitle("x.cultivation", "cultivation", "city", date(2024, 1, 1)),),
    expert_scores={"plan": (Decimal(10), Decimal(15), Decimal(16), Decimal(20))},
)


def facts(*changed: Observed, without: tuple[str, ...] = (), references: tuple[Reference, ...] = (WAGE,)) -> Facts:
    """The good facts, some replaced (by fact and period), some taken out (by fact)."""
    new = {(o.fact, o.period) for o in changed}
    kept = [o for o in GOOD if o.fact not in without and (o.fact, o.period) not in new]
    return Facts([*kept, *changed], references)
