"""The tree is the one of RFC 9162, however it is built, and every leaf of it can be proved."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from registry.store import merkle

LEAVES = st.lists(st.binary(max_size=4), max_size=40).map(lambda data: [merkle.leaf_hash(d) for d in data])


def test_roots_of_the_standards_own_examples() -> None:
    # The tree heads of the leaves that certificate-transparency implementations test with.
    data = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    leaves = [merkle.leaf_hash(bytes.fromhex(d)) for d in data]
    assert merkle.tree_root([]) == hashlib.sha256(b"").hexdigest()
    assert merkle.tree_root(leaves[:1]) == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert merkle.tree_root(leaves[:3]) == "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"
    assert merkle.tree_root(leaves) == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@given(LEAVES)
def test_tree_grown_leaf_by_leaf_is_the_tree_of_all_leaves(leaves: list[str]) -> None:
    frontier: list[str] = []
    for size, leaf in enumerate(leaves):
        assert merkle.root(frontier) == merkle.tree_root(leaves[:size])
        frontier = merkle.append(frontier, size, leaf)
    assert merkle.root(frontier) == merkle.tree_root(leaves)


@given(LEAVES.filter(bool), st.data())
def test_proof_of_a_leaf_holds_for_it_alone(leaves: list[str], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    path, root = merkle.inclusion_proof(leaves, index), merkle.tree_root(leaves)
    assert merkle.verify_inclusion(leaves[index], index, len(leaves), path, root)
    assert not merkle.verify_inclusion(merkle.leaf_hash(b"another"), index, len(leaves), path, root)
    assert not merkle.verify_inclusion(leaves[index], len(leaves), len(leaves), path, root)
    if path:
        assert not merkle.verify_inclusion(leaves[index], index, len(leaves), path[:-1], root)
