"""A served registry and a real browser, for the tests that need one."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page

from registry.base.settings import Settings

ROOT = Path(__file__).parents[1]
CHROMIUM = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
SECRETS = ("secret_key", "field_keys", "index_key", "record_key")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def environment(settings: Settings, **more: str) -> dict[str, str]:
    """The environment in which a process of its own opens the registry of these settings."""
    bare = {k: v for k, v in os.environ.items() if not k.startswith("REGISTRY_")}
    secrets = {f"REGISTRY_{key.upper()}": getattr(settings, key).get_secret_value() for key in SECRETS}
    return (
        bare
        | secrets
        | {"REGISTRY_DATA_DIR": str(settings.data_dir), "REGISTRY_SECURE_COOKIES": "false"}
        | ({"REGISTRY_DATABASE_URL": settings.database_url} if settings.database_url else {})
        | more
    )


@contextmanager
def served(
    command: list[str], address: str, env: dict[str, str], seconds: int = 60, cwd: Path | None = None
) -> Iterator[str]:
    """A server process until the block ends; its address once it answers."""
    where = ROOT if cwd is None else cwd
    said = tempfile.TemporaryFile()  # noqa: SIM115 – closed below; a pipe that nobody reads would stop the server
    server = subprocess.Popen(
        command, cwd=where, env=env, stdout=subprocess.DEVNULL, stderr=said, start_new_session=True
    )
    try:
        for _ in range(seconds * 4):
            assert server.poll() is None, said.seek(0) or said.read().decode()
            try:
                urllib.request.urlopen(f"{address}/verify", timeout=5).read()
                break
            except (urllib.error.URLError, OSError):
                time.sleep(0.25)
        else:
            raise TimeoutError(f"{command} does not answer at {address}")
        yield address
    finally:
        # As Ctrl-C does: to make, registry and its worker at once. (At SIGTERM make would send each of them a second one.)
        os.killpg(server.pid, signal.SIGINT)
        try:
            server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            raise
        finally:
            said.close()


def fits(page: Page, name: str) -> None:
    """A page scrolls sideways neither on a phone nor on a desk; its pictures are left in `shots/` for people to look at."""
    for width in (360, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
        picture = ROOT / "shots" / f"{name}-{width}.png"
        picture.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=picture, full_page=True)


def press(page: Page, label: str) -> None:
    """Press a button that leads to a page."""
    with page.expect_navigation():
        page.get_by_role("button", name=label, exact=True).click()
