"""A served registry and a real browser, for the tests that need one."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from registry.base.settings import Settings

ROOT = Path(__file__).parents[1]
CHROMIUM = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
SECRETS = ("secret_key", "field_keys", "record_key")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def environment(settings: Settings, **more: str) -> dict[str, str]:
    """The environment in which a process of its own opens the registry of these settings."""
    bare = {k: v for k, v in os.environ.items() if not k.startswith("REGISTRY_")}
    secrets = {f"REGISTRY_{key.upper()}": getattr(settings, key).get_secret_value() for key in SECRETS}
    return bare | secrets | {"REGISTRY_DATA_DIR": str(settings.data_dir), "REGISTRY_SECURE_COOKIES": "false"} | more


@contextmanager
def served(command: list[str], address: str, env: dict[str, str], seconds: int = 60) -> Iterator[str]:
    """A server process until the block ends; its address once it answers."""
    server = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        for _ in range(seconds * 4):
            assert server.poll() is None, server.stderr and server.stderr.read().decode()
            try:
                urllib.request.urlopen(f"{address}/verify", timeout=5).read()
                break
            except (urllib.error.URLError, OSError):
                time.sleep(0.25)
        else:
            raise TimeoutError(f"{command} does not answer at {address}")
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium. Where it is absent the test is skipped; an error where nothing may be absent."""
    if CHROMIUM is None:
        if os.environ.get("REGISTRY_TEST_REQUIRE_ALL"):
            pytest.fail("Chromium is absent, and nothing may be absent here")
        pytest.skip("Chromium is absent (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


GRANIAN = [sys.executable, "-m", "granian", "registry.app:serve", "--factory", "--interface", "wsgi", "--workers", "1"]
