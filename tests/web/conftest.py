"""The application over a registry of one's own, and browsers without a window: signed in as somebody, or nobody."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from registry.actions import people
from registry.app import create_app
from registry.store.people import account_by_login
from registry.testing import Kit
from registry.web.context import COOKIE


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

    def client(login: str) -> FlaskClient:
        with kit.registry.store.read() as session:
            account = account_by_login(session, login)
        assert account is not None
        made = app.test_client()
        made.set_cookie(COOKIE, people.open_session(kit.registry, account.id))
        return made

    return client


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
