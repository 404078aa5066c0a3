"""The disk is full, the database is busy or gone: a sentence says so, nothing is half done, and it works again after."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import select

from registry.actions import backup, cases, entries
from registry.base.errors import Unavailable
from registry.base.i18n import Text
from registry.rules.permission import SYSTEM
from registry.store import engine as engines
from registry.store.entry import Entry
from registry.testing import PDF, XUYI, Kit, journey, new_registry

from .. import databases
from ..browser import ROOT, environment

pytestmark = pytest.mark.slow
FULL, BUSY, AWAY = "disk is full: nothing was changed", "busy with other work: nothing was changed", "does not answer"
LIMITED = """
import resource, sys
from registry.actions import cases
from registry.base.errors import Unavailable
from registry.base.i18n import speaking
from registry.base.settings import load
from registry.host.registry import Registry
from registry.rules.permission import SYSTEM
from registry.store.account import account_by_login
from registry.store.people import actor_of

case, limit, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
registry = Registry.open(load())
with registry.store.read(SYSTEM) as session:
    actor = actor_of(session, account_by_login(session, "applicant"), session.today)
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
data = b"%PDF-1.4\\n" + b" " * size + b"\\n%%EOF\\n"
with speaking("en"):
    try:
        cases.attach(registry, actor, case, field="plan_scan", name="plan.pdf", data=data)
    except Unavailable as error:
        print(error)
"""


def add(kit: Kit, name: str) -> str:
    """A verb."""
    return entries.add_entry(
        kit.registry, SYSTEM, kind="labour_brand", region=XUYI, name=Text.model_validate(f"盱眙虚构{name}")
    )


def require_unchanged_by(kit: Kit, verb: Callable[[], Any], said: str) -> None:
    """The verb fails with this sentence, and everything is as it was."""
    before, files = backup.all_sums(kit.registry), stored(kit)
    with pytest.raises(Unavailable, match=said) as failed:
        verb()
    assert not failed.value.unsure
    assert backup.all_sums(kit.registry) == before and stored(kit) == files
    assert kit.health().fault is None


def stored(kit: Kit) -> set[str]:
    """What lies in the evidence store, half files too."""
    return {f.name for f in kit.registry.store.evidence.folder.rglob("*") if f.is_file()}


@pytest.fixture
def full_disk(kit: Kit) -> Iterator[Callable[[], None]]:
    """Call it, and the database has no room for another page; afterwards there is room again."""
    engine = kit.registry.store.engine
    engine.dispose()
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            for statement in REFUSE:
                connection.exec_driver_sql(statement)
        yield lambda: None
        return

    def limit(connection: Any, record: object) -> None:
        connection.execute("PRAGMA max_page_count=1")  # never below what there is

    event.listen(engine, "connect", limit)
    yield lambda: None
    event.remove(engine, "connect", limit)


REFUSE = (
    "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$",
    "CREATE TRIGGER no_room BEFORE INSERT ON entry FOR EACH ROW EXECUTE FUNCTION no_room()",
)
"""What the server says when there is no room, at the same place as where it would."""


def room_again(kit: Kit) -> None:
    """The disk has room."""
    engine = kit.registry.store.engine
    engine.dispose()
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("DROP TRIGGER no_room ON entry")
            connection.commit()
        else:
            connection.connection.dbapi_connection.execute("PRAGMA max_page_count=1000000")  # type: ignore[union-attr]


def test_full_disk_is_told_and_changes_nothing(kit: Kit, full_disk: object) -> None:
    done = 0
    try:
        for n in range(200):  # the pages that there are have some room left
            done = n
            before, rows = backup.all_sums(kit.registry), kit.health().rows
            add(kit, str(n))
    except Unavailable as error:
        assert FULL in str(error)
        assert backup.all_sums(kit.registry) == before and kit.health().rows == rows
    else:
        pytest.fail("there was always room")
    require_unchanged_by(kit, lambda: add(kit, "again" * 2000), FULL)
    room_again(kit)
    add(kit, "room")
    assert kit.health().fault is None and kit.health().rows > rows >= done


def test_file_that_the_disk_has_no_room_for_leaves_nothing(kit: Kit) -> None:
    id, field = journey.drafted(kit, name="盱眙虚构甲种养员"), "plan_scan"
    with kit.registry.store.read(SYSTEM) as session:
        case = cases.load(session, id)
        fields = [f.id for f in cases.form_of(session, case).fields() if f.type == "file"]
    limited = LIMITED.replace("plan_scan", field if field in fields else fields[0])
    before, files = backup.all_sums(kit.registry), stored(kit)
    said = subprocess.run(
        [sys.executable, "-c", limited, id, str(12 * 2**20), str(14 * 2**20)],
        cwd=ROOT,
        env=environment(kit.registry.settings),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert FULL in said.stdout, said.stderr
    assert backup.all_sums(kit.registry) == before and stored(kit) == files
    cases.attach(kit.registry, kit.who("applicant"), id, field=fields[0], name="plan.pdf", data=PDF + b"new")
    assert len(stored(kit)) == len(files) + 1 and kit.health().fault is None


@pytest.mark.sqlite
def test_limit_of_the_system_on_the_database_file_is_told(kit: Kit) -> None:
    id = journey.drafted(kit, name="盱眙虚构甲种养员")
    kit.registry.store.engine.dispose()
    with kit.registry.store.read(SYSTEM) as session:
        case = cases.load(session, id)
        field = next(f.id for f in cases.form_of(session, case).fields() if f.type == "file")
    before = backup.all_sums(kit.registry)
    said = subprocess.run(
        [sys.executable, "-c", LIMITED.replace("plan_scan", field), id, "2000", "10"],
        cwd=ROOT,
        env=environment(kit.registry.settings),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert FULL in said.stdout, said.stderr
    assert backup.all_sums(kit.registry) == before and kit.health().fault is None


def test_backup_without_room_leaves_no_half_archive(kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("registry.actions.backup.os.fsync", no_room)
    with pytest.raises(Unavailable, match=FULL):
        backup.create(kit.registry, tmp_path / "registry.tar")
    assert list(tmp_path.glob("registry.tar*")) == []


def test_writer_that_waits_too_long_is_told_that_others_are_at_work(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "WAIT_SECONDS", 0.2)
    engine = kit.registry.store.engine
    engine.dispose()
    with kit.registry.store.write(SYSTEM) as session:
        session.connection()
        require_unchanged_by(kit, lambda: add(kit, "waits"), BUSY)
    add(kit, "goes on")


LOOP = """
import json, sys, time
from registry.actions import entries
from registry.base.errors import Unavailable
from registry.base.i18n import Text, speaking
from registry.base.settings import load
from registry.host.registry import Registry
from registry.rules.permission import SYSTEM

registry = Registry.open(load())
with speaking("en"):
    for n in range(int(sys.argv[1])):
        try:
            name = Text.model_validate(f"盱眙虚构{n}号")
            entries.add_entry(registry, SYSTEM, kind="labour_brand", region="320830", name=name)
            said = ["done", ""]
        except Unavailable as error:
            said = ["unsure" if error.unsure else "not done", str(error)]
            time.sleep(0.05)
        print(json.dumps([n, *said]), flush=True)
"""


@pytest.fixture
def own_server(cluster: databases.Cluster) -> Iterator[databases.Cluster]:
    """A server for one test to restart."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    folder.chmod(0o755)
    with databases.own_cluster(folder / "c") as own:
        yield own
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.postgresql
@pytest.mark.parametrize("restarts", [1, pytest.param(15, marks=pytest.mark.soak)])
def test_server_restarted_under_load_loses_and_doubles_nothing(
    restarts: int, own_server: databases.Cluster, tmp_path: Path
) -> None:
    kit = new_registry(tmp_path / "registry", database_url=own_server.create("registry"))
    n = 60 + 60 * restarts
    loop = subprocess.Popen(
        [sys.executable, "-c", LOOP, str(n)],
        cwd=ROOT,
        env=environment(kit.registry.settings),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert loop.stdout is not None
    said: list[list[Any]] = []
    for line in loop.stdout:
        said.append(json.loads(line))
        if len(said) % 60 == 30 and len(said) < 60 * restarts:
            own_server.stop("fast")
            own_server.start()
    assert loop.wait() == 0 and len(said) == n
    with kit.registry.store.read(SYSTEM) as session:  # this process's connections were cut too
        names = [e.text.zh_hans for e in session.exec(select(Entry))]
    times = {k: names.count(f"盱眙虚构{k}号") for k, *_ in said}
    for k, outcome, sentence in said:
        assert times[k] in {"done": (1,), "not done": (0,), "unsure": (0, 1)}[outcome], (k, outcome, sentence)
        assert outcome == "done" or sentence.endswith("."), sentence
    assert [outcome for _, outcome, _ in said].count("done") > n / 2 and said[-1][1] == "done"
    assert any(AWAY in sentence or "broke" in sentence for _, _, sentence in said), said
    assert kit.health().fault is None
    kit.registry.close()
