"""One spelling for one value, so that what is hashed today can be hashed again in ten years."""

from __future__ import annotations

import json
from datetime import UTC, datetime


def canonical(value: object) -> bytes:
    """JSON with sorted keys and no spaces, times in UTC to the microsecond."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=_utc).encode()


def _utc(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    raise TypeError(f"{type(value).__name__} has no place in the access log.")
