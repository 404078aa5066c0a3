"""Asking once: within a session that only reads, which sees one consistent state, a question has one answer."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from sqlalchemy.orm import Session

P = ParamSpec("P")
R = TypeVar("R")
ASKED = "asked"
"""Where a read session keeps its answers (`session.info`); a write session has no such place and asks each time."""


def asked_once(question: Callable[P, R]) -> Callable[P, R]:
    """A question of (session, …) whose answer a read session keeps. Rows stand for their ids; a list comes as a copy."""

    @wraps(question)
    def asked(*args: P.args, **kwargs: P.kwargs) -> R:
        session: Any = args[0]
        answers = session.info.get(ASKED) if isinstance(session, Session) else None
        if answers is None:
            return question(*args, **kwargs)
        key = (question, *(getattr(a, "id", a) for a in args[1:]), *sorted(kwargs.items()))
        if key not in answers:
            answers[key] = question(*args, **kwargs)
        answer: Any = answers[key]
        return cast(R, answer.copy() if isinstance(answer, list) else answer)

    return asked
