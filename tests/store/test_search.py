"""Whoever knows two characters of a name, its pinyin or its initials finds it, in either script."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from registry.actions import entries
from registry.base.i18n import Text
from registry.base.script import fold, to_traditional
from registry.rules.permission import SYSTEM
from registry.store.search import search
from registry.testing import XUYI, Kit

from ..conftest import open_copy

HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)
NAMES = st.text(st.one_of(HAN, HAN, HAN, st.sampled_from("A1a·（）%_\"'\\|")), min_size=2, max_size=9).filter(
    lambda name: any("\u4e00" <= c <= "\u9fa5" for c in name)
)


@pytest.fixture(scope="module")
def kit(template_registry: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    """One registry for all names: what is in it already must not stand in the way of a new one."""
    kit = open_copy(template_registry, tmp_path_factory.mktemp("search") / "registry", date(2026, 3, 2))
    yield kit
    kit.registry.close()


def add(kit: Kit, name: str, **about: Any) -> str:
    text = Text.model_validate(name)
    return entries.add_entry(kit.registry, SYSTEM, kind="labour_brand", region=XUYI, name=text, **about)


def found(kit: Kit, query: str, limit: int = 10_000) -> list[str]:
    with kit.registry.store.read(SYSTEM) as session:
        return [entry.slug for entry in search(session, fold(query), limit)]


@given(NAMES)
@example("江乾隆")  # 乾 alone is 干 in simplified script, in 乾隆 it stays
@example("皇后村后坝")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_two_neighbouring_characters_find_the_entry_in_either_script(kit: Kit, name: str) -> None:
    slug = add(kit, name)
    for written in (name, to_traditional(name)):
        for query in {written, *(written[i : i + 2] for i in range(len(written) - 1))}:
            assert slug in found(kit, query), query


@pytest.mark.parametrize(
    "query",
    [
        "盱眙",
        "龍蝦廚師",
        "龙虾",
        "xylxcs",
        "XuYi",
        "xu yi long xia",
        "longxia",
        "chushi xuyi",
        "厨师 龙虾",
        " 龙虾\u3000",
        "xu-yi-long",
    ],
)
def test_crayfish_chefs_are_found_by(query: str, kit: Kit) -> None:
    slug = add(kit, "盱眙龙虾厨师")
    assert slug in found(kit, query)


@pytest.mark.parametrize("query", ["", " ", "龙蟹", "厨龙", "xyz", "%", "盱_龙"])
def test_what_is_not_in_it_does_not_find_it(query: str, kit: Kit) -> None:
    assert add(kit, "盱眙龙虾大厨师") not in found(kit, query)


def test_name_that_begins_with_the_query_comes_first_however_many_contain_it(kit: Kit) -> None:
    about: dict[str, Any] = {"kind": "labour_brand", "region": XUYI, "status": "listed"}
    with kit.registry.store.system() as session:
        for n in range(230):
            name = "金湖荷藕" if n == 200 else f"虚构{n}金湖荷藕工"
            entries.new_entry(session, name=Text.model_validate(name), slug=f"{n // 200}-{n}", **about)
        session.record("entry.add", "entries")
    first = found(kit, "金湖荷藕", limit=50)
    assert first[0] == "1-200" and len(first) == 50


def test_draft_is_not_found(kit: Kit) -> None:
    assert add(kit, "洪泽湖渔家", listed=False) not in found(kit, "渔家")


def test_polyphonic_place_is_found_by_the_reading_of_its_word(kit: Kit) -> None:
    assert add(kit, "重庆小面") in found(kit, "chongqing")


def test_path_of_a_slug_is_plain(kit: Kit) -> None:
    assert Path(add(kit, "盱眙龙虾厨师/../x")).name.isascii()
