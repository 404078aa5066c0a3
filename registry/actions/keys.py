"""Changing the key of the encrypted columns: at once, or in the background by the outbox."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from registry.host.registry import Registry
from registry.rules.permission import SYSTEM, Actor
from registry.store.job import enqueue
from registry.store.rotation import BATCH, key_counts, rotate_batch
from registry.store.table import new_id

JOB = "keys.rotate"
"""The outbox's name for a rotation."""


@dataclass(frozen=True, slots=True)
class KeyUse:
    """How many values are encrypted with each key, and with which one new ones are."""

    newest: str
    counts: dict[str, int]
    known: frozenset[str]

    @property
    def remaining(self) -> int:
        """How many values another key than the newest still holds."""
        return sum(n for kid, n in self.counts.items() if kid != self.newest)


def status(registry: Registry) -> KeyUse:
    """How many values are encrypted with each key."""
    ring = registry.store.keyring
    with registry.store.read(SYSTEM) as session:
        counts = key_counts(session.connection())
    return KeyUse(ring.newest, dict(sorted(counts.items())), frozenset(ring.keys))


def rotate(registry: Registry, actor: Actor = SYSTEM, *, batch: int = BATCH) -> Iterator[int]:
    """Encrypt everything anew with the newest key; yields after each transaction how many values that were so far.

    Stopped at any point it goes on at the next call. Ends with one row in the record. Raises Broken for a value whose
    key is missing; what came before it is done.
    """
    total = 0
    while done := rotate_once(registry, batch):
        total += done
        yield total
    if total:
        with registry.store.write(actor) as session:
            session.record("keys.rotate", f"key:{registry.store.keyring.newest}", values=total)


def rotate_once(registry: Registry, batch: int) -> int:
    """One transaction of it."""
    with registry.store.system() as session:
        return rotate_batch(session.connection(), registry.store.keyring, batch)


def rotate_all(registry: Registry) -> None:
    """All of it: what the outbox does."""
    exhaust(rotate(registry))


def exhaust(steps: Iterable[int]) -> None:
    """Go through all steps."""
    for _ in steps:
        pass


def rotate_later(registry: Registry, actor: Actor) -> None:
    """Put a rotation into the outbox."""
    with registry.store.write(actor) as session:
        enqueue(session, JOB, new_id(), session.now)
        session.record("keys.ask", f"key:{registry.store.keyring.newest}")
