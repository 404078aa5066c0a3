"""Proofs from the record that anybody can check without this program."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import col, select

from registry.base.errors import NotFound
from registry.base.i18n import msg
from registry.store import merkle
from registry.store.record import RecordEntry, RecordHead, RecordLeaf, Signer, head, leaves
from registry.store.session import ReadSession
from registry.store.title import Title


def head_json(newest: RecordHead | None, signer: Signer) -> dict[str, Any]:
    """A signed head as others keep it."""
    if newest is None:
        return {"size": 0, "root": merkle.EMPTY}
    return {
        "size": newest.size,
        "root": newest.root,
        "at": newest.at.isoformat(),
        "signature": newest.signature,
        "public_key": signer.public,
    }


def title_proof(session: ReadSession, signer: Signer, number: str) -> dict[str, Any]:
    """The newest row about a title, its place and its path to the signed head (RFC 9162). Raises NotFound.

    `leaf` is SHA-256 of a zero byte and `row` as JSON in UTF-8 with sorted keys and no spaces.
    """
    title = session.exec(select(Title).where(Title.number == number)).one_or_none()
    entry = (
        title
        and session.exec(
            select(RecordEntry)
            .where(RecordEntry.subject == f"title:{title.id}")
            .order_by(col(RecordEntry.id).desc())
            .limit(1)
        ).one_or_none()
    )
    if not entry:
        raise NotFound(msg("There is no title “{number}”.", number=number))
    (placed,), newest = placed_rows(session, [entry])
    return {
        "number": number,
        "verb": entry.verb,
        "at": entry.at.isoformat(),
        "state": entry.state.get(f"title:{title.id}") if title else None,
        **placed,
        "head": head_json(newest, signer),
    }


def placed_rows(session: ReadSession, entries: Sequence[RecordEntry]) -> tuple[list[dict[str, Any]], RecordHead | None]:
    """(rows with leaf, place and path; the newest head) of rows of the record. One that waits for its place is left out."""
    newest = head(session)
    hashes = [leaf.leaf for leaf in leaves(session)][: newest.size if newest else 0]
    query = select(RecordLeaf).where(col(RecordLeaf.entry_id).in_([e.id for e in entries]))
    places = {leaf.entry_id: leaf.seq for leaf in session.exec(query) if leaf.seq < len(hashes)}
    paths = merkle.inclusion_proofs(hashes, sorted(places.values()))
    placed = [(entry, seq) for entry in entries if (seq := places.get(entry.id or 0)) is not None]
    return [
        {
            "row": entry.said() | {"at": entry.at.isoformat()},
            "leaf": hashes[seq],
            "index": seq,
            "path": paths[seq],
        }
        for entry, seq in placed
    ], newest
