"""The application over a registry of one's own, clients signed in as somebody or nobody, and a real browser."""

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, sync_playwright

from registry.actions import signin
from registry.app import create_app
from registry.rules.permission import SYSTEM
from registry.store.account import account_by_login
from registry.testing import Kit
from registry.web.context import COOKIE
from tests.browser import CHROMIUM, FLAGS, free_port, served


@pytest.fixture
def app(kit: Kit) -> Flask:
    """The application."""
    return create_app(kit.registry)


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    """Somebody who is not signed in."""
    return app.test_client()


@pytest.fixture
def signed_in(app: Flask, kit: Kit) -> Callable[[str], FlaskClient]:
    """A client signed in as a login."""
    return partial(client_of, app, kit)


def client_of(app: Flask, kit: Kit, login: str) -> FlaskClient:
    """A browser in which somebody is signed in."""
    with kit.registry.store.read(SYSTEM) as session:
        account = account_by_login(session, login)
    assert account is not None
    made = app.test_client()
    made.set_cookie(COOKIE, signin.open_session(kit.registry, account.id))
    return made


def token(page: str) -> str:
    """The form token of a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found, page[:2000]
    return found.group(1)


def hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found.group(1)


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


@pytest.fixture(scope="session")
def demonstration(made_demonstration: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a fresh demonstration, served as `make run` serves it the second time."""
    port = free_port()
    folder = tmp_path_factory.mktemp("demonstration") / "demo"
    shutil.copytree(made_demonstration / "data", folder)
    bare = {k: v for k, v in os.environ.items() if not k.startswith("REGISTRY_")}
    command = [sys.executable, "-m", "registry", "demo", "--port", str(port), "--data", str(folder)]
    with served(command, f"http://127.0.0.1:{port}", bare, seconds=120) as address:
        yield address
