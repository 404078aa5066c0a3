"""A child process with limits, in which strangers' files are opened: the parent asks, the child answers in JSON.

Bounded in processor time and memory, with an empty environment; whatever goes wrong in it, even a panic of a library
or its being killed, is one `Failed` here.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from typing import Any

MEMORY = 2 * 1024 * 1024 * 1024


class Failed(Exception):
    """The child ended without an answer."""


class TooSlow(Failed):
    """It was ended because it took too long."""


def ask(module: str, asked: Any, data: bytes, *, timeout: int) -> Any:
    """What a module's `answering` says to a request about a file, within `timeout` seconds on the clock. Raises Failed."""
    try:
        child = subprocess.run(
            [sys.executable, "-I", "-X", "utf8", "-m", module],
            input=json.dumps(asked).encode() + b"\n" + data,
            capture_output=True,
            timeout=timeout,
            env={},
            check=True,
        )
    except subprocess.TimeoutExpired:
        raise TooSlow from None
    except subprocess.CalledProcessError:
        raise Failed from None
    return json.loads(child.stdout)


def answering(answer: Callable[[Any, bytes], Any], *, seconds: int, memory: int = MEMORY) -> int:
    """The whole of such a child: limits itself, answers what is on stdin; the status to end with."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    try:
        asked = json.loads(sys.stdin.buffer.readline())
        json.dump(answer(asked, sys.stdin.buffer.read()), sys.stdout)
    except BaseException as error:  # a panic of a library in Rust is no Exception
        print(type(error).__name__, file=sys.stderr)
        return 1
    return 0
