"""Packs written in the browser, without a script: begun, a fault seen and put right, previews, handed in, published."""

import html
import io
import re
from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, expect

from registry.actions.jobs import run_waiting
from registry.host.archive import unpacked
from registry.host.resolve import judging
from registry.testing import CITY, XUYI, Kit, add, journey
from registry.web.context import COOKIE
from tests.web.conftest import hidden, token

from ..browser import fits, press
from .test_journey_browser import People

CRITERIA, FLOW, PAGE = "criteria/brand.yaml", "workflows/brand.yaml", "pages/county.yaml"
STAGES = """  draft:
    kind: form
    duty: edit
    names: {staff: 填报, applicant: 填报, upcoming: 填报}
    role: applicant
    office: applicant
    days: 10
    outcomes:
      submit: {to: wait_for_ever, act: next, label: 提交}
      withdraw: {to: withdrawn, act: withdraw, label: 撤回}
  wait_for_ever:
    kind: task
    duty: work
    names: {staff: 办理, applicant: 办理, upcoming: 办理}
    role: county_officer
    office: home
    days: 3
    outcomes:
      again: {to: wait_for_ever, act: next, label: 再办}
  withdrawn:
    kind: end
    duty: ended
    result: withdrawn
    names: {staff: 撤回, applicant: 撤回, upcoming: 撤回}
"""
SignIn = Callable[[str], FlaskClient]
slow = pytest.mark.slow


def read(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.get_data(as_text=True)[:3000]
    return html.unescape(answer.get_data(as_text=True))


def send(client: FlaskClient, path: str, page: str = "", **form: object) -> tuple[int, str, str]:
    """(status, where it leads, page) of a form that stands on a page."""
    stands = client.get(page or path).get_data(as_text=True)
    about = {"csrf_token": token(stands)}
    about |= {name: hidden(stands, name) for name in ("version", "seen") if f'name="{name}"' in stands}
    answer = client.post(path, data={**about, **form}, content_type="multipart/form-data")
    return answer.status_code, answer.headers.get("Location", ""), html.unescape(answer.get_data(as_text=True))


def begin(client: FlaskClient, pack: str = "xuyi_lotus", **form: object) -> str:
    """The address of a new draft, in English."""
    status, url, page = send(client, "/en/admin/packs/new", pack=pack, region=XUYI, **form)
    assert status == 303, page
    return url


def text_of(client: FlaskClient, url: str) -> str:
    """What stands in the text field of a file's page."""
    found = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", client.get(url).get_data(as_text=True), re.DOTALL)
    assert found
    return html.unescape(found.group(1))


def save(client: FlaskClient, url: str, old: str, new: str) -> str:
    """Replace words of a file; the page that follows."""
    text = text_of(client, url)
    assert old in text
    status, _, page = send(client, url, text=text.replace(old, new).replace("\n", "\r\n"))
    assert status == 303, page
    return read(client, url)


@slow
def test_fault_stands_beside_the_text_and_at_its_line(signed_in: SignIn) -> None:
    officer = signed_in("xuyi-officer")
    url = begin(officer)
    assert "Nothing is wrong." in read(officer, url)
    page = save(officer, f"{url}/files/{CRITERIA}", "at_least: 100", "at_leest: 100")
    line = 1 + text_of(officer, f"{url}/files/{CRITERIA}").split("at_leest")[0].count("\n")
    assert f"{CRITERIA}:{line}:" in page and f'href="{url}/files/{CRITERIA}#L{line}"' in page
    assert re.search(rf'<li id="L{line}" class="faulty">.*at_leest.*Did you mean “at_least”', page)
    draft = read(officer, url)
    assert "It can be handed in when nothing is wrong." in draft and 'value="hand_in"' not in draft
    status, _, page = send(officer, url, do="hand_in")
    assert status == 422 and f"{CRITERIA}:{line}:" in page


@slow
def test_what_a_chinese_keyboard_writes_is_read_and_told(signed_in: SignIn) -> None:
    officer = signed_in("xuyi-officer")
    page = save(officer, f"{begin(officer)}/files/{CRITERIA}", "version: 1", "version：1")
    check = page.split("The check")[1].split("</section>")[0]
    assert "Nothing is wrong." in check and "Good to know: 1" in check and "<code>version: 1</code>" in check


@slow
def test_second_officer_is_told_who_was_faster_and_finds_both_texts(signed_in: SignIn) -> None:
    officer, reviewer = signed_in("xuyi-officer"), signed_in("xuyi-reviewer")
    url = f"{begin(officer)}/files/{PAGE}"
    opened = read(officer, url)
    save(reviewer, url, "这里写", "请看这里")
    mine = text_of(officer, url).replace("请看这里", "这里写").replace("在哪里学", "在哪儿学")
    form = {"csrf_token": token(opened), "seen": hidden(opened, "seen"), "text": mine}
    answer = officer.post(url, data=form)
    page = html.unescape(answer.get_data(as_text=True))
    assert answer.status_code == 409 and "xuyi-reviewer has saved this file since you opened it" in page
    assert re.search(r"theirs</b> <code>[^<]*请看这里", page) and re.search(r"yours</b> <code>[^<]*这里写", page)
    assert "在哪儿学" in re.search(r"<textarea.*?</textarea>", page, re.DOTALL)[0]  # type: ignore[index]
    assert "请看这里" in text_of(officer, url), "theirs is what is saved"
    form = {"csrf_token": token(page), "seen": hidden(page, "seen"), "text": mine}
    assert officer.post(url, data=form).status_code == 303 and "在哪儿学" in text_of(officer, url)


@slow
def test_text_typed_when_the_sign_in_had_ended_is_back(signed_in: SignIn, kit: Kit) -> None:
    officer = signed_in("xuyi-officer")
    url = f"{begin(officer)}/files/{PAGE}"
    opened = read(officer, url)
    mine = text_of(officer, url).replace("这里写", "打了一半")
    kit.clock.forward(days=3)
    answer = officer.post(url, data={"csrf_token": token(opened), "seen": hidden(opened, "seen"), "text": mine})
    assert answer.status_code == 302 and "/sign-in" in answer.headers["Location"]
    cookie = signed_in("xuyi-officer").get_cookie(COOKIE)
    assert cookie
    officer.set_cookie(COOKIE, cookie.value)
    page = read(officer, url)
    assert "打了一半" in page and "not saved yet" in page
    assert "打了一半" not in text_of(officer, url), "given back once"


@slow
def test_files_are_added_renamed_deleted_and_go_out_and_in_as_a_zip(signed_in: SignIn) -> None:
    officer = signed_in("xuyi-officer")
    url = begin(officer)
    status, where, _ = send(officer, url, do="add", folder="examples", name="莲藕")
    assert status == 303 and where.startswith(f"{url}/files/examples/")
    status, _, page = send(officer, url, do="add", folder="examples", name="../莲藕")
    assert status == 422 and "is no name for a file here" in page
    status, where, _ = send(officer, where, do="rename", folder="examples", name="lotus")
    assert where == f"{url}/files/examples/lotus.yaml"
    assert (
        send(officer, where, do="delete")[1] == url
        and "examples/" not in read(officer, f"{url}").split("Files")[1].split("ZIP")[0]
    )
    data = officer.get(f"{url}/pack.zip").data
    assert set(unpacked(data)) == {"plugin.yaml", CRITERIA, FLOW, PAGE}
    status, _, page = send(officer, url, do="archive", archive=(io.BytesIO(b"Rar!"), "a.zip"))
    assert status == 422 and "cannot be opened as a ZIP" in page
    assert send(officer, url, do="archive", archive=(io.BytesIO(data), "a.zip"))[0] == 303
    assert send(officer, url, do="drop")[1].endswith("/admin/packs/")
    again = begin(officer, archive=(io.BytesIO(data), "a.zip"))
    assert "Nothing is wrong." in read(officer, again)


@slow
def test_workflow_is_drawn_and_told_and_a_trap_is_found_at_its_line(signed_in: SignIn) -> None:
    officer = signed_in("xuyi-officer")
    url = begin(officer, source="folder:xuyi")
    flow = "workflows/rice_crayfish.yaml"
    page = read(officer, f"{url}/look/{flow}")
    assert page.count("<svg xmlns") == 1 and "style=" not in page.split("<main")[1].split("</main>")[0]
    order = [
        page.split("The same in words")[1].index(word)
        for word in ("draft</code>", "acceptance</code>", "field_check</code>", "review</code>", "leader</code>")
    ]
    assert order == sorted(order) and "Working days: 8" in page and "county officer" in page
    whole = text_of(officer, f"{url}/files/{flow}")
    places = {
        word: f"{flow}:{1 + whole.split(word)[0].count(chr(10))}"
        for word in ("extends:", "insert_after:", "stage: field_check")
    }
    for old, new, words, place in (
        ("to: NEXT", "to: field_check", "“review” can never be reached.", "extends:"),
        (
            "      role: county_officer\n",
            "",
            "“field_check”: a person acts here, so it needs `role`.",
            "stage: field_check",
        ),
        ("insert_after: acceptance", "insert_after: nothing", "There is no stage “nothing” to edit.", "insert_after:"),
    ):
        page = save(officer, f"{url}/files/{flow}", old, new)
        check = page.split("The check")[1].split("</section>")[0]
        assert words in check and f"{places[place]}:" in check, check
        send(officer, f"{url}/files/{flow}", text=whole)
    own = "\n".join(["stages:", *STAGES.splitlines()])
    own = whole.split("extends:")[0] + "start: draft\n" + own
    send(officer, f"{url}/files/{flow}", text=own)
    page = read(officer, f"{url}/files/{flow}")
    line = 1 + own.split("  wait_for_ever:")[0].count("\n")
    assert "“wait_for_ever” is a trap: no way from it to an end is always open: draft" in page
    assert f"{flow}:{line}:" in page and "<svg" in read(officer, f"{url}/look/{flow}")
    send(officer, f"{url}/files/{flow}", text=whole)
    assert "Nothing is wrong." in read(officer, f"{url}/files/{flow}")


@slow
def test_form_is_shown_as_the_applicant_meets_it_and_cannot_be_sent(signed_in: SignIn) -> None:
    officer = signed_in("xuyi-officer")
    page = read(officer, f"{begin(officer, source='folder:xuyi')}/look/forms/rice_crayfish.yaml")
    main = page.split("<main")[1].split("</main>")[0]
    assert "Owner of the brand" in main and "<fieldset disabled" in main and "<form" not in main
    assert main.count('type="file"') >= 4 and "Why this is asked" in main


@slow
def test_examples_are_judged_clause_by_clause(signed_in: SignIn) -> None:
    officer = signed_in("xuyi-officer")
    url = begin(officer)
    send(officer, url, do="add", folder="examples", name="brand")
    example = (
        "examples:\n  - says: {zh-Hans: 培训人数差一个, en: One too few}\n    criteria: xuyi_lotus.brand\n    filed: 2026-03-15\n"
        "    facts: {trained_in_year@2025: 99, skilled_workers: 300, practitioners: 1000, wage_arrears: false,"
        " dishonest_listed: false, safety_accident: false, false_material: false}\n    expect: met\n"
    )
    file = f"{url}/files/examples/brand.yaml"
    send(officer, file, text=example)
    assert re.search(r"examples/brand.yaml:\d+:\d+", read(officer, url)), "it comes out otherwise than it says"
    page = read(officer, f"{url}/look/examples/brand.yaml")
    assert "the example says: The criteria are met" in page and "At least 100 people trained" in page and "99" in page
    send(officer, file, text=example.replace("expect: met", "expect: not_met\n    fails: [trained_in_year]"))
    page = read(officer, f"{url}/look/{CRITERIA}")
    assert "as the example says" in page and "Nothing is wrong." in read(officer, url)


@slow
def test_criteria_of_a_draft_are_tried_on_past_cases_before_they_are_handed_in(signed_in: SignIn, kit: Kit) -> None:
    journey.county(kit)  # recommended with 1260 people trained
    officer = signed_in("xuyi-officer")
    url = begin(officer, source="folder:xuyi")
    (path,) = {p for p in re.findall(r'href="[^"]*/files/(criteria/[^"#]+)', read(officer, url)) if "rice" in p}
    assert "is for the same place, kind, product, class and level" in read(officer, url), "Xuyi's own pack has it too"
    set_id = "xuyi_lotus.rice_crayfish@1"
    page = read(officer, f"{url}/past-cases")
    assert set_id in page and "Choose the set that you want to try." in page
    assert "Every case comes out as it was judged." in read(officer, f"{url}/past-cases?set={set_id}")
    text = text_of(officer, f"{url}/files/{path}")
    assert "at_least: 200\n" in text and "to: 150\n" in text
    stricter = text.replace("at_least: 200\n", "at_least: 1262\n").replace("to: 150\n", "to: 1261\n")
    assert send(officer, f"{url}/files/{path}", text=stricter)[0] == 303
    page = read(officer, f"{url}/past-cases?set={set_id}")
    assert re.search("1,?261", page) and str(kit.cases()[0].number) in page, (
        "by which clause, and whom it would turn away"
    )
    assert "/admin/packs/drafts/" in page.partition('class="filters"')[2][:200], "it stays with the draft"
    assert signed_in("lianshui-officer").get(f"{url}/past-cases").status_code == 404


@slow
def test_page_is_rendered_in_both_languages_and_what_fails_says_why(signed_in: SignIn) -> None:
    officer = signed_in("xuyi-officer")
    url = begin(officer)
    page = read(officer, f"{url}/look/{PAGE}")
    assert "盱眙县的手艺" in page and "What Xuyi County makes" in page
    save(officer, f"{url}/files/{PAGE}", "这里写", "{{ nothing }}<script>alert(1)</script>这里写")
    page = read(officer, f"{url}/look/{PAGE}")
    assert "<script>alert" not in page and ("cannot be rendered" in page or "nothing" in page)
    about = text_of(officer, f"{url}/files/{PAGE}").split("slot:")[0]
    words = "'{{ entry.name }}: {{ entry.profile.trade }}, {{ figures[0].value }}'"
    text = (
        f"{about}slot: entry\nkind: labour_brand\nproduct: nobody_has_it\nsource: {{zh-Hans: {words}, en: {words}}}\n"
    )
    send(officer, f"{url}/files/{PAGE}", text=text)
    page = read(officer, f"{url}/look/{PAGE}")
    assert "示例: 从事什么" in page or re.search(r"example: [A-Z][^<]*, 100", page), "with a made-up brand"


@slow
def test_second_person_publishes_and_everybody_reads_it(signed_in: SignIn, kit: Kit) -> None:
    officer, leader = signed_in("xuyi-officer"), signed_in("xuyi-leader")
    url = begin(officer)
    save(officer, f"{url}/files/{PAGE}", "这里写本地的劳务品牌", "盱眙的藕塘里有一门手艺")
    assert send(officer, url, do="hand_in")[0] == 303
    page = read(officer, url)
    assert "Only the leader of the region publishes its packs." in page and 'value="publish"' not in page
    assert "Waits for you" in read(leader, "/en/admin/packs/")
    status, _, page = send(leader, url, do="send_back", reason="短")
    assert status == 422 and "what has to be changed" in page and ">短</textarea>" in page
    assert send(leader, url, do="send_back", reason="请写明在哪里学")[0] == 303
    assert "请写明在哪里学" in read(officer, url)
    assert send(officer, url, do="hand_in")[0] == 303
    assert "盱眙的藕塘" not in read(leader, "/counties/xuyi")
    assert send(leader, url, do="publish")[0] == 303
    run_waiting(kit.registry)
    assert "盱眙的藕塘里有一门手艺" in read(kit_visitor(leader), "/counties/xuyi")
    page = read(officer, "/en/admin/packs/published/xuyi_lotus")
    assert "xuyi_lotus.brand" in page and "version 0.1.0" in page
    history = read(leader, re.search(r'href="([^"]*/history/pack_draft/[^"]*)"', read(leader, url))[1])  # type: ignore[index]
    assert "draft of a pack handed in" in history and "xuyi-leader" in history


def kit_visitor(client: FlaskClient) -> FlaskClient:
    """Somebody without a cookie, of the same application."""
    return client.application.test_client()


@slow
def test_draft_for_comment_is_shown_until_its_last_day_and_judges_nothing(signed_in: SignIn, kit: Kit) -> None:
    officer, leader = signed_in("xuyi-officer"), signed_in("xuyi-leader")
    url = begin(officer)
    file = f"{url}/files/{CRITERIA}"
    page = save(officer, file, "standing: example", "standing: comment")
    assert "says until when comments are taken" in page
    today = kit.clock.now().date()
    save(officer, file, f"in_force: {{from: {today}}}", f"in_force: {{from: {today}, to: {date(2026, 3, 31)}}}")
    page = save(officer, f"{url}/files/{PAGE}", "standing: example", "standing: comment")
    assert "can be drafts for comment" in page
    save(officer, f"{url}/files/{PAGE}", "standing: comment", "standing: example")
    send(officer, url, do="hand_in")
    assert send(leader, url, do="publish")[0] == 303
    page = read(kit_visitor(leader), "/en/counties/xuyi")
    assert (
        "Out for comment" in page and "Comments until 31 March 2026" in page and "At least 100 people trained" in page
    )
    assert "shown, judges nothing" not in page
    with kit.registry.store.read() as session:
        assert "xuyi_lotus.brand" not in [d.ref for d in judging(session, "criteria", session.today)]


@slow
def test_administrator_withdraws_a_version_and_says_why(signed_in: SignIn, kit: Kit) -> None:
    add(kit, "keeper", "admin", CITY, kit.clock.now().date())
    keeper, officer = signed_in("keeper"), signed_in("xuyi-officer")
    run_waiting(kit.registry)
    page = read(keeper, "/en/admin/packs/published/xuyi")
    row = next(r for r in page.split("<tr>") if "xuyi.county" in r)
    link = re.search(r'href="([^"]*/definitions/[^"]*)"', row)[1]  # type: ignore[index]
    assert "Withdraw" not in read(officer, link)
    before = read(kit_visitor(keeper), "/counties/xuyi")
    status, _, page = send(keeper, link, reason=" ")
    assert status == 422 and "Say why." in page
    assert send(keeper, link, reason="页面已过时")[0] == 303
    run_waiting(kit.registry)
    after = read(kit_visitor(keeper), "/counties/xuyi")
    assert 'class="prose more"' in before and 'class="prose more"' not in after
    assert "withdrawn on" in read(officer, "/en/admin/packs/published/xuyi")
    assert kit.health().fault is None


# The whole of it in a browser, without a script


@pytest.fixture
def people(chromium: Browser, demonstration: str) -> People:
    """Nobody signed in yet."""
    return People(chromium, demonstration)


@pytest.mark.browser
@slow
def test_from_a_neighbours_pack_to_ones_own_page_without_a_terminal(people: People) -> None:
    page = people.at("xuyi-officer", "/admin/packs/")
    fits(page, "packs/home")
    page.get_by_role("link", name="Begin a new draft").click()
    page.get_by_label("Name of the pack").fill("Xuyi Lotus")
    page.get_by_label("Begin with").select_option("folder:lianshui")
    press(page, "Begin")
    expect(page.locator(".problems")).to_contain_text("no name for a pack")
    expect(page.get_by_label("Begin with")).to_have_value("folder:lianshui")
    page.get_by_label("Name of the pack").fill("xuyi_lotus")
    fits(page, "packs/new")
    press(page, "Begin")
    address = page.url.partition("/en")[2]
    expect(page.locator("main")).to_contain_text("Nothing is wrong.")
    fits(page, "packs/draft")

    page.get_by_role("link", name=CRITERIA_OF_LIANSHUI, exact=True).click()
    field = page.get_by_label("Text of the file")
    good = field.input_value()
    field.fill(good.replace("at_least:", "at_leest:", 1))
    press(page, "Save and check")
    expect(page.locator("#check").locator("xpath=..")).to_contain_text("Did you mean “at_least”?")
    fits(page, "packs/fault")
    page.locator(".found a").first.click()
    expect(page.locator("li.faulty:target")).to_contain_text("at_leest")
    page.get_by_label("Text of the file").fill(good)
    press(page, "Save and preview")
    expect(page.locator("main")).to_contain_text("What must be met")
    fits(page, "packs/criteria")

    for file in ("workflows/sewing_worker.yaml", "pages/county.yaml"):
        page = people.at("xuyi-officer", f"{address}/look/{file}")
        expect(page.locator("main h1")).to_be_visible()
        fits(page, f"packs/{file.partition('/')[0]}")
    page = people.at("xuyi-officer", f"{address}/files/pages/county.yaml")
    text = page.get_by_label("Text of the file").input_value()
    before, after = text.split("source:")
    page.get_by_label("Text of the file").fill(
        f"{before}source: {{zh-Hans: '## 盱眙的新手艺', en: '## A new craft of Xuyi'}}\n"
    )
    assert after
    press(page, "Save and check")
    expect(page.locator("main")).to_contain_text("Nothing is wrong.")
    page = people.at("xuyi-officer", address)
    press(page, "Hand it in")
    expect(page.locator("main")).to_contain_text("Only the leader of the region publishes its packs.")
    fits(page, "packs/handed-in")

    page = people.at("citizen", "/counties/xuyi")
    expect(page.locator("main")).not_to_contain_text("A new craft of Xuyi")
    page = people.at("xuyi-leader", "/admin/packs/")
    page.get_by_role("link", name="xuyi_lotus").first.click()
    fits(page, "packs/leader")
    press(page, "Publish")
    expect(page.locator("main")).to_contain_text("Published as version 0.1.0.")
    page.get_by_role("link", name="What is published of it").click()
    fits(page, "packs/published")
    page = people.at("citizen", "/counties/xuyi")
    for _ in range(40):  # rendered by the worker beside, soon after
        if "A new craft of Xuyi" in page.locator("main").inner_text():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(page.locator("main")).to_contain_text("A new craft of Xuyi")
    fits(page, "packs/county")


CRITERIA_OF_LIANSHUI = "criteria/sewing_worker.yaml"
