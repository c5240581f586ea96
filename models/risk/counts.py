"""Row counts inside a LightGBM model text, as if it had been grown on other rows.

TreeSHAP weighs the branches of a tree with the counts of rows that its text holds, and the
baseline is the mean margin over those rows. A booster trained on all cases and a sample of the
controls holds the counts of that sample; its "typical patient" would be too sick. Here the
counts become those of people as they come.
"""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
from lightgbm import Booster

from models.arrays import Floats

_TREE = re.compile(r"^Tree=\d+\n", re.MULTILINE)
_END = "end of trees"


def recounted(text: str, rows: Floats, threads: int) -> str:
    """The same model with the counts of ``rows``; its margins stay as they are.

    Args:
        text: LightGBM model text of numerical splits.
        rows: shape (n, inputs), people as they come.
        threads: for the walk through the trees.

    Returns:
        Model text whose expected margin is the mean margin over ``rows``; a leaf that no row
        reaches counts one, so that no branch is impossible.
    """
    leaves = np.asarray(
        Booster(model_str=text).predict(rows, pred_leaf=True, num_threads=threads), dtype=np.int32
    )
    starts = [match.start() for match in _TREE.finditer(text)]
    edges = [*starts, text.index(_END)]
    trees = [
        _recounted_tree(text[start:end], leaves[:, tree])
        for tree, (start, end) in enumerate(zip(starts, edges[1:], strict=True))
    ]
    sizes = " ".join(str(len(tree.encode())) for tree in trees)
    head = re.sub(r"^tree_sizes=.*$", f"tree_sizes={sizes}", text[: starts[0]], flags=re.MULTILINE)
    return head + "".join(trees) + text[edges[-1] :]


def _recounted_tree(tree: str, leaf: npt.NDArray[np.int32]) -> str:
    leaves = int(_numbers(tree, "num_leaves")[0])
    if leaves == 1:
        return tree
    in_leaf = np.maximum(np.bincount(leaf, minlength=leaves), 1)
    left, right = _numbers(tree, "left_child"), _numbers(tree, "right_child")
    in_node = np.zeros(leaves - 1, dtype=np.int64)

    def count(child: int) -> int:
        return int(in_leaf[~child] if child < 0 else in_node[child])

    for node in reversed(range(leaves - 1)):  # a child is always numbered after its parent
        in_node[node] = count(left[node]) + count(right[node])
    return _replaced(_replaced(tree, "leaf_count", in_leaf), "internal_count", in_node)


def _numbers(tree: str, name: str) -> list[int]:
    found = re.search(rf"^{name}=(.*)$", tree, flags=re.MULTILINE)
    if found is None:
        raise ValueError(f"The model text has a tree without {name}.")
    return [int(word) for word in found[1].split()]


def _replaced(tree: str, name: str, numbers: npt.NDArray[np.int64]) -> str:
    words = " ".join(map(str, numbers))
    return re.sub(rf"^{name}=.*$", f"{name}={words}", tree, flags=re.MULTILINE)
