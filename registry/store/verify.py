"""Verification of the record: the tree against its rows and heads, and today's tables against the record."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import inspect
from sqlmodel import Session, SQLModel, col, select

from registry.base.errors import Broken
from registry.base.i18n import Message, msg
from registry.store import merkle
from registry.store.record import RecordEntry, RecordHead, RecordKey, RecordLeaf, Signer, jsonable, outcome_of
from registry.store.schema import tracked_models

Table = TypeVar("Table", bound=SQLModel)


@dataclass(frozen=True, slots=True)
class Health:
    """What verification found: how much was checked, and the first thing that is wrong (None: nothing)."""

    rows: int
    heads: int
    compared: int
    fault: Message | None


def verify(session: Session, signer: Signer) -> Health:
    """Check everything; stop at the first row altered, removed or reordered, or the first state that disagrees.

    Rows that still wait for their place (their process was killed before it gave them one) count as told: the next
    change of anything gives them their place.
    """
    entries = dict(rows_of(session, RecordEntry))
    leaves = list(session.exec(select(RecordLeaf).order_by(col(RecordLeaf.seq))))
    heads = [head for _, head in rows_of(session, RecordHead)]
    fault = _tree_fault(entries, leaves, heads, signer)
    compared = 0
    fault = fault or _key_fault(session, entries)
    if fault is None:
        placed = dict.fromkeys(leaf.entry_id for leaf in leaves)
        told = last_told(entries[id] for id in [*placed, *(id for id in entries if id not in placed)])
        compared = len(told)
        fault = next(_state_faults(session, told), None)
    return Health(len(entries), len(heads), compared, fault)


def rows_of(session: Session, model: type[Table]) -> Iterator[tuple[Any, Table | None]]:
    """(primary key, row) of a whole table by its key; the row is None when what stands in it cannot be read at all."""
    key = inspect(model).primary_key[0]
    query = select(model).order_by(key).execution_options(unscoped=True)
    try:
        for row in session.exec(query).all():
            yield inspect(row).identity[0], row
    except UNREADABLE:
        for id in session.exec(select(key).order_by(key).execution_options(unscoped=True)).all():
            try:
                yield id, session.exec(query.where(key == id)).one()
            except UNREADABLE:
                yield id, None


UNREADABLE = (ValueError, TypeError, Broken)
"""What reading a row raises when its date, JSON or ciphertext is none."""


def _tree_fault(
    entries: Mapping[int, RecordEntry | None],
    leaves: list[RecordLeaf],
    heads: list[RecordHead | None],
    signer: Signer,
) -> Message | None:
    if None in heads:
        return msg("A signed head of the record cannot be read: it was altered.")
    signed = {head.size: head for head in heads if head}
    frontier: list[str] = []
    since = 0
    for position, leaf in enumerate(leaves):
        if leaf.seq != position:
            return msg("Row {seq} of the record was removed or moved.", seq=position)
        if fault := _row_fault(entries, leaf):
            return fault
        frontier = merkle.append(frontier, position, leaf.leaf)
        head = signed.pop(position + 1, None)
        if head is None:
            continue
        if not signer.accepts(head):
            return msg("The signed head over {size} rows does not carry this registry's signature.", size=head.size)
        if head.root != merkle.root(frontier):
            return msg(
                "Rows {first} to {last} of the record were altered or reordered: they do not give the signed head.",
                first=since,
                last=position,
            )
        if head.frontier != frontier:
            return msg("The signed head over {size} rows would lead to wrong heads after it.", size=head.size)
        since = position + 1
    if signed:
        return msg(
            "Row {seq} of the record was removed: a signed head covers {size} rows.", seq=len(leaves), size=max(signed)
        )
    if since != len(leaves):
        return msg("Rows {first} to {last} of the record are under no signed head.", first=since, last=len(leaves) - 1)
    waiting = [id for id, entry in entries.items() if entry is None]
    return msg("Row {seq} of the record cannot be read: it was altered.", seq=len(leaves)) if waiting else None


def _row_fault(entries: Mapping[int, RecordEntry | None], leaf: RecordLeaf) -> Message | None:
    if leaf.entry_id not in entries:
        return msg("Row {seq} of the record was removed.", seq=leaf.seq)
    entry = entries[leaf.entry_id]
    if entry is None:
        return msg("Row {seq} of the record cannot be read: it was altered.", seq=leaf.seq)
    if entry.leaf() != leaf.leaf:
        return msg(
            "Row {seq} of the record was altered ({verb} on {subject}, {at}).",
            seq=leaf.seq,
            verb=entry.verb,
            subject=entry.subject,
            at=entry.at.isoformat(),
        )
    return None


def _key_fault(session: Session, entries: Mapping[int, RecordEntry | None]) -> Message | None:
    """The first row that its history does not show, or shows where it tells nothing."""
    found: dict[int, set[str]] = {}
    for key, id in session.exec(select(RecordKey.key, RecordKey.entry_id)):
        found.setdefault(id, set()).add(key)
    for seq, (id, entry) in enumerate(entries.items()):
        if entry and found.pop(id, set()) != entry.state.keys():
            return msg("Row {seq} of the record is not found by what it tells: its keys were altered.", seq=seq)
    return msg("Keys stand for rows that the record does not have.") if found else None


def last_told(entries: Iterable[RecordEntry | None]) -> dict[str, dict[str, object]]:
    """`table:key` → its outcome columns as the record told them last."""
    told: dict[str, dict[str, object]] = {}
    for entry in filter(None, entries):
        told.update(entry.state)
    return told


def _state_faults(session: Session, told: dict[str, dict[str, object]]) -> Iterator[Message]:
    left = dict(told)
    for model in tracked_models():
        for id, row in rows_of(session, model):
            key = f"{model.__tablename__}:{id}"
            said = left.pop(key, None)
            if said is None:
                yield msg("{row} stands in the tables but was never recorded.", row=key)
            elif row is None:
                yield msg("{row} cannot be read: it was altered.", row=key)
            else:
                now = {name: jsonable(value) for name, value in outcome_of(row).items()}
                for name, value in now.items():
                    if said.get(name) != value:
                        yield msg("{row} disagrees with the record in {column}.", row=key, column=name)
    for key in left:
        yield msg("{row} is in the record but no longer in the tables.", row=key)
