"""How the collector of cyclic garbage works in a process that serves.

An answer is a tree of some thousand components that lives for as long as it takes to draw it.
With Python's own settings the tree is half old before it is dropped, so every tenth answer or so
waits for a walk over all that was ever imported: 150 to 200 ms on top of 50.
"""

from __future__ import annotations

import atexit
import gc

NEW_OBJECTS = 50_000
"""Objects, more made than dropped, before the young ones are looked through: several answers."""


def keep_what_is_loaded() -> None:
    """Take everything that is there now out of later collections, and collect less often."""
    gc.collect()
    gc.freeze()
    atexit.register(gc.unfreeze)  # the last collection, at the end, tidies up everything
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])
