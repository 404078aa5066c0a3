"""Village workshops: a check that is overdue holds a recommendation up, and the county looks again afterwards."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from registry_lianshui import import_workshops, made_up, workshops
from registry_lianshui.workshops import Workshop

from registry.actions import cases, entries, jobs
from registry.api import Access, BadInput, Text
from registry.app import create_app
from registry.base.errors import Refused
from registry.rules.permission import SYSTEM
from registry.store.case import Case
from registry.testing import LIANSHUI, PDF, Kit, add, journey, new_registry

STEPS = {at: (who.replace("xuyi", "lianshui"), *rest) for at, (who, *rest) in journey.STEPS.items()}
TODAY = date(2026, 3, 2)


def test_check_holds_for_a_year_and_not_a_day_longer() -> None:
    assert not Workshop("示例村", 5, date(2025, 3, 2)).overdue(TODAY)
    assert Workshop("示例村", 5, date(2025, 3, 1)).overdue(TODAY)


def test_file_of_windows_with_every_fault_at_its_line() -> None:
    good = workshops.read_csv("甲.csv", "village,workers,checked_on\n示例村,12,2026-01-05\n".encode("gb18030"))
    assert good == [Workshop("示例村", 12, date(2026, 1, 5))]
    with pytest.raises(BadInput) as error:
        workshops.read_csv("x.csv", b"village,workers,checked_on\n,0,2026-13-01\n")
    assert [(f.line, f.column) for f in error.value.faults] == [(2, 1), (2, 2), (2, 3)]
    with pytest.raises(BadInput) as error:
        workshops.read_csv("x.csv", "village,workers,checked_on\n甲村,1,2026-01-01\n甲村,2,2026-01-01\n".encode())
    assert [(f.line, f.column) for f in error.value.faults] == [(3, 1)]
    with pytest.raises(BadInput, match="village,workers,checked_on"):
        workshops.read_csv("x.csv", b"a,b\n")


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    kit = new_registry(tmp_path_factory.mktemp("workshops") / "registry", TODAY)
    yield kit
    kit.registry.close()


@pytest.fixture(scope="module")
def deciding(kit: Kit) -> str:
    """A made-up brand of Lianshui whose recommendation waits for the leader."""
    organisation = entries.add_organisation(
        kit.registry, SYSTEM, name=Text.model_validate("涟水示例学校（虚构）"), region=LIANSHUI, fictitious=True
    )
    add(kit, "school", "applicant", LIANSHUI, TODAY, organisation_id=organisation)
    actor = kit.who("school")
    id = cases.start(
        kit.registry,
        actor,
        kind="labour_brand",
        product="sewing_worker",
        entry_class="skills",
        region=LIANSHUI,
        organisation_id=organisation,
        name=Text.model_validate("涟水示例缝纫工（虚构）"),
        fictitious=True,
    )
    with kit.registry.store.read(actor) as session:
        form = cases.form_of(session, session.get_one(Case, id))
    known = {f.id for f in form.fields()}
    answers = {**journey.RICE, "wage_last": "9000"}
    assert not cases.save(kit.registry, actor, id, {k: v for k, v in answers.items() if k in known})
    for field in (f.id for f in form.fields() if f.type == "file"):
        cases.attach(kit.registry, actor, id, field=field, name=f"{field}.pdf", data=PDF + field.encode())
    cases.submit(kit.registry, actor, id, declared_true=True, key=next(kit.keys))
    return journey.forward(kit, id, STEPS, "leader")


@pytest.mark.slow
def test_overdue_check_forbids_the_recommendation_and_a_new_one_lets_it_pass(kit: Kit, deciding: str) -> None:
    access = Access(kit.registry.store)
    (entry,) = (e for e in access.entries(region=LIANSHUI) if e.id == kit.case(deciding).entry_id)
    login, outcome, given = STEPS["leader"]
    workshops.put(access, entry, [Workshop("示例庚村", 20, TODAY - timedelta(days=400)), *made_up(TODAY)])
    with pytest.raises(Refused) as refused:
        kit.act(login, deciding, outcome, **given)
    assert "示例庚村" in refused.value.message.text("zh-Hans") and "lianshui" in refused.value.message.text("en")
    assert kit.case(deciding).stage == "leader", "nothing was done"
    workshops.put(access, entry, made_up(TODAY))
    kit.act(login, deciding, outcome, **given)
    assert workshops.next_visit(access, entry.id) is None, "it follows after the commit"
    while jobs.run_waiting(kit.registry):
        pass
    assert workshops.next_visit(access, entry.id) == TODAY + workshops.VISIT_AFTER
    assert kit.health().fault is None


@pytest.mark.slow
def test_workshops_are_a_page_of_the_county(kit: Kit, deciding: str, tmp_path: Path) -> None:
    name = Text.model_validate("涟水在册缝纫工（虚构）")
    entries.add_entry(
        kit.registry,
        SYSTEM,
        listed=True,
        kind="labour_brand",
        region=LIANSHUI,
        name=name,
        slug="sewing",
        fictitious=True,
    )
    access = Access(kit.registry.store)
    client = create_app(kit.registry).test_client()
    assert client.get("/counties/lianshui/workshops").status_code == 404
    settings = kit.registry.settings
    secrets = ("secret_key", "field_keys", "index_key", "record_key")
    env = {f"REGISTRY_{key.upper()}": getattr(settings, key).get_secret_value() for key in secrets}
    env["REGISTRY_DATA_DIR"] = str(settings.data_dir)
    file = tmp_path / "w.csv"
    file.write_text("village,workers,checked_on\n示例己村,17,2026-02-01\n", encoding="utf-8")
    done = CliRunner(env=env).invoke(import_workshops, [str(file), "--entry", "sewing"])
    assert "sewing: 1 rows taken in." in done.output, done
    while jobs.run_waiting(kit.registry):
        pass
    assert "家门口的缝纫车间" in client.get("/counties/lianshui").text
    page = client.get("/counties/lianshui/workshops").text
    assert "示例己村" in page and "17" in page
    assert "Sewing workshops beside the home" in client.get("/en/counties/lianshui/workshops").text
    (sewing,) = access.entries(region=LIANSHUI, slug="sewing")
    workshops.put(access, sewing, [])
    while jobs.run_waiting(kit.registry):
        pass
    assert client.get("/counties/lianshui/workshops").status_code == 404, "a page that is no longer given is gone"
