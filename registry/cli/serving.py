"""`registry demo`, `registry serve`, `registry work`."""

import logging
import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import click
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from registry.actions import jobs, reminders
from registry.base.errors import Unavailable
from registry.base.settings import load, load_demo
from registry.demo import play
from registry.host.registry import Registry

log = logging.getLogger("registry.work")
PAUSE = 1.0
"""Seconds between two looks into the outbox."""
STOPPING = 5
"""Seconds a worker has to finish what it serves; one that is told to stop twice may never end by itself."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--fresh", is_flag=True, help="Throw the demonstration's data away and make it anew.")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("var/demo"),
    show_default=True,
    envvar="REGISTRY_DATA_DIR",
)
def demo(host: str, port: int, fresh: bool, data: Path) -> None:
    """Serve an embedded registry with the demonstration of the installed plugins: made at the first start, kept afterwards."""
    address = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"
    registry = play.open_demo(
        load_demo(data, public_url=address), fresh=fresh, say=lambda line: click.echo(line, err=True)
    )
    os.environ.update(REGISTRY_DEMONSTRATION="yes", REGISTRY_DATA_DIR=str(data.resolve()), REGISTRY_PUBLIC_URL=address)
    click.echo(
        f"The demonstration is at {address}/demo (the way in) and {address}/ (what citizens see). Stop it with Ctrl-C."
    )
    run(registry, host, port, workers=1)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--workers", default=2, show_default=True)
def serve(host: str, port: int, workers: int) -> None:
    """Serve the registry of the settings; never a demonstration."""
    registry = Registry.open(load())
    registry.refuse_demonstration()
    run(registry, host, port, workers)


def run(registry: Registry, host: str, port: int, workers: int) -> None:
    """Serve, and do waiting work in a thread beside."""
    # Workers begin afresh: one that is forked from here would inherit locks of threads that do not exist in it, and
    # the first certificate would wait for them for ever.
    multiprocessing.set_start_method("spawn", force=True)
    threading.Thread(target=work_forever, args=(registry, lambda: False), daemon=True).start()
    Granian(
        "registry.app:serve",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=4,
        workers_kill_timeout=STOPPING,
        log_access=False,
        log_level=LogLevels.warning,
    ).serve()


def work_forever(registry: Registry, stop: Callable[[], bool]) -> None:
    """Do what waits, again and again; a database that is away for a while ends nothing."""
    while not stop():
        try:
            reminders.plan(registry)
            done = jobs.run_waiting(registry)
        except Unavailable as error:
            log.warning("%s", error)
            done = 0
        except Exception:  # whatever it is, the next job may fare better; a worker that ends leaves every page as it is
            log.exception("the outbox could not be worked off")
            done = 0
        if not done:
            time.sleep(PAUSE)


@click.command()
@click.option("--once", is_flag=True, help="Do what waits now, then stop.")
def work(once: bool) -> None:
    """Do the work that waits in the outbox."""
    registry = Registry.open(load())
    if once:
        reminders.plan(registry)
        click.echo(f"{jobs.run_waiting(registry)} jobs done.")
        return
    work_forever(registry, lambda: False)
