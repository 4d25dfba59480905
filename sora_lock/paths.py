"""Where things lie: the data folder, the shipped assets.

Place in the path: under it. The data folder is never the current directory: a history that depends on where a shell stood is lost.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ASSETS = Path(__file__).resolve().parent.parent / "assets"


def default_data() -> Path:
    """`$SORA_LOCK_DATA`, else the platform's folder for user data with `sora-lock` in it."""
    if told := os.environ.get("SORA_LOCK_DATA"):
        return Path(told).expanduser().resolve()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "sora-lock"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "sora-lock"
    return Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share")) / "sora-lock"


def shipped(*kinds: str) -> dict[str, Path]:
    """Name -> folder of the shipped subjects; `kinds` are "cast" and "sets", both in this order unless given."""
    return {
        p.parent.name: p.parent
        for kind in kinds or ("cast", "sets")
        for p in sorted(ASSETS.glob(f"{kind}/*/lock.json"))
    }
