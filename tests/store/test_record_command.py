"""`registry record verify|prove|head`: what they print, how they end, and that a proof needs no trust in this program."""

import base64
import hashlib
import json
import subprocess
import sys
from datetime import date
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlmodel import select

from registry.cli.main import main
from registry.rules.permission import SYSTEM
from registry.store.record import RecordEntry
from registry.store.title import Title
from registry.testing import Kit, journey

from ..browser import ROOT, environment
from ..conftest import open_copy

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def giver(template_registry: Any, tmp_path_factory: pytest.TempPathFactory) -> Kit:
    """A registry that gave a title."""
    kit = open_copy(template_registry, tmp_path_factory.mktemp("titled") / "registry", date(2026, 3, 2))
    journey.city(kit)
    return kit


@pytest.fixture
def titled(giver: Kit, monkeypatch: pytest.MonkeyPatch) -> Kit:
    """The same, as the environment of a command names it."""
    for name, value in environment(giver.registry.settings).items():
        if name.startswith("REGISTRY_"):
            monkeypatch.setenv(name, value)
    return giver


def said(capsys: pytest.CaptureFixture[str], *command: str) -> Any:
    """What a command prints as JSON, which is the only thing on stdout."""
    main([*command, "--json"])
    return json.loads(capsys.readouterr().out)


def number_of(kit: Kit) -> str:
    with kit.registry.store.read(SYSTEM) as session:
        return session.exec(select(Title.number)).one()


def test_verify_counts_what_it_checked(titled: Kit, capsys: pytest.CaptureFixture[str]) -> None:
    with titled.registry.store.read(SYSTEM) as session:
        rows = len(session.exec(select(RecordEntry)).all())
    assert (health := said(capsys, "record", "verify"))["good"] is True
    assert health["rows"] == rows and health["heads"] > 10 and health["compared"] > rows and health["fault"] is None


def test_verify_names_the_fault_and_ends_with_1(titled: Kit, capsys: pytest.CaptureFixture[str]) -> None:
    engine = titled.registry.store.engine.execution_options(registry_write=True)
    with engine.begin() as file:
        right = file.exec_driver_sql("SELECT valid_to FROM title").scalar()
        file.exec_driver_sql("UPDATE title SET valid_to = '2099-01-01'")
    command = [sys.executable, "-m", "registry", "record", "verify"]
    env = environment(titled.registry.settings)
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=env, check=False)
    told = said(capsys, "record", "verify")
    with engine.begin() as file:
        file.exec_driver_sql(f"UPDATE title SET valid_to = '{right}'")
    assert (done.returncode, done.stderr) == (1, "")
    assert f"title:{file_id(titled)}" in done.stdout and "valid_to" in done.stdout
    assert told["good"] is False and "valid_to" in told["fault"]


def file_id(kit: Kit) -> str:
    with kit.registry.store.read(SYSTEM) as session:
        return session.exec(select(Title.id)).one()


def test_title_that_is_not_there_is_bad_input(titled: Kit, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["record", "prove", "320800-1999-0001"])
    printed = capsys.readouterr()
    assert (end.value.code, printed.out) == (2, "") and "320800-1999-0001" in printed.err


def test_proof_leads_from_the_titles_row_to_the_signed_head(titled: Kit, capsys: pytest.CaptureFixture[str]) -> None:
    proof = said(capsys, "record", "prove", number_of(titled))
    assert proof["row"]["state"][f"title:{file_id(titled)}"]["number"] == number_of(titled)
    head = proof["head"]
    assert head == said(capsys, "record", "head")
    leaf = hashlib.sha256(b"\x00" + canonically(proof["row"])).digest()
    assert leaf.hex() == proof["leaf"]
    path = [bytes.fromhex(sibling) for sibling in proof["path"]]
    assert root_of(leaf, proof["index"], head["size"], path).hex() == head["root"]
    signed = {"tree": "labour-registry", **{key: head[key] for key in ("size", "root", "at")}}
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(head["public_key"]))
    key.verify(base64.b64decode(head["signature"]), canonically(signed))


def canonically(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def root_of(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """RFC 9162, section 2.1.3.2, written anew."""
    fn, sn, r = index, size - 1, leaf
    for p in path:
        assert sn > 0
        if fn % 2 == 1 or fn == sn:
            r = hashlib.sha256(b"\x01" + p + r).digest()
            while fn % 2 == 0 and fn != 0:
                fn, sn = fn // 2, sn // 2
        else:
            r = hashlib.sha256(b"\x01" + r + p).digest()
        fn, sn = fn // 2, sn // 2
    assert sn == 0
    return r
