"""Each bundled plugin broken in turn: its neighbours' pages and cases go on, and the administrator reads what failed."""

import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlmodel import col, select, text

from registry.actions import cases, entries, jobs, plugins, signin
from registry.app import create_app
from registry.base.errors import Refused
from registry.base.i18n import Text
from registry.host import plugins as host_plugins
from registry.host import tables
from registry.host.registry import Registry
from registry.rules.permission import SYSTEM
from registry.store import migrate
from registry.store.account import account_by_login
from registry.store.case import Case
from registry.store.entry import Entry
from registry.store.job import enqueue
from registry.store.plugin import failures_of
from registry.store.region import Region, of_county_level
from registry.testing import CITY, LIANSHUI, PDF, XUYI, Kit, add, journey
from registry.web.context import COOKIE

from ..conftest import Template, open_copy, throw_away

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2] / "plugins"
HUAIYIN = "320804"
COUNTIES = {"xuyi": XUYI, "lianshui": LIANSHUI, "huaiyin": HUAIYIN}
PRODUCTS = {"xuyi": "crayfish_chef", "lianshui": "sewing_worker", "huaiyin": "domestic_worker"}
TODAY = date(2026, 3, 2)
HOOKS = "\nfrom registry.api import hookimpl as _hook, ShowcasePage as _Page, Text as _Text\n"
PAGE = HOOKS + (
    "@_hook\ndef showcase_pages(region, access):\n"
    "    return [_Page('broken', _Text.model_validate('坏'), _Text.model_validate(SOURCE))]\n"
)
EVERY = ("before_transition(transition, access)", "page_slot(slot, entry, access)", "showcase_pages(region, access)")
EVERY += ("compute_fact(entry, access)", "export_columns(entries, access)", "after_transition(transition, access)")


def hooks(body: str, *which: str) -> str:
    """Every hook of a plugin doing this instead of what it should."""
    return HOOKS + "".join(f"@_hook\ndef {signature}:\n    {body}\n" for signature in which or EVERY)


LOADING: dict[str, tuple[str, str]] = {
    "syntax error": ("\ndef (\n", "SyntaxError"),
    "a package that is not there": ("\nimport no_such_package\n", "ModuleNotFoundError"),
    "leaving at import": ("\nraise SystemExit(3)\n", "SystemExit"),
    "BaseException at import": ("\nclass Wild(BaseException): pass\nraise Wild('at import')\n", "Wild: at import"),
}
"""What breaks a plugin altogether: code added to its end, and the error that is named."""
RUNNING: dict[str, tuple[str, str]] = {
    "BaseException": (hooks("raise BaseException('wild')"), "BaseException: wild"),
    "KeyboardInterrupt": (hooks("raise KeyboardInterrupt"), "KeyboardInterrupt"),
    "wrong type": (hooks("return 3"), "TypeError"),
    "wrong things in a list": (hooks("return ['x']"), "TypeError"),
    "SQL error": (
        hooks("import sqlalchemy as sa\n    with access.write() as s: s.execute(sa.text('SELECT x FROM nowhere'))"),
        "OperationalError",
    ),
    "slow": (hooks("__import__('time').sleep(60)"), "Overdue"),
    "endless": (hooks("while True: pass"), "Overdue"),
    "undefined variable": (PAGE.replace("SOURCE", "'{{ nothing }}'"), "UndefinedError"),
    "endless page": (
        PAGE.replace("SOURCE", "'{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}'"),
        "too much time or memory",
    ),
    "page that eats memory": (
        PAGE.replace(
            "SOURCE",
            "'{% set ns = namespace(x=\"y\" * 9999) %}{% for a in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}'",
        ),
        "page",
    ),
}
"""What breaks its hooks."""


@pytest.fixture(scope="module")
def kit(template_registry: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    """Two counties with people, and a listed brand in each."""
    kit = open_copy(template_registry, tmp_path_factory.mktemp("isolation") / "registry", TODAY)
    add(kit, "admin", "admin", CITY, TODAY)
    add(kit, "huaiyin-officer", "county_officer", HUAIYIN, TODAY)
    for county in ("lianshui", "huaiyin"):
        region, name = COUNTIES[county], Text.model_validate(f"{county}示例学校（虚构）")
        school = entries.add_organisation(kit.registry, SYSTEM, name=name, region=region, fictitious=True)
        add(kit, f"{county}-school", "applicant", region, TODAY, organisation_id=school)
    for slug, region in COUNTIES.items():
        entries.add_entry(
            kit.registry,
            SYSTEM,
            listed=True,
            kind="labour_brand",
            product=PRODUCTS[slug],
            region=region,
            name=Text.model_validate(f"{slug}在册品牌（虚构）"),
            slug=f"{slug}-listed",
            fictitious=True,
        )
    work(kit.registry)
    yield kit
    throw_away(kit)


@pytest.fixture
def broken(kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], Kit]]:
    """Opens the registry anew with code added to a plugin, as if its author had just released that."""
    opened: list[Registry] = []
    monkeypatch.setattr(host_plugins, "SECONDS", dict.fromkeys(host_plugins.SECONDS, 0.4))

    def open_with(name: str, code: str) -> Kit:
        package = tmp_path / f"registry_{name}"
        shutil.copytree(ROOT / name, package, ignore=shutil.ignore_patterns("tests", "*.egg-info", "__pycache__"))
        with (package / "__init__.py").open("a", encoding="utf-8") as module:
            module.write(code)
        monkeypatch.syspath_prepend(tmp_path)
        forget(name)
        registry = Registry.open(kit.registry.settings, kit.clock)
        opened.append(registry)
        return Kit(registry, kit.clock, kit.training_centre, kit.keys)

    yield open_with
    for registry in opened:
        with registry.store.read(SYSTEM) as session:
            failed = {f.plugin for f in failures_of(session)}
        for name in failed:
            plugins.forget_failures(registry, kit.who("admin"), name)
        registry.close()
    for name in (*COUNTIES, "huaian", "oidc"):
        forget(name)


def forget(name: str) -> None:
    """Let a plugin's modules be imported anew."""
    for module in [m for m in sys.modules if m.partition(".")[0] == f"registry_{name}"]:
        del sys.modules[module]


def work(registry: Registry) -> None:
    """Do what waits, failing jobs once."""
    while jobs.run_waiting(registry):
        pass


def client_of(kit: Kit, login: str | None = None) -> FlaskClient:
    """A browser of somebody."""
    client = create_app(kit.registry).test_client()
    if login:
        with kit.registry.store.read(SYSTEM) as session:
            account = account_by_login(session, login)
        assert account
        client.set_cookie(COOKIE, signin.open_session(kit.registry, account.id))
    return client


def walk_public_pages(kit: Kit) -> None:
    """Every public page, the broken county's included: it keeps what it had."""
    with kit.registry.store.read() as session:
        counties = list(session.exec(select(Region.slug).where(of_county_level())))
        slugs = list(session.exec(select(Entry.slug).where(Entry.status == "listed")))
    client = client_of(kit)
    paths = ["/", "/brands", "/bases", "/counties", "/guides", "/notices", "/verify", "/search?q=虚构", "/privacy"]
    paths += [f"/counties/{slug}" for slug in counties] + [f"/brands/{slug}" for slug in slugs]
    answers = {path: client.get(path).status_code for path in paths}
    assert set(answers.values()) == {200}, answers


def filed(kit: Kit, county: str) -> str:
    """A new application of a county, sent."""
    actor = kit.who("applicant" if county == "xuyi" else f"{county}-school")
    id = cases.start(
        kit.registry,
        actor,
        kind="labour_brand",
        product=None,
        entry_class="skills",
        region=COUNTIES[county],
        organisation_id=next(iter(actor.organisations)),
        name=Text.model_validate(f"{county}示例{next(kit.keys)}（虚构）"),
        fictitious=True,
    )
    with kit.registry.store.read(actor) as session:
        form = cases.form_of(session, session.get_one(Case, id))
    known = {f.id for f in form.fields()}
    assert not cases.save(kit.registry, actor, id, {k: v for k, v in journey.RICE.items() if k in known})
    for field in (f.id for f in form.fields() if f.type == "file"):
        cases.attach(kit.registry, actor, id, field=field, name=f"{field}.pdf", data=PDF + field.encode())
    cases.submit(kit.registry, actor, id, declared_true=True, key=next(kit.keys))
    return id


def move_a_case_of(kit: Kit, county: str) -> None:
    """A case of a county goes on by one stage."""
    id = filed(kit, county)
    kit.act(f"{county}-officer", id, "accept")
    assert kit.case(id).stage != "acceptance"


def named(kit: Kit, name: str, said: str) -> None:
    """The administrator reads the failure with its traceback."""
    page = client_of(kit, "admin").get(f"/en/admin/plugins/{name}")
    assert page.status_code == 200 and said in page.get_data(as_text=True).replace("&#39;", "'"), said
    overview = client_of(kit, "admin").get("/en/admin/plugins/").get_data(as_text=True)
    assert f"/admin/plugins/{name}" in overview


IN_TURN = ["xuyi", *(pytest.param(name, marks=pytest.mark.soak) for name in COUNTIES if name != "xuyi")]
"""Each county's plugin; all but the richest one in the long run."""


def other_than(name: str) -> str:
    return next(county for county in COUNTIES if county != name)


@pytest.mark.parametrize("how", LOADING)
@pytest.mark.parametrize("name", [*COUNTIES, "huaian", "oidc"])
def test_plugin_that_cannot_be_loaded_costs_nobody_else_anything(
    name: str, how: str, broken: Callable[[str, str], Kit]
) -> None:
    code, said = LOADING[how]
    kit = broken(name, code)
    assert name not in kit.registry.plugins.distributions()
    walk_public_pages(kit)
    move_a_case_of(kit, other_than(name))
    named(kit, name, said)
    assert "Traceback" in client_of(kit, "admin").get(f"/admin/plugins/{name}").get_data(as_text=True)


@pytest.mark.parametrize("how", RUNNING)
@pytest.mark.parametrize("name", IN_TURN)
def test_hooks_that_fail_cost_their_own_county_alone(name: str, how: str, broken: Callable[[str, str], Kit]) -> None:
    code, said = RUNNING[how]
    kit = broken(name, code)
    with kit.registry.store.system() as session:
        enqueue(session, "render", next(kit.keys) + how + name, session.now)
    work(kit.registry)
    walk_public_pages(kit)
    move_a_case_of(kit, other_than(name))
    if "before_transition" in code:
        stays = None
        with pytest.raises(Refused) as refused:
            stays = filed(kit, name)
        assert stays is None and name in refused.value.message.text("en"), "a guard that fails refuses, by name"
    named(kit, name, said)


@pytest.mark.parametrize("name", COUNTIES)
def test_table_that_is_gone_costs_the_plugin_its_hooks_alone(name: str, broken: Callable[[str, str], Kit]) -> None:
    kit = broken(name, "")
    table = {"xuyi": "p_xuyi_wage_row", "lianshui": "p_lianshui_workshop", "huaiyin": "p_huaiyin_call"}[name]
    engine = kit.registry.store.engine
    with engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE {table} RENAME TO p_{name}_away"))
    try:
        with kit.registry.store.system() as session:
            enqueue(session, "render", f"gone:{name}", session.now)
        work(kit.registry)
        walk_public_pages(kit)
        move_a_case_of(kit, other_than(name))
        named(kit, name, table)
    finally:
        with engine.begin() as connection:
            connection.execute(text(f"ALTER TABLE p_{name}_away RENAME TO {table}"))


MIGRATION = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = "{name}_0002", "{name}_0001"
def upgrade():
    op.create_table("p_{name}_half", sa.Column("id", sa.Integer(), primary_key=True))
    {body}
"""
BAD_MIGRATIONS = {
    "raises": ("raise BaseException('half way')", "half way"),
    "a table of the core": ('op.create_table("entry_extra", sa.Column("id", sa.Integer()))', "entry_extra"),
    "takes a table away": ('op.drop_table("rendered_page")', "rendered_page"),
    "cascades": (
        'op.create_table("p_{name}_child", sa.Column("e", sa.String(32), sa.ForeignKey("entry.id", ondelete="CASCADE")))',
        "p_{name}_child",
    ),
}


@pytest.mark.parametrize("how", BAD_MIGRATIONS)
@pytest.mark.parametrize("name", IN_TURN)
def test_migration_that_fails_leaves_nothing_half_and_the_plugin_uncalled(
    name: str, how: str, broken: Callable[[str, str], Kit], tmp_path: Path
) -> None:
    body, said = (part.replace("{name}", name) for part in BAD_MIGRATIONS[how])
    kit = broken(name, "")
    file = tmp_path / f"registry_{name}" / "migrations" / "0002_broken.py"
    file.write_text(MIGRATION.replace("{name}", name).replace("{body}", body))
    engine, loaded = kit.registry.store.engine, kit.registry.plugins
    assert migrate.upgrade(engine) == (migrate.newest(), migrate.newest()), "the core's own upgrade works"
    done = {plugin: after for plugin, _, after in tables.upgrade(engine, loaded)}
    assert done[name] == f"{name}_0001" and name in loaded.without_tables
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        made = connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE name LIKE '%half' OR name LIKE '%child'"
        )
        assert made.all() == [], "nothing half is left"
    walk_public_pages(kit)
    move_a_case_of(kit, other_than(name))
    move_a_case_of(kit, name)
    named(kit, name, said)


@pytest.mark.parametrize("name", COUNTIES)
def test_switched_off_and_on_again_with_its_data_untouched(
    name: str, kit: Kit, broken: Callable[[str, str], Kit]
) -> None:
    kit = broken(name, hooks("raise ValueError('no')", "before_transition(transition, access)"))
    client, token = client_of(kit, "admin"), {"to": "off", "reason": "出错（示例）"}
    client.application.config["WTF_CSRF_METHODS"] = set()
    assert client.post(f"/admin/plugins/{name}/switch", data={"to": "off", "reason": " "}).status_code == 400
    with pytest.raises(Refused):
        filed(kit, name)
    assert client.post(f"/admin/plugins/{name}/switch", data=token).status_code == 303
    move_a_case_of(kit, name)
    with kit.registry.store.read() as session:
        rows = session.execute(text("SELECT count(*) FROM p_xuyi_wage_row")).scalar()
    plugins.switch(kit.registry, SYSTEM, name, on=True, reason="已修好（示例）")
    with pytest.raises(Refused):
        filed(kit, name)
    with kit.registry.store.read() as session:
        assert session.execute(text("SELECT count(*) FROM p_xuyi_wage_row")).scalar() == rows


def test_cases_of_a_removed_plugin_stay_readable_and_the_upgrade_works(
    template_registry: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit = open_copy(template_registry, tmp_path / "registry", TODAY)
    id = journey.county(kit, "field_check")
    gone = plugins.remove(kit.registry, SYSTEM, "xuyi", reason="不再使用（示例）")
    assert "xuyi.rice_crayfish.recommend@1" in gone
    monkeypatch.setattr(host_plugins, "entry_points", lambda group: [])  # uninstalled, all of them
    registry = Registry.open(kit.registry.settings, kit.clock)
    bare = Kit(registry, kit.clock, kit.training_centre, kit.keys)
    assert registry.plugins.distributions() == []
    page = client_of(bare, "xuyi-officer").get(f"/desk/cases/{id}")
    assert page.status_code == 200 and "稻田实地核查" in page.get_data(as_text=True)
    journey.forward(bare, id, journey.STEPS, None)
    assert bare.case(id).stage not in journey.STEPS, "it goes on by the rules it was opened with"
    assert migrate.upgrade(registry.store.engine) == (migrate.newest(), migrate.newest())
    with registry.store.read(SYSTEM) as session:
        assert session.exec(select(Case).where(col(Case.id) == id)).one().entry_id
    assert bare.health().fault is None
    registry.close()
    throw_away(kit)
