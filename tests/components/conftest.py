from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def assets() -> dict[str, str]:
    """Text of every asset by file name."""
    folder = Path(__file__).parents[2] / "assets"
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())}
