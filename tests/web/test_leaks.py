"""Known numbers are entered in every form and file; then nothing outside of the places that may show them holds them.

Looked through: every page for every kind of person, exports, log, and as bytes the data folder, write-ahead log,
evidence, temporary files, and every table: plain, base64 at each alignment, UTF-16 either way, hexadecimal.
"""

import base64
import io
import json
import logging
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select

from registry.actions import cases, jobs, people, signin
from registry.app import create_app
from registry.cli.export import export
from registry.rules.permission import SYSTEM
from registry.store.account import account_by_login
from registry.store.case import Case, Submission
from registry.store.entry import Entry
from registry.store.evidence import Evidence
from registry.store.notice import Notice, Objection
from registry.store.schema import metadata
from registry.testing import CITY, PDF, XUYI, Kit, add, journey
from registry.web.context import COOKIE

from .. import databases
from ..browser import environment
from .conftest import token
from .numbers import IDS, PHONES, both, leaks, picture

pytestmark = [pytest.mark.slow, pytest.mark.both]

STAFF_HERE = (
    "xuyi-officer",
    "xuyi-reviewer",
    "xuyi-leader",
    "city-officer",
    "city-officer2",
    "city-reviewer",
    "city-leader",
)
ADMINS = ("admin", "security_admin", "audit_admin")
PEOPLE = ("nobody", "applicant", *STAFF_HERE, "lianshui-officer", *ADMINS, "expert", "auditor")
INNER = ("/desk", "/apply", "/admin", "/account")
ANSWERERS = ("city-officer", "city-officer2")


def may_read(place: str, who: str, path: str) -> bool:
    """Who may read the number of a place where: the applicant their own, offices what is written in their cases."""
    return (
        (place, who) in OPENED
        and path.startswith("/desk/")
        or {
            "applicant": who == "applicant" and path.startswith("/apply/"),
            "words": who in ANSWERERS and path.startswith("/desk/objections/"),
            "officer": who in (*STAFF_HERE, "expert", "auditor", "applicant")
            and path.startswith(("/desk/cases/", "/apply/")),
            "file": who in (*STAFF_HERE, "expert", "auditor", "applicant")
            and path.startswith(("/desk/cases/", "/apply/")),
        }.get(place, False)
    )


OPENED = {("applicant", "xuyi-officer"), ("file", "xuyi-officer"), ("objector", "city-officer2")}
"""Who has opened what for a purpose."""


@dataclass
class World:
    """A registry in use, its people's browsers, and everything that was logged."""

    kit: Kit
    app: Flask
    log: io.StringIO
    temporary: Path
    clients: dict[str, FlaskClient] = field(default_factory=dict)
    locations: list[str] = field(default_factory=list)

    def at(self, who: str) -> FlaskClient:
        """The browser of somebody."""
        if who not in self.clients:
            client = self.app.test_client()
            if who != "nobody":
                with self.kit.registry.store.read(SYSTEM) as session:
                    account = account_by_login(session, who)
                assert account, who
                client.set_cookie(COOKIE, signin.open_session(self.kit.registry, account.id))
            self.clients[who] = client
        return self.clients[who]

    def send(self, who: str, path: str, **fields: Any) -> Any:
        """Fill in a page's form and send it."""
        page = self.at(who).get(fields.pop("form", path)).text
        answer = self.at(who).post(path, data={"csrf_token": token(page), **fields}, content_type="multipart/form-data")
        self.locations.append(answer.headers.get("Location", ""))
        return answer


@pytest.fixture
def world(kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The registry with numbers in every form and file."""
    temporary, log = tmp_path / "temporary", io.StringIO()
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    handler, root = logging.StreamHandler(log), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    made = World(kit, create_app(kit.registry), log, temporary)
    try:
        enter_everywhere(made)
        yield made
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def enter_everywhere(world: World) -> None:
    """The numbers, by every form that takes words or files."""
    kit, today = world.kit, date(2026, 3, 2)
    for role in ADMINS:
        add(kit, role, role, CITY, today)
    for role in ("expert", "auditor"):
        add(kit, role, role, XUYI, today)
    account = {"name": f"周示例{PHONES['account']}", "id_number": IDS["account"], "phone": PHONES["account"]}
    people.add_account(kit.registry, SYSTEM, login="with-number", title="办事员", **account)
    apply_for(world)
    object_to(world)


def apply_for(world: World) -> None:
    """The applicant's form and files; the officer's words; a sign-in that had ended; and what could not be read."""
    kit = world.kit
    id = journey.drafted(kit, name="盱眙虚构甲种养员")
    section = f"/apply/{id}/sections/materials"
    wrong = world.send("applicant", section, contact_phone=f"{PHONES['wrong']}x", contact_name=both("wrong")[:40])
    assert wrong.status_code == 422
    contact = {"contact_name": f"钱示例{IDS['applicant']}", "contact_phone": PHONES["applicant"]}
    world.send("applicant", section, **contact, contact_email=f"{PHONES['applicant']}@example.cn")
    world.at("nobody").post(section, data={"contact_name": both("parked")})
    files = {"wage_proof": ("jpg", picture()), "area_proof": ("pdf", PDF + both("file").encode())}
    for name, (kind, data) in files.items():
        cases.attach(kit.registry, kit.who("applicant"), id, field=name, name=f"{IDS['file']}.{kind}", data=data)
    big = io.BytesIO(PDF + both("file").encode() + b"%" * 1_200_000)  # large enough to be spooled to a file
    world.send("applicant", section, undertaking=(big, f"{PHONES['file']}.pdf"))
    cases.submit(kit.registry, kit.who("applicant"), id, declared_true=True, key="s")
    defects = ({"field": "area_mu", "words": both("officer")},)
    kit.act("xuyi-officer", id, "return_for_correction", defects=defects, reason=both("officer"))
    cases.submit(kit.registry, kit.who("applicant"), id, declared_true=True, key="t")
    cases.declare_conflict(kit.registry, kit.who("xuyi-reviewer"), id, reason=both("officer"))
    add(kit, "xuyi-reviewer2", "county_reviewer", XUYI, date(2026, 3, 2))
    steps = journey.STEPS | {"review": ("xuyi-reviewer2", "recommend", {"opinion": both("officer")})}
    journey.forward(kit, id, steps, None)
    journey.forward(kit, kit.child(id).id, journey.CITY_STEPS, "notice")
    journey.publish(kit, kit.child(id).id)
    purpose = {"purpose": "check", "form": f"/desk/cases/{id}"}
    assert world.send("xuyi-officer", f"/desk/cases/{id}/personal", **purpose).status_code == 303


def notice_of(world: World) -> Notice:
    """The one notice."""
    with world.kit.registry.store.system() as session:
        return session.exec(select(Notice)).one()


def object_to(world: World) -> None:
    """An objection and a lead by the public form, and one that is faulty."""
    notice = notice_of(world)
    path = f"/notices/{notice.number}/{notice.body['rows'][0]['public_id']}/objection"
    who = {"name": f"李示例{IDS['objector']}", "unit": "", "contact": PHONES["objector"]}
    assert world.send("nobody", path, sort="named", words=both("words"), **who).status_code == 303
    assert world.send("nobody", path, sort="lead", words=both("words"), name="", unit="", contact="").status_code == 303
    faulty = world.send("nobody", path, sort="lead", words="短", name=both("wrong"), unit="", contact=PHONES["wrong"])
    assert faulty.status_code == 422 and PHONES["wrong"] in faulty.text  # whoever typed it still sees it
    number = f"{notice.number}-1"
    form = {"purpose": "ask", "form": f"/desk/objections/{number}"}
    seen = world.send("city-officer2", f"/desk/objections/{number}/objector", **form)
    assert (
        seen.status_code == 303
        and PHONES["objector"] in world.at("city-officer2").get(f"/desk/objections/{number}").text
    )


def addresses(world: World) -> Iterator[str]:
    """The address of every page, with everything there is in place of what a route asks for."""
    known = known_values(world)
    for rule in world.app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint == "static":
            continue
        paths = [rule.rule]
        for name in rule.arguments:
            converter = "int:" if f"<int:{name}>" in rule.rule else ""
            paths = [p.replace(f"<{converter}{name}>", value) for p in paths for value in known.get(name, ["x"])[:4]]
        yield from paths


def known_values(world: World) -> dict[str, list[str]]:
    """Name of a route's part → values that there are."""
    with world.kit.registry.store.system() as session:
        everything = session.exec(select(Case)).all()
        entry = session.exec(select(Entry)).first()
        objections = session.exec(select(Objection)).all()
        personal = session.exec(select(Evidence).where(Evidence.field == "wage_proof")).all()
        files = session.exec(select(Evidence).where(Evidence.field.in_(["area_proof", "undertaking"]))).all()  # type: ignore[attr-defined]
    notice = notice_of(world)
    assert entry
    return {
        "id": [c.id for c in everything],
        "evidence_id": [f.id for f in (*personal[-2:], *files[-2:])],
        "outcome": ["recommend", "clear"],
        "section": ["materials", "brands"],
        "slug": ["xuyi", entry.slug],
        "county": ["xuyi"],
        "form": ["xuyi.rice_crayfish"],
        "number": [notice.number, *(o.number for o in objections)],
        "public_id": [notice.body["rows"][0]["public_id"]],
        "code": [o.code for o in objections],
        "login": ["with-number"],
        "page": ["1"],
    }


def test_no_page_shows_a_number_to_who_may_not_read_it(world: World) -> None:
    paths, wrong, shown, met = list(addresses(world)), [], 0, set()
    assert len(paths) > 40
    for who in PEOPLE:
        for path in paths:
            if who != "nobody" and not path.startswith(INNER):
                continue  # the public pages know nobody
            answer = world.at(who).get(path)
            shown += answer.status_code == 200
            assert answer.status_code < 500, (who, path)
            for place in leaks(answer.data) | leaks(str(answer.headers).encode()):
                met.add(place)
                if not may_read(place, who, path):
                    wrong.append((place, who, path))
    assert wrong == [] and shown > 100
    assert met == {"applicant", "objector", "words", "officer", "file"}  # each is read where it may be
    assert leaks(" ".join(world.locations).encode()) == set()
    assert not leaks(" ".join(paths).encode())
    assert stores_hold(world) == {}


def stores_hold(world: World) -> dict[str, set[str]]:
    """Where at rest a number stands: files, temporary files, tables, log, exports."""
    jobs.run_waiting(world.kit.registry)
    seen = {name: leaks(data) for name, data in at_rest(world).items()}
    return {name: places for name, places in seen.items() if places}


def at_rest(world: World) -> dict[str, bytes]:
    """Everything that stays."""
    settings = world.kit.registry.settings
    found = {f"{where}:{f}": f.read_bytes() for where in (settings.data_dir, world.temporary) for f in files_in(where)}
    engine = world.kit.registry.store.engine
    if settings.database_url:
        found |= databases.shared().files(str(engine.url.database))
    with engine.connect() as connection:
        for table in metadata.sorted_tables:
            rows = connection.exec_driver_sql(f'SELECT * FROM "{table.name}"').fetchall()
            found[f"table:{table.name}"] = b"\n".join(as_bytes(value) for row in rows for value in row)
    found["log"] = world.log.getvalue().encode()
    for kind in ("csv", "json"):
        done = CliRunner().invoke(export, ["entries", "--format", kind], env=environment(settings))
        assert done.exit_code == 0, done.output
        found[f"export:{kind}"] = done.stdout_bytes
    return found


def files_in(folder: Path) -> list[Path]:
    """Every file in a folder."""
    return [f for f in folder.rglob("*") if f.is_file()]


def as_bytes(value: object) -> bytes:
    """A column's value as bytes."""
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def test_search_finds_what_is_there(world: World) -> None:
    rest = at_rest(world)
    assert any("盱眙虚构甲种养员".encode() in data for data in rest.values())
    with world.kit.registry.store.system() as session:  # it is all there, for who may read it
        sent = session.exec(select(Submission)).all()
        assert sent[-1].answers["contact_phone"] == PHONES["applicant"]
        assert {o.contact for o in session.exec(select(Objection))} == {PHONES["objector"], None}
    logging.getLogger("registry.web").warning("planted %s", PHONES["wrong"])
    assert leaks(world.log.getvalue().encode()) == {"wrong"}
    planted = world.kit.registry.settings.data_dir / "planted"
    for before in range(3):
        planted.write_bytes(base64.b64encode(b"x" * before + IDS["file"].encode() + b"yz"))
        assert stores_hold(world)[f"{planted.parent}:{planted}"] == {"file"}
    planted.write_text(json.dumps(PHONES["words"]), encoding="utf-16")
    assert stores_hold(world)[f"{planted.parent}:{planted}"] == {"words"}
    assert set(stores_hold(world)) == {"log", f"{planted.parent}:{planted}"}
