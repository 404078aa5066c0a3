"""What the public sees: every page in three languages, stored once, dropped by what it shows, whatever the address holds."""

import gzip
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from sqlmodel import select

from registry.actions import entries, notices, on_titles, showcase
from registry.app import create_app
from registry.base.clock import FixedClock
from registry.base.i18n import PREFIXES, Text
from registry.rules.permission import SYSTEM
from registry.store.entry import Entry, EntrySlug
from registry.store.notice import Notice, Objection
from registry.store.published import PublishedPage
from registry.store.title import Certificate, Title
from registry.testing import XUYI, Kit, journey
from registry.testing.journey import city
from tests.conftest import Template, open_copy
from tests.web.conftest import token

pytestmark = pytest.mark.slow

TODAY = date(2026, 3, 2)
BRANDS = {
    "xuyi-crayfish-chef": ("盱眙龙虾厨师", XUYI, "province"),
    "lianshui-sewing-worker": ("涟水缝纫工", "320826", "province"),
    "hongze-farm-ecommerce": ("洪泽农产品+电商", "320813", "province"),
    "qingjiangpu-red-pepper": ("清江浦红椒园艺工", "320812", None),
    "huaiyin-domestic-worker": ("淮阴家政工", "320804", None),
    "shihe-teaching-aids": ("施河教学具操作工", "320803", None),
    "xuyi-rice-crayfish": ("盱眙虾稻共生种养员", XUYI, None),
}
HOME = "registry.web.public.home_page.model"
GUIDE = "/guides/xuyi/xuyi.rice_crayfish.application"
GOOD = {
    "area_mu": "725000",
    "holders": "4265",
    "trained_in_year": "1260",
    "added_income_per_mu": "2600",
    "building_units": "4",
    **dict.fromkeys(("wage_arrears", "dishonest_listed", "safety_accident", "false_material", "contract_gap"), "no"),
}
WORDS = "申报的种养面积与农业部门的统计不一致，请核查。"


@pytest.fixture(scope="module")
def stock(template_registry: Template, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a register with the policy's seven brands, Xuyi's work-force by three sources, its pages rendered."""
    folder = tmp_path_factory.mktemp("stock") / "registry"
    kit = open_copy(template_registry, folder, TODAY)
    for slug, (name, region, level) in BRANDS.items():
        words = {"zh-Hans": "政策文件所列，未存认定文件", "en": "Named in the policy; no document on file"}
        standing = {"words": words, "source": "六大行动计划", **({"level": level} if level else {})}
        product = "rice_crayfish" if slug == "xuyi-rice-crayfish" else None
        profile = {"trade": f"{name}的手艺", "summary": "一句话。"}
        entries.add_entry(
            kit.registry,
            SYSTEM,
            kind="labour_brand",
            product=product,
            region=region,
            name=Text.model_validate(name),
            slug=slug,
            standing=[standing],
            profile=profile,
        )
    for value, day in (("200000", 2020), ("210000", 2024), ("128000", 2026)):
        entries.observe(
            kit.registry,
            SYSTEM,
            fact="practitioners",
            value=value,
            source="press",
            standing="declared",
            region=XUYI,
            scope="龙虾全产业链",
            source_text=f"{day}年的报道",
            as_of=date(day, 3, 1),
        )
    showcase.render_all(kit.registry)
    kit.registry.close()
    return folder


@pytest.fixture
def stocked(stock: Path, template_registry: Template, tmp_path: Path) -> Kit:
    """A copy of it of one's own."""
    return open_copy(replace(template_registry, folder=stock), tmp_path / "stocked", TODAY)


@pytest.fixture
def visitor(stocked: Kit) -> FlaskClient:
    """Somebody who is not signed in."""
    return create_app(stocked.registry).test_client()


class Page(HTMLParser):
    """A page as a browser reads it: its elements in order, and what a strict policy would refuse."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.refused: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.found.append((tag, given))
        if tag == "style" or "style" in given or (tag == "script" and not given.get("src")):
            self.refused.append(self.get_starttag_text() or "")
        if any(name.startswith("on") or (value or "").lower().startswith("javascript:") for name, value in attrs):
            self.refused.append(self.get_starttag_text() or "")

    def all(self, tag: str, **having: str) -> list[dict[str, str | None]]:
        """The elements of a name with these attributes."""
        return [a for t, a in self.found if t == tag and having.items() <= a.items()]


def get(visitor: FlaskClient, path: str, status: int = 200) -> str:
    answer = visitor.get(path)
    assert answer.status_code == status, (path, answer.status)
    return answer.get_data(as_text=True)


def the_title(kit: Kit) -> tuple[Title, str, Entry]:
    """The only title, its certificate's code, its entry."""
    with kit.registry.store.read(SYSTEM) as session:
        title = session.exec(select(Title)).one()
        return title, session.exec(select(Certificate)).one().code, session.get_one(Entry, title.entry_id)


def the_notice(kit: Kit) -> tuple[str, str]:
    """The number of the only notice, and the address of the objection to its one entry."""
    with kit.registry.store.read(SYSTEM) as session:
        notice = session.exec(select(Notice)).one()
    return notice.number, f"/notices/{notice.number}/{notice.body['rows'][0]['public_id']}/objection"


def revoke(kit: Kit, number: str) -> None:
    why = Text.model_validate({"zh-Hans": "培训台账不实（示例）", "en": "The training ledger was not true (example)"})
    id = on_titles.propose_revocation(
        kit.registry, kit.who("city-reviewer"), number=number, reason=why, public_reason=why, key="revoke"
    )
    kit.act("city-officer", id, "heard", statement="对事实无异议。")
    kit.act("city-leader", id, "revoke", reason="属实", **journey.MEETING)


def addresses(kit: Kit) -> Iterator[str]:
    """Every public page that is stored."""
    title, code, entry = the_title(kit)
    number, _ = the_notice(kit)
    yield from ("/", "/brands", "/bases", "/counties", "/counties/xuyi", "/notices", "/guides", GUIDE)
    yield from (f"/brands/{entry.slug}", "/brands/xuyi-crayfish-chef", f"/notices/{number}")
    yield from (f"/verify/{code}", f"/verify/{title.number}")


def test_every_page_in_three_languages(stocked: Kit, visitor: FlaskClient) -> None:
    city(stocked)
    for path in [*addresses(stocked), "/verify", "/search", "/search?q=none", f"{GUIDE}/self-check", "/objections"]:
        for lang, prefix in PREFIXES.items():
            answer = visitor.get(prefix + path)
            page = Page(answer.get_data(as_text=True))
            assert answer.status_code == 200, (lang, path)
            assert page.all("html", lang=lang) and len(page.all("h1")) == 1, (lang, path)
            assert page.refused == [], (lang, path)
            assert "script-src" in answer.headers["Content-Security-Policy"] or (
                "default-src 'self'" in answer.headers["Content-Security-Policy"]
            )
            assert "Set-Cookie" not in answer.headers, (lang, path)
            alternates = {a["hreflang"]: a["href"] for a in page.all("link", rel="alternate")}
            assert set(alternates) == {*PREFIXES, "x-default"}
            bare = path.partition("?")[0]
            assert alternates["en"] == f"{stocked.registry.settings.public_url}/en{bare}"
            assert [a["href"] for a in page.all("link", rel="canonical")] == [alternates[lang]]
            if len(bare) > 1:
                assert all(a["href"] != "" for a in page.all("a"))


def test_second_visitor_is_served_from_the_store(
    stocked: Kit, visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = visitor.get("/", headers={"Accept-Encoding": "gzip"})
    monkeypatch.setattr(HOME, lambda shown: pytest.fail("rendered again"))
    second = visitor.get("/", headers={"Accept-Encoding": "gzip", "Cookie": "registry_session=somebody"})
    plain = visitor.get("/")
    assert first.data == second.data and first.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(first.data) == plain.data and "Content-Encoding" not in plain.headers
    assert "Accept-Encoding" in plain.headers["Vary"]
    again = visitor.get("/", headers={"If-None-Match": plain.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_page_goes_when_what_it_shows_changes(stocked: Kit, visitor: FlaskClient) -> None:
    id = city(stocked, "notice")
    number, objection = the_notice(stocked)
    assert number in get(visitor, "/en/") and "No title has been given" in get(visitor, "/en/")
    assert "On notice" in get(visitor, f"/en/notices/{number}")
    entries.observe(
        stocked.registry, SYSTEM, fact="practitioners", value="31000", source="press", standing="declared",
        entry="xuyi-crayfish-chef", as_of=date(2026, 1, 1),
    )  # fmt: skip
    assert "31,000" in get(visitor, "/en/brands/xuyi-crayfish-chef")
    journey.after_notice(stocked, id)
    stocked.act("city-officer", id, "clear")
    assert "No valid objection" in get(visitor, f"/en/notices/{number}")
    journey.forward(stocked, id, journey.CITY_STEPS, None)
    title, code, entry = the_title(stocked)
    pages = ["/en/", "/en/brands", f"/en/brands/{entry.slug}", "/en/counties/xuyi", f"/en/verify/{code}"]
    for path in pages:
        assert "Valid" in get(visitor, path) or path == "/en/"
    assert str(entry.text) in get(visitor, "/en/")
    revoke(stocked, title.number)
    for path in pages[1:]:
        assert "Revoked" in get(visitor, path), path
    assert str(entry.text) not in get(visitor, "/en/")


def test_verifying_says_at_once_what_is_certified(stocked: Kit, visitor: FlaskClient) -> None:
    city(stocked)
    title, code, entry = the_title(stocked)
    first = re.search(r"<h1>(.*?)</h1>", get(visitor, f"/en/verify/{code}"), re.S)
    assert first
    for said in (
        entry.text.in_("en"), "labour brand", "city level", "recognised", "Human Resources",
        "淮人社示例〔2026〕1号", f"{title.valid_to and title.valid_to.year}",
    ):  # fmt: skip
        assert said in first[1], said
    assert "not a person, a shop or a product" in get(visitor, f"/en/verify/{title.number}")
    typed = visitor.get(f"/en/verify/{code.lower()}")
    assert typed.status_code == 301 and typed.location.endswith(f"/en/verify/{code}")
    assert visitor.get(f"/en/verify?code={code}").location.endswith(f"/en/verify/{code}")
    assert visitor.get(f"/verify/{code}/certificate.pdf").data.startswith(b"%PDF")


def test_verifying_what_is_over_or_unknown(stocked: Kit, visitor: FlaskClient) -> None:
    city(stocked)
    title, code, _ = the_title(stocked)
    assert "There is no certificate" in get(visitor, "/en/verify/ABCD", 404)
    with stocked.registry.store.read(SYSTEM) as session:
        assert session.get(PublishedPage, ("/verify/ABCD", "en", "identity")) is None
    revoke(stocked, title.number)
    page = get(visitor, f"/en/verify/{code}")
    assert "was revoked on" in page and "The training ledger was not true (example)" in page
    assert visitor.get(f"/verify/{code}/certificate.pdf").status_code == 404


def test_a_title_expires_by_itself(stocked: Kit, visitor: FlaskClient) -> None:
    city(stocked)
    title, code, entry = the_title(stocked)
    assert "Valid" in get(visitor, f"/en/brands/{entry.slug}")
    assert title.valid_to and isinstance(stocked.clock, FixedClock)
    stocked.clock.set(title.valid_to.replace(year=title.valid_to.year + 1))
    for path in (f"/en/verify/{code}", f"/en/brands/{entry.slug}", "/en/brands?status=expired"):
        assert "Expired" in get(visitor, path), path
    assert "<h3 class=" not in get(visitor, "/en/brands?status=valid")


def test_lists_are_filtered_sorted_and_paged_by_their_address(stocked: Kit, visitor: FlaskClient) -> None:
    def names(path: str) -> list[str]:
        return re.findall(r'<h3 class="name"><a href="[^"]*/([^"/]+)"', get(visitor, path))

    assert set(names("/brands")) == set(BRANDS)
    assert set(names("/brands?county=xuyi")) == {"xuyi-crayfish-chef", "xuyi-rice-crayfish"}
    assert names("/brands?sort=name") == sorted(BRANDS)
    assert names("/bases") == [] and "Nothing matches" in get(visitor, "/en/brands?level=nation")
    for n in range(20):
        name = Text.model_validate(f"示例{n}（虚构）")
        entries.add_entry(stocked.registry, SYSTEM, kind="labour_brand", region=XUYI, name=name, fictitious=True)
    assert (len(names("/brands")), len(names("/brands?page=2"))) == (20, 7)
    assert names("/brands?page=99") == names("/brands?page=2") and 'rel="prev"' in get(visitor, "/brands?page=2")
    assert "sort=name" in get(visitor, "/brands?sort=name").split('rel="next"')[1][:80]


HOSTILE = (
    "page=-1",
    "page=9e9",
    "page=%C2%B2",
    "page=" + "9" * 5000,
    "county=%00&level=%1b%0d%0aX: y",
    "q=%ED%A0%80",
    "q=%ff%fe",
    "q=" + "x" * 10000,
    "sort[]=1&sort=__class__",
    "code=%22%3E%3Cscript%3E",
    "q=%3Cscript%3Ealert(1)%3C/script%3E",
    "&&=&%",
)


@pytest.mark.parametrize("path", ["/brands", "/notices", "/search", "/verify", "/counties/xuyi", "/objections", "/en/"])
def test_hostile_queries(path: str, visitor: FlaskClient) -> None:
    for query in HOSTILE:
        answer = visitor.get(f"{path}?{query}", follow_redirects=True)
        assert answer.status_code in (200, 404), query[:80]
        page = answer.get_data(as_text=True)
        assert Page(page).refused == [] and "<script>" not in page and len(page) < 40_000, query[:80]


DOTTED = (
    "/%ED%A0%80",
    "/brands/%ff",
    "/brands/..%2f..%2fetc",
    "/../../etc/passwd",
    "/static/../../setup.cfg",
    "/static/%2e%2e/app.py",
    "/verify/%00",
    "/counties/" + "x" * 5000,
    "/en/en/brands",
    "/zh-hant/%0d%0aX: y",
)


def test_surrogates_wrong_bytes_and_dots_in_paths(visitor: FlaskClient) -> None:
    for path in DOTTED:
        answer = visitor.get(path)
        assert answer.status_code == 404, (path, answer.status)
        assert b"[options]" not in answer.data and b"import" not in answer.data
        assert Page(answer.get_data(as_text=True)).refused == []


def test_two_characters_find_and_nothing_found_helps(stocked: Kit, visitor: FlaskClient) -> None:
    city(stocked)
    title, _, entry = the_title(stocked)
    for asked in ("龙虾", "龍蝦", "longxia", "lxcs", "厨师 盱眙"):
        assert "/en/brands/xuyi-crayfish-chef" in get(visitor, f"/en/search?q={quote(asked)}"), asked
    assert f"/en/verify/{title.number}" in get(visitor, f"/en/search?q={title.number}")
    assert "/en/counties/xuyi" in get(visitor, "/en/search?q=xuyi")
    nothing = get(visitor, f"/en/search?q={quote('龙虾大师傅')}")
    assert "Nothing was found" in nothing and "/en/brands/xuyi-crayfish-chef" in nothing
    assert 'href="/en/brands"' in get(visitor, f"/en/search?q={quote('大象')}")
    assert str(entry.public_id) not in nothing


def test_a_brand_without_a_title_says_where_it_is_named(stocked: Kit, visitor: FlaskClient) -> None:
    page = get(visitor, "/en/brands/xuyi-crayfish-chef")
    assert '<p class="lead" lang="zh-Hans">盱眙龙虾厨师的手艺</p>' in page
    assert page.count('<li class="named">') == 1 and "Named in the policy; no document on file" in page
    assert "No title with a document on file" in page and "六大行动计划" in page
    assert '<li class="named">' not in get(visitor, "/en/brands/xuyi-rice-crayfish")


def test_three_sources_stand_side_by_side_with_date_and_source(stocked: Kit, visitor: FlaskClient) -> None:
    page = get(visitor, "/en/counties/xuyi")
    assert [page.index(v) for v in ("200,000", "210,000", "128,000")] == sorted(
        page.index(v) for v in ("200,000", "210,000", "128,000")
    )
    assert page.count('<details class="grounds">') == 3 and "2024年的报道" in page and "1 March 2024" in page
    assert "labour brands stand in one chain" in page and "None is listed yet" in page


def test_former_slug_other_section_draft_and_withdrawn(stocked: Kit, visitor: FlaskClient) -> None:
    with stocked.registry.store.system() as session:
        found = {e.slug: e for e in session.exec(select(Entry))}
        session.add(EntrySlug(slug="old-chef", entry_id=found["xuyi-crayfish-chef"].id))
        found["shihe-teaching-aids"].status, found["huaiyin-domestic-worker"].status = "withdrawn", "draft"
        session.record("test", "entries")
    for old in ("/en/brands/old-chef", "/en/bases/xuyi-crayfish-chef"):
        answer = visitor.get(old)
        assert (answer.status_code, answer.location) == (301, "/en/brands/xuyi-crayfish-chef")
    assert "withdrawn" in get(visitor, "/en/brands/shihe-teaching-aids", 410)
    get(visitor, "/brands/huaiyin-domestic-worker", 404)


def test_the_notice_and_an_objection_to_it(stocked: Kit, visitor: FlaskClient) -> None:
    city(stocked, "notice")
    number, address = the_notice(stocked)
    notice = get(visitor, f"/en/notices/{number}")
    assert "runs for 5 working days" in notice and "盱眙示例培训中心" in notice and "市人社局就业科" in notice
    form = get(visitor, f"/en{address}")
    given = {"csrf_token": token(form), "sort": "lead", "words": WORDS, "name": "", "unit": "", "contact": ""}
    done = visitor.post(f"/en{address}", data=given)
    assert done.status_code == 303
    receipt = get(visitor, done.location)
    code = done.location.rpartition("/")[2]
    assert code in receipt and "looked into as a lead" in receipt
    assert visitor.get(f"/en/objections?code={code.lower()}").location.endswith(f"/en/objections/{code.lower()}")
    get(visitor, f"/en/objections/{code.lower()}")
    get(visitor, "/objections/NOBODYS", 404)


def test_the_answer_to_an_objection_by_its_code(stocked: Kit, visitor: FlaskClient) -> None:
    city(stocked, "notice")
    number, address = the_notice(stocked)
    who = {"name": "张示例", "contact": "0517-80000000"}
    named = notices.object_to(
        stocked.registry, notice_number=number, public_id=address.split("/")[3], words=WORDS, **who
    )
    assert "Being looked into" in get(visitor, f"/en/objections/{named}")
    with stocked.registry.store.system() as session:
        objection = session.exec(select(Objection)).one().number
    notices.answer_objection(
        stocked.registry,
        stocked.who("city-officer2"),
        number=objection,
        upheld=False,
        answer="经核查属实无误。",
        key="a",
    )
    page = get(visitor, f"/en/objections/{named}")
    assert "Not upheld" in page and "经核查属实无误。" in page and "张示例" not in page


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"words": "短"}, "at least ten characters"),
        ({"words": "很长" * 3000}, "at most 5000"),
        ({"contact": ""}, "how the bureau can reach you"),
        ({"sort": ""}, "an objection under your name, or a lead"),
        ({"sort": "lead"}, "A lead carries nothing about you"),
        ({"name": " "}, "An objection carries your name"),
        ({"unit": "长" * 300}, "at most 200"),
        ({"name": "a\x00b", "contact": "c"}, "cannot be read"),
        ({"csrf_token": "old"}, "open for too long"),
    ],
)
def test_a_faulty_objection_keeps_what_was_typed(
    wrong: dict[str, str], said: str, stocked: Kit, visitor: FlaskClient
) -> None:
    city(stocked, "notice")
    _, address = the_notice(stocked)
    who = {"sort": "named", "name": "张示例", "contact": "0517-80000000", "unit": "<b>某单位</b>"}
    given = {"csrf_token": token(get(visitor, f"/en{address}")), "words": WORDS, **who, **wrong}
    answer = visitor.post(f"/en{address}", data=given)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422 and said in page and "<title>Error:" in page
    assert given["words"] in page and ("&lt;b&gt;某单位" in page or "unit" in wrong)
    assert said in page.split('role="alert"')[1].split("</div>")[0]
    with stocked.registry.store.system() as session:
        assert session.exec(select(Objection)).all() == []


def test_no_objection_after_the_notice(stocked: Kit, visitor: FlaskClient) -> None:
    id = city(stocked, "notice")
    _, address = the_notice(stocked)
    form = get(visitor, address)
    journey.after_notice(stocked, id)
    late = visitor.post(f"/en{address}", data={"csrf_token": token(form), "sort": "lead", "words": WORDS})
    assert late.status_code in (403, 409) and "has ended" in late.get_data(as_text=True)
    page = get(visitor, f"/en{address}")
    assert "time for objections is over" in page and "<textarea" not in page
    get(visitor, address.replace("/objection", "X/objection"), 404)


def test_the_guide_says_what_the_definitions_say(stocked: Kit, visitor: FlaskClient) -> None:
    page = get(visitor, f"/en{GUIDE}")
    for said in (
        "At least 100,000 mu", "第一条", "No wages in arrears", "up to 40 points", "At least 60 of 100 points", "Free of charge",
        "Working days: 23", "Working days: 38", "Public notice", "Huai&#39;an City Human Resources", "Example criteria",
    ):  # fmt: skip
        assert said in page, said
    assert f"/en{GUIDE}/self-check" in page and "/en/guides/xuyi/xuyi.rice_crayfish.application" in get(
        visitor, "/en/guides"
    )
    for path in (
        "/guides/lianshui/xuyi.rice_crayfish.application",
        "/guides/xuyi/none",
        "/guides/none/none/self-check",
    ):
        get(visitor, path, 404)


@pytest.mark.parametrize(
    ("answers", "status", "said"),
    [
        (GOOD, 200, ["the conditions are met", "95 of 100 points", "第一条"]),
        (GOOD | {"area_mu": "90000"}, 200, ["not all conditions are met", "90000 mu", "100,000 mu", "第一条"]),
        (GOOD | {"wage_arrears": "yes"}, 200, ["not all conditions are met", "第六条"]),
        (GOOD | {"holders": ""}, 200, ["answers are still open", "第二条"]),
        ({}, 200, ["answers are still open"]),
        ({"area_mu": "许多"}, 422, ["is not a number", "许多"]),
        ({"area_mu": "-5"}, 422, ["must be at least 0", 'value="-5"']),
        ({"wage_arrears": "perhaps"}, 422, ["Choose yes or no"]),
        ({"area_mu": "9" * 5000}, 422, ["is not a number"]),
    ],
)
def test_self_check_explains_and_cites(
    answers: dict[str, str], status: int, said: list[str], stocked: Kit, visitor: FlaskClient
) -> None:
    answer = visitor.post(f"/en{GUIDE}/self-check", data=answers)
    page = answer.get_data(as_text=True)
    assert answer.status_code == status and "Set-Cookie" not in answer.headers
    for words in said:
        assert words in page, words
    with stocked.registry.store.read(SYSTEM) as session:
        assert not [p for p in session.exec(select(PublishedPage)) if "self-check" in p.path]


def test_error_pages_speak_plainly(visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "There is no such page here" in get(visitor, "/en/nothing-here", 404)
    assert "没有这个页面" in get(visitor, "/nothing-here", 404) or "no such page" in get(visitor, "/nothing-here", 404)
    assert visitor.post("/en/brands").status_code == 405
    wrong = visitor.post(
        f"/en{GUIDE}/self-check", data=b"area_mu=%B1%E3", content_type="application/x-www-form-urlencoded"
    )
    assert wrong.status_code == 422 and "sent as UTF-8" in wrong.get_data(as_text=True)

    def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(HOME, broken)
    page = get(visitor, "/en/", 500)
    assert "went wrong on our side" in page and re.search(r"Reference to quote: [0-9a-f]{8}", page)
    assert "secret" not in page and Page(page).refused == []
    monkeypatch.setattr("registry.web.errors.frame", broken)
    assert "Reference to quote" in get(visitor, "/en/", 500)
