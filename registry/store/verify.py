"""Verification of the record: the tree against its rows and heads, and today's tables against the record."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlmodel import Session, col, select

from registry.base.i18n import Message, msg
from registry.store import merkle
from registry.store.record import RecordEntry, RecordHead, RecordLeaf, Signer, jsonable, outcome_of, row_key
from registry.store.schema import tracked_models


@dataclass(frozen=True, slots=True)
class Health:
    """What verification found: how much was checked, and the first thing that is wrong (None: nothing)."""

    rows: int
    heads: int
    compared: int
    fault: Message | None


def verify(session: Session, signer: Signer) -> Health:
    """Check everything; stop at the first row altered, removed or reordered, or the first state that disagrees."""
    entries = {e.id: e for e in session.exec(select(RecordEntry))}
    leaves = list(session.exec(select(RecordLeaf).order_by(col(RecordLeaf.seq))))
    heads = list(session.exec(select(RecordHead).order_by(col(RecordHead.size))))
    fault = _tree_fault(entries, leaves, heads, signer)
    compared = 0
    if fault is None:
        told = last_told(entries[leaf.entry_id] for leaf in leaves)
        compared = len(told)
        fault = next(_state_faults(session, told), None)
    return Health(len(entries), len(heads), compared, fault)


def _tree_fault(
    entries: dict[int | None, RecordEntry],
    leaves: list[RecordLeaf],
    heads: list[RecordHead],
    signer: Signer,
) -> Message | None:
    signed = {head.size: head for head in heads}
    frontier: list[str] = []
    since = 0
    for position, leaf in enumerate(leaves):
        entry = entries.get(leaf.entry_id)
        if leaf.seq != position:
            return msg("Row {seq} of the record was removed or moved.", seq=position)
        if entry is None:
            return msg("Row {seq} of the record was removed.", seq=position)
        if entry.leaf() != leaf.leaf:
            return msg(
                "Row {seq} of the record was altered ({verb} on {subject}, {at}).",
                seq=position,
                verb=entry.verb,
                subject=entry.subject,
                at=entry.at.isoformat(),
            )
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
        since = position + 1
    if signed:
        return msg(
            "Row {seq} of the record was removed: a signed head covers {size} rows.", seq=len(leaves), size=max(signed)
        )
    if since != len(leaves):
        return msg("Rows {first} to {last} of the record are under no signed head.", first=since, last=len(leaves) - 1)
    return None


def last_told(entries: Iterator[RecordEntry]) -> dict[str, dict[str, object]]:
    """`table:key` → its outcome columns as the record told them last."""
    told: dict[str, dict[str, object]] = {}
    for entry in entries:
        told.update(entry.state)
    return told


def _state_faults(session: Session, told: dict[str, dict[str, object]]) -> Iterator[Message]:
    left = dict(told)
    for model in tracked_models():
        for row in session.exec(select(model).execution_options(unscoped=True)):
            key = row_key(row)
            said = left.pop(key, None)
            if said is None:
                yield msg("{row} stands in the tables but was never recorded.", row=key)
                continue
            now = {name: jsonable(value) for name, value in outcome_of(row).items()}
            for name, value in now.items():
                if said.get(name) != value:
                    yield msg("{row} disagrees with the record in {column}.", row=key, column=name)
    for key in left:
        yield msg("{row} is in the record but no longer in the tables.", row=key)
