"""Calling a plugin's function so that its failure is that plugin's alone, is named, and is not silent.

Python cannot be stopped from outside. A hook with a limit therefore runs in a thread of its own: when its time is up,
the caller goes on without it and an exception is raised inside the thread, which ends every loop written in Python.
"""

import contextvars
import ctypes
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Failure:
    """A plugin that failed: in which hook (`load` and `tables` are none), by which error, and where."""

    plugin: str
    hook: str
    error: str
    traceback: str = ""


class Overdue(BaseException):
    """A plugin's function took longer than it may; also raised inside of it, to end it."""


def call(function: Callable[..., Any], given: Mapping[str, Any], seconds: float | None = None) -> Any:
    """What a plugin's function returns; a generator is read to its end, for it fails only when it is read.

    Raises whatever the function raises, and Overdue after `seconds`.
    """
    if seconds is None:
        return _read(function(**given))
    done: list[Any] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(_read(function(**given)))
        except BaseException as error:  # it is raised anew in the caller's thread
            failed.append(error)

    thread = threading.Thread(target=contextvars.copy_context().run, args=(run,), daemon=True, name="plugin")
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(Overdue))
        raise Overdue(f"it took longer than {seconds:g} seconds")
    if failed:
        raise failed[0]
    return done[0]


def failure(plugin: str, hook: str, error: BaseException, hidden: str = "") -> Failure:
    """What is told of an error: its kind and words in one line, and the way to it; never what is to stay hidden."""
    lines = "".join(traceback.format_exception(error, limit=-20))
    words = f"{type(error).__name__}: {error}"
    if hidden:
        words, lines = words.replace(hidden, "…"), lines.replace(hidden, "…")
    return Failure(plugin, hook, words[:500], lines[-8000:])


def _read(result: Any) -> Any:
    return list(result) if isinstance(result, Iterator) else result
