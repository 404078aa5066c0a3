"""A backup holds everything but the keys, comes back on either database equal, and is refused when it is not whole."""

import io
import json
import tarfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlmodel import Session, select

from registry.actions import backup, cases, entries
from registry.actions import restore as restoring
from registry.base.canonical import sha256
from registry.base.errors import BadInput, Broken, NotFound, Refused
from registry.base.i18n import Text
from registry.base.settings import Settings, new_keys
from registry.host.registry import Registry
from registry.rules.permission import SYSTEM
from registry.store.entry import Entry
from registry.store.evidence import Evidence
from registry.store.table import new_id
from registry.testing import XUYI, Kit, journey

from .. import databases
from ..browser import SECRETS
from ..conftest import Template, open_copy, throw_away

pytestmark = pytest.mark.slow
Empty = Callable[[str], Settings]


@pytest.fixture(scope="module")
def kit(template_registry: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    """A registry with a title, a second draft, and a file taken out; all tests look at the same one."""
    kit = open_copy(template_registry, tmp_path_factory.mktemp("source") / "registry", date(2026, 3, 2))
    journey.city(kit)
    id = journey.drafted(kit, name="盱眙虚构乙种养员")
    with kit.registry.store.read(SYSTEM) as session:
        file = session.exec(select(Evidence).where(Evidence.case_id == id)).first()
    assert file is not None
    cases.detach(kit.registry, kit.who("applicant"), id, evidence_id=file.id)
    yield kit
    throw_away(kit)


@pytest.fixture
def archive(kit: Kit, tmp_path: Path) -> Path:
    """A backup of it."""
    backup.create(kit.registry, tmp_path / "registry.tar")
    return tmp_path / "registry.tar"


@pytest.fixture
def empty(kit: Kit, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Empty]:
    """Settings with the kit's keys of a registry that is not there yet, on a database."""
    made: list[str] = []

    def settings(database: str) -> Settings:
        url = ""
        if database == "postgresql":
            made.append(f"t_{new_id()[:12]}")
            url = request.getfixturevalue("cluster").create(made[-1])
        folder = tmp_path / new_id()
        return kit.registry.settings.model_copy(update={"data_dir": folder, "database_url": url})

    yield settings
    for name in made:
        databases.shared().drop(name)


def other(kit: Kit) -> str:
    """The database that the kit is not on."""
    return "sqlite" if kit.registry.store.engine.dialect.name == "postgresql" else "postgresql"


def evidence(registry: Registry) -> dict[str, bytes]:
    """Every file, decrypted."""
    store = registry.store
    with store.read(SYSTEM) as session:
        return {f.id: store.evidence.get(f.place, f.data_key, f.sha256) for f in session.exec(select(Evidence))}


def test_moves_to_the_other_database_and_back_and_nothing_differs(
    kit: Kit, archive: Path, empty: Empty, cluster: databases.Cluster, tmp_path: Path
) -> None:
    before = backup.all_sums(kit.registry)
    there = empty(other(kit))
    _, health = restoring.restore(there, archive)
    assert health == kit.health() and health.rows > 50
    moved = Registry.open(there, kit.clock)
    assert backup.all_sums(moved) == before and evidence(moved) == evidence(kit.registry)
    backup.create(moved, tmp_path / "back.tar")
    moved.close()
    home = empty(kit.registry.store.engine.dialect.name)
    assert restoring.restore(home, tmp_path / "back.tar")[1] == health
    back = Registry.open(home, kit.clock)
    assert backup.all_sums(back) == before
    assert all(before[name]["rows"] for name in ("case", "title", "case_step", "observation", "evidence"))
    back.close()


def test_restored_registry_goes_on_where_it_stood(kit: Kit, archive: Path, empty: Empty, database: str) -> None:
    there = empty(database)
    restoring.restore(there, archive)
    registry = Registry.open(there, kit.clock)
    again = Kit(registry, kit.clock, kit.training_centre, keys=iter(["a", "b", "c"]))
    journey.forward(again, journey.filed(again, name="盱眙虚构丙种养员"), journey.STEPS, "review")
    assert again.health().fault is None and again.health().rows > kit.health().rows
    registry.close()


def test_backup_is_verified_with_its_keys_and_holds_none(kit: Kit, archive: Path) -> None:
    manifest, health = restoring.check(kit.registry.settings, archive)
    assert health == kit.health() and manifest["head"]["size"] == health.rows
    assert manifest["absent"] == [] and len(manifest["files"]) > 3
    bytes_ = archive.read_bytes()
    for key in SECRETS:
        secret = getattr(kit.registry.settings, key).get_secret_value()
        assert secret.rpartition(":")[2].encode() not in bytes_, key
    assert archive.stat().st_mode & 0o077 == 0


def test_backup_taken_while_others_write_is_one_state(kit: Kit, archive: Path, tmp_path: Path) -> None:
    told: list[str] = []

    def meanwhile(message: object) -> None:
        if not told:
            entries.add_entry(
                kit.registry, SYSTEM, kind="labour_brand", region=XUYI, name=Text.model_validate("盱眙虚构丁")
            )
        told.append(str(message))

    rows = kit.health().rows
    manifest = backup.create(kit.registry, tmp_path / "meanwhile.tar", meanwhile)
    assert kit.health().rows > rows == manifest["head"]["size"]
    assert restoring.check(kit.registry.settings, tmp_path / "meanwhile.tar")[1].rows == rows


def test_only_an_empty_registry_takes_a_backup_and_nothing_is_overwritten(kit: Kit, archive: Path) -> None:
    before = backup.all_sums(kit.registry)
    with pytest.raises(Refused, match="not empty"):
        restoring.restore(kit.registry.settings, archive)
    with pytest.raises(Refused, match="there already"):
        backup.create(kit.registry, archive)
    assert backup.all_sums(kit.registry) == before


def test_other_keys_are_refused_before_anything_is_written(kit: Kit, archive: Path, empty: Empty) -> None:
    there, keys = empty("sqlite"), new_keys()
    field = keys["field_keys"].replace("k1", "k9")
    for change, said in (({"field_keys": field}, "needs key k1"), ({"record_key": keys["record_key"]}, "another key")):
        wrong = Settings.model_validate(there.model_dump() | change)
        with pytest.raises(Refused, match=said):
            restoring.restore(wrong, archive)
    restoring.restore(there, archive)


def rewritten(archive: Path, target: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """A copy of an archive with a member changed or left out."""
    with tarfile.open(archive) as old, tarfile.open(target, "w") as new:
        for member in old.getmembers():
            file = old.extractfile(member)
            data = change(member.name, file.read() if file else b"")
            if data is not None:
                member.size = len(data)
                new.addfile(member, io.BytesIO(data))
    return target


def test_damage_is_named_and_restores_nothing(kit: Kit, archive: Path, empty: Empty, tmp_path: Path) -> None:
    def altered(name: str, data: bytes) -> bytes | None:
        if name == "tables/title.jsonl":
            return data.replace(b"valid", b"ended")
        return None if name == "tables/task.jsonl" else data

    there = empty("sqlite")
    with pytest.raises(BadInput) as refused:
        restoring.restore(there, rewritten(archive, tmp_path / "altered.tar", altered))
    named = str(refused.value)
    assert "tables/title.jsonl is not as" in named and "tables/task.jsonl" in named and "tables/case.jsonl" not in named
    (tmp_path / "half.tar").write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])
    for file, error in (("half.tar", BadInput), ("none.tar", NotFound)):
        with pytest.raises(error):
            restoring.restore(there, tmp_path / file)
    restoring.restore(there, archive)


@pytest.mark.parametrize(
    ("status", "error", "said"),
    [
        ("suspended", Broken, "does not verify: title:.* disagrees with the record in status"),
        ("lost", BadInput, "refuses"),
    ],
)
def test_forged_row_under_a_forged_manifest_is_found_out(
    status: str, error: type[Exception], said: str, archive: Path, empty: Empty, database: str, tmp_path: Path
) -> None:
    forged: dict[str, bytes] = {}

    def forge(name: str, data: bytes) -> bytes:
        if name == "tables/title.jsonl":
            forged[name] = data.replace(b'"valid"', f'"{status}"'.encode())
        if name == backup.MANIFEST:
            manifest = json.loads(data)
            manifest["tables"]["title"]["sha256"] = sha256(forged["tables/title.jsonl"])
            return json.dumps(manifest).encode()
        return forged.get(name, data)

    there = empty(database)
    with pytest.raises(error, match=said):
        restoring.restore(there, rewritten(archive, tmp_path / "forged.tar", forge))
    registry_is_empty(there)


def registry_is_empty(settings: Settings) -> None:
    registry = Registry.open(settings)
    with Session(registry.store.engine) as session:
        assert session.exec(select(Entry)).all() == []
    registry.close()
