"""A pack is tried while it is written: the process really runs, sees each change, and ends when it is told to."""

import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.base.errors import Refused
from registry.demo.rehearse import rehearse
from registry.host.check import Library
from registry.host.packs import read_pack
from registry.testing import Kit
from tests.browser import ROOT, free_port

pytestmark = pytest.mark.slow
PATIENCE = 90
"""Seconds for each thing to happen on a busy machine."""


class Tried:
    """`registry plugin dev` on a copy of the pack of Xuyi."""

    def __init__(self, folder: Path, data: Path) -> None:
        self.folder, self.port = folder, free_port()
        command = [sys.executable, "-m", "registry", "plugin", "dev", str(folder), "--port", str(self.port)]
        bare = {k: v for k, v in os.environ.items() if not k.startswith("REGISTRY_")}
        self.process = subprocess.Popen(
            [*command, "--data", str(data)], cwd=ROOT, env=bare, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self.lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.put(line.decode().strip())

    def says(self, words: str) -> str:
        """The next line with these words."""
        said = []
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                said.append(self.lines.get(timeout=1))
            except queue.Empty:
                assert self.process.poll() is None, said
                continue
            if words in said[-1]:
                return said[-1]
        raise AssertionError(f"{words!r} is not among {said}")

    def shows(self, path: str, words: str) -> None:
        """The page comes to say this."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                if words in urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5).read().decode():
                    return
            except OSError:  # not there yet
                pass
            time.sleep(0.5)
        raise AssertionError(f"{path} never says {words}")

    def change(self, file: str, old: str, new: str) -> None:
        text = (self.folder / file).read_text()
        assert old in text
        (self.folder / file).write_text(text.replace(old, new))


@pytest.fixture
def tried(made_demonstration: Path, tmp_path: Path) -> Iterator[Tried]:
    shutil.copytree(made_demonstration / "data", tmp_path / "data")
    shutil.copytree(ROOT / "plugins/xuyi", tmp_path / "xuyi", ignore=shutil.ignore_patterns("__pycache__"))
    running = Tried(tmp_path / "xuyi", tmp_path / "data")
    yield running
    if running.process.poll() is None:
        running.process.terminate()
        running.process.wait(PATIENCE)


def test_every_change_is_checked_and_shown_until_it_is_told_to_stop(tried: Tried) -> None:
    tried.says("新显示 0 项规则，6 项")
    tried.change("pages/county.yaml", "一只虾，两个品牌", "一只虾，许多双手")
    tried.says("新显示 1 项规则，5 项")
    tried.shows("/counties/xuyi", "一只虾，许多双手")
    tried.change("criteria/rice_crayfish.yaml", "pass_mark: 60", "pas_mark: 60")
    assert "criteria/rice_crayfish.yaml:91:1: " in tried.says("pas_mark")
    tried.change("criteria/rice_crayfish.yaml", "pas_mark: 60", "pass_mark: 65")
    tried.says("新显示 2 项规则，4 项")
    tried.process.send_signal(signal.SIGINT)
    assert tried.process.wait(PATIENCE) == 0
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", tried.port)) != 0


def test_pack_is_never_tried_in_a_registry_that_is_real(kit: Kit) -> None:
    pack = read_pack(ROOT / "plugins/xuyi")
    kit.registry.demonstration = False
    with pytest.raises(Refused):
        rehearse(kit.registry, pack, Library([pack]))
