"""`registry plugin dev`: a pack that is being written, checked at every change and shown with sample data."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import click

from registry.actions import definitions
from registry.base.errors import BadInput, RegistryError
from registry.base.i18n import msg
from registry.base.settings import load_demo
from registry.demo import play
from registry.demo.rehearse import rehearse
from registry.host.check import Library, check, notices
from registry.host.packs import read_pack
from registry.host.registry import Registry

PAUSE = 0.5
"""Seconds between two looks at the folder."""
STOPPING = 15
"""Seconds that the server has to stop."""
State = dict[Path, tuple[int, int]]


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--port", default=8001, show_default=True)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("var/dev"),
    show_default=True,
    help="Where the demonstration lies in which the pack is tried; nothing entered there is kept.",
)
def dev(folder: Path, port: int, data: Path) -> None:
    """Try a pack while it is written: every change is checked and, without a fault, shown with sample data.

    The pages are those of a demonstration of its own, which begins again with every change. Ctrl-C ends it.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    registry = play.open_demo(load_demo(data), fresh=False, say=say)
    command = [sys.executable, "-m", "registry", "demo", "--port", str(port), "--data", str(data)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    told = told_to_stop()
    try:
        say(str(msg("The pages are at {address}; Ctrl-C ends it.", address=f"http://127.0.0.1:{port}")))
        watch(folder, lambda: attempt(registry, folder), lambda: told.wait(PAUSE) or server.poll() is not None)
        if not told.is_set():
            raise click.ClickException(str(msg("The server has stopped; is port {port} taken?", port=port)))
        say(str(msg("Stopped.")))
    finally:
        stop(server)
        registry.close()


def told_to_stop() -> threading.Event:
    """Set by the first Ctrl-C; a second one breaks off what is going on.

    An exception would be lost where it falls into a plugin's hook: what a hook raises, whatever it is, is kept there.
    """
    told = threading.Event()

    def handle(number: int, frame: FrameType | None) -> None:
        if told.is_set():
            signal.default_int_handler(number, frame)
        told.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handle)
    return told


def say(line: str) -> None:
    """One line, at once."""
    click.echo(line)
    sys.stdout.flush()


def watch(folder: Path, changed: Callable[[], None], over: Callable[[], bool]) -> None:
    """Call `changed` now and whenever a file of the folder is another one than before, until it is `over`, which waits."""
    before: State | None = None
    while True:
        now = state_of(folder)
        if now != before:
            before = now
            changed()
        if over():
            return


def state_of(folder: Path) -> State:
    """When each file was changed, and how large it is; what is hidden does not count."""
    found: State = {}
    for file in folder.rglob("*"):
        if any(part.startswith((".", "__")) for part in file.relative_to(folder).parts):
            continue
        try:
            about = file.stat()
        except FileNotFoundError:  # an editor has just renamed it
            continue
        found[file] = (about.st_mtime_ns, about.st_size)
    return found


def attempt(registry: Registry, folder: Path) -> None:
    """Check the pack; tell every fault, or publish it into the demonstration."""
    pack = read_pack(folder)
    library = Library.among(definitions.all_packs(registry), pack)
    for one in notices(pack, library):
        say(str(msg("Notice: {notice}", notice=one.text())))
    if faults := check(pack, library):
        for fault in faults:
            say(fault.text())
        say(str(msg("{pack}: {n} faults; nothing can be published.", pack=pack.name, n=len(faults))))
        return
    try:
        done = rehearse(registry, pack, library)
    except BadInput as error:
        for fault in error.faults:
            say(fault.text())
    except RegistryError as error:
        say(str(error))
    else:
        say(
            str(
                msg(
                    "{pack}: no fault; {n} definitions are shown now, {same} are as in the demonstration.",
                    pack=done.pack,
                    n=done.new,
                    same=done.unchanged,
                )
            )
        )


def stop(server: subprocess.Popen[bytes]) -> None:
    """End the server and its worker, as Ctrl-C does."""
    if server.poll() is None:
        os.killpg(server.pid, signal.SIGINT)
    try:
        server.wait(timeout=STOPPING)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
