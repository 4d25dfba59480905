"""Content credentials (C2PA) of a file: what its manifest says, and whether the file is still what was signed.

Place in the path: under the export, which reads again what it signed, and the command that shows anybody's. Read in a child process with limits, as
everything from outside is; nothing is fetched from elsewhere.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sora_lock.errors import MediaError
from sora_lock.media.child import decoded
from sora_lock.media.probe import sniff

WALL_S = 150
CARRIERS = frozenset({"png", "jpeg", "webp", "tiff", "gif", "avif", "heic", "mp4", "mov", "avi", "pdf"})
"""Kinds of file (`probe.sniff`) that can hold a manifest."""


@dataclass(frozen=True)
class Credentials:
    """What a file's active manifest says.

    Attributes:
        state: "valid": signature and hashes agree with the file; "known": so, and the signer's authority is one of those that were given; "invalid":
            something does not agree.
        problems: what does not agree, in the specification's codes or the library's words.
        manifest: title, assertions, ingredients, signature_info, ... as the C2PA library tells them; text from outside.
    """

    state: Literal["valid", "known", "invalid"]
    problems: tuple[str, ...]
    manifest: Mapping[str, Any]

    def assertion(self, label: str) -> Any:
        """The data of the first assertion of that label; None without one."""
        return next((a.get("data") for a in self.manifest.get("assertions", ()) if a.get("label") == label), None)


def carrier(path: Path) -> str:
    """Which kind of file it is, of those that can hold a manifest, by its first bytes.

    Raises:
        MediaError: for a kind that cannot, or that is not known.
    """
    with path.open("rb") as file:
        kind = sniff(file.read(512))
    if kind not in CARRIERS:
        raise MediaError(
            f"{path.name} is {kind.upper()}, which holds no content credentials; wanted MP4, PNG, JPEG or PDF."
        )
    return kind


def read_credentials(path: Path, anchors: str = "") -> Credentials | None:
    """Reads and checks a file's credentials; None where it has none.

    Args:
        anchors: certificates (PEM) of authorities that are known here.

    Raises:
        MediaError: for a kind of file that cannot hold any, or one that does not decode within its limits.
    """
    given = base64.b64encode(anchors.encode()).decode() if anchors else "-"
    told, _ = decoded("manifests_sandbox.py", carrier(path), path, given, wall_s=WALL_S)
    if told["state"] == "none":
        return None
    return Credentials(told["state"], tuple(told["problems"]), told["manifest"])
