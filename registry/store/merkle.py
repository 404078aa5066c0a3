"""The Merkle tree of RFC 9162 (section 2.1) over the record, kept as a frontier so that appending is cheap."""

import hashlib
from collections.abc import Sequence


def leaf_hash(data: bytes) -> str:
    """Hash of a leaf's bytes (prefix 0x00)."""
    return hashlib.sha256(b"\x00" + data).hexdigest()


def node_hash(left: str, right: str) -> str:
    """Hash of an inner node (prefix 0x01)."""
    return hashlib.sha256(b"\x01" + bytes.fromhex(left) + bytes.fromhex(right)).hexdigest()


EMPTY = hashlib.sha256(b"").hexdigest()


def append(frontier: Sequence[str], size: int, leaf: str) -> list[str]:
    """The frontier (roots of the perfect subtrees, largest first) of `size` leaves after one more."""
    result = [*frontier, leaf]
    while size & 1:  # a full pair on this level joins into the next
        right, left = result.pop(), result.pop()
        result.append(node_hash(left, right))
        size >>= 1
    return result


def root(frontier: Sequence[str]) -> str:
    """The tree's head from its frontier."""
    if not frontier:
        return EMPTY
    result = frontier[-1]
    for subtree in reversed(frontier[:-1]):
        result = node_hash(subtree, result)
    return result


def tree_root(leaves: Sequence[str]) -> str:
    """The head over all leaves, as section 2.1.1 defines it."""
    if not leaves:
        return EMPTY
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return node_hash(tree_root(leaves[:k]), tree_root(leaves[k:]))


def split(n: int) -> int:
    """The largest power of two smaller than n."""
    return 1 << (n - 1).bit_length() - 1


def inclusion_proof(leaves: Sequence[str], index: int) -> list[str]:
    """The audit path of a leaf (section 2.1.3.1)."""
    if len(leaves) <= 1:
        return []
    k = split(len(leaves))
    if index < k:
        return [*inclusion_proof(leaves[:k], index), tree_root(leaves[k:])]
    return [*inclusion_proof(leaves[k:], index - k), tree_root(leaves[:k])]


def inclusion_proofs(leaves: Sequence[str], indexes: Sequence[int]) -> dict[int, list[str]]:
    """The audit paths of several leaves: what lies beside them is hashed once, however many they are."""

    def walk(first: int, last: int, wanted: Sequence[int]) -> tuple[str, dict[int, list[str]]]:
        if not wanted or last - first == 1:
            return tree_root(leaves[first:last]), {index: [] for index in wanted}
        middle = first + split(last - first)
        left, before = walk(first, middle, [i for i in wanted if i < middle])
        right, after = walk(middle, last, [i for i in wanted if i >= middle])
        paths = {i: [*path, right] for i, path in before.items()} | {i: [*path, left] for i, path in after.items()}
        return node_hash(left, right), paths

    return walk(0, len(leaves), indexes)[1] if leaves else {}


def verify_inclusion(leaf: str, index: int, size: int, path: Sequence[str], head: str) -> bool:
    """Whether the path leads from the leaf to the head (section 2.1.3.2)."""
    if index >= size:
        return False
    fn, sn, result = index, size - 1, leaf
    for sibling in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            result = node_hash(sibling, result)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            result = node_hash(result, sibling)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and result == head
