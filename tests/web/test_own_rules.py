"""A request reads the rules of its own places: what a page costs does not depend on how many counties have packs."""

from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlmodel import select

from registry.actions import cultivation
from registry.actions.cultivation import About
from registry.store.definition import Definition
from registry.testing import CITY, LIANSHUI, XUYI, Kit, journey

pytestmark = pytest.mark.slow

AROUND_XUYI = {XUYI, CITY, "320000", "000000"}
FORM = "xuyi.rice_crayfish.application"


@pytest.fixture
def read() -> Iterator[set[str]]:
    """The regions of the definitions that have been read out of the database."""
    regions: set[str] = set()

    def note(definition: Definition, context: object) -> None:
        regions.add(definition.region)

    event.listen(Definition, "load", note)
    yield regions
    event.remove(Definition, "load", note)


def test_pages_of_a_county_read_no_neighbours_rules(
    kit: Kit, visitor: FlaskClient, signed_in: Callable[[str], FlaskClient], read: set[str]
) -> None:
    title = journey.city(kit)
    case = journey.county(kit, "review", name="盱眙虚构丙种养员")
    about = {"kind": "labour_brand", "product": "rice_crayfish", "entry_class": "skills", "fictitious": True}
    item = cultivation.take_up(
        kit.registry, kit.who("xuyi-officer"), region=XUYI, about=About(found="survey"), name="盱眙示例插秧手", **about
    )
    applicant, officer, city = (signed_in(login) for login in ("applicant", "xuyi-reviewer", "city-officer"))
    asked = [
        (visitor, "/"),
        (visitor, "/counties"),
        (visitor, "/counties/xuyi"),
        (visitor, "/brands"),
        (visitor, f"/guides/xuyi/{FORM}"),
        (visitor, f"/guides/xuyi/{FORM}/self-check"),
        (visitor, "/search?q=盱眙"),
        (applicant, "/apply/"),
        (applicant, "/apply/start"),
        (applicant, f"/apply/{case}"),
        (officer, "/desk/"),
        (officer, "/desk/cases"),
        (officer, f"/desk/cases/{case}"),
        (officer, f"/admin/history/case/{case}"),
        (officer, f"/desk/cultivation/{item}"),
        (city, f"/desk/cases/{title}"),
    ]
    for client, address in asked:
        read.clear()
        assert client.get(address).status_code == 200, address
        assert read and read <= AROUND_XUYI, (address, read)


def test_submission_reads_no_neighbours_rules(kit: Kit, read: set[str]) -> None:
    journey.county(kit)
    assert read <= AROUND_XUYI and {XUYI, CITY} <= read


def test_neighbours_rules_are_there_to_be_read(visitor: FlaskClient, read: set[str]) -> None:
    visitor.get("/counties/lianshui")
    visitor.get("/guides/lianshui/huaian.brand.application")
    assert LIANSHUI in read and XUYI not in read


def test_form_in_two_versions_is_offered_once(
    kit: Kit, visitor: FlaskClient, signed_in: Callable[[str], FlaskClient]
) -> None:
    with kit.registry.store.system() as session:
        old = session.exec(select(Definition).where(Definition.ref == FORM)).one()
        title = {"zh-Hans": "第二版申报表", "zh-Hant": "第二版申報表", "en": "The second form"}
        about = old.model_dump(exclude={"id", "version", "body", "sha256"})
        session.add(Definition(**about, version=2, body={**old.body, "version": 2, "title": title}, sha256="2"))
        session.record("definition.add", FORM)
    for client, address in (
        (visitor, "/guides"),
        (visitor, "/privacy"),
        (visitor, "/counties/xuyi"),
        (signed_in("applicant"), "/apply/start"),
    ):
        page = client.get(address).text
        assert title["zh-Hans"] in page and old.body["title"]["zh-Hans"] not in page, address
