"""When database or disk cannot, a visitor reads a sentence, and the server says that it will be back (503)."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from registry.base.errors import Unavailable
from registry.store.trouble import AWAY, FULL
from registry.testing import Kit


def test_database_that_is_gone_is_told_without_it(
    kit: Kit, visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*args: Any) -> Any:
        raise Unavailable(AWAY)

    for name in ("read", "write"):
        monkeypatch.setattr(kit.registry.store, name, gone)
    answer = visitor.get("/en/brands")
    assert answer.status_code == 503 and "does not answer: nothing was changed" in answer.text


def test_full_disk_is_told_on_a_page(kit: Kit, app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> Any:
        raise Unavailable(FULL)

    app.add_url_rule("/full", view_func=full)
    answer = app.test_client().get("/en/full")
    assert (
        answer.status_code == 503 and "The disk is full: nothing was changed." in answer.text and "<h1>" in answer.text
    )
