"""What tests of verbs share."""

from collections.abc import Iterator

import pytest

from ..smtp import Mailbox, mail_server


@pytest.fixture
def box() -> Iterator[Mailbox]:
    """A mail server."""
    with mail_server() as made:
        yield made
