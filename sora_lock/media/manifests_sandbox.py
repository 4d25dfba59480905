"""The child process in which content credentials are read: the C2PA library parses the file, checks its hashes and its signature.

Place in the path: run by `manifests.read_credentials` as a script of its own (`python -I manifests_sandbox.py KIND ANCHORS`), so that a parser that
crashes, hangs or eats memory takes nothing along. It imports nothing of the package but its limits, and opens no connection.

Protocol: the file on standard input; ANCHORS are certificates in PEM, base64, or "-". On standard output one line of JSON: {"state": "none", "valid",
"known" or "invalid", "problems": [...], "manifest": {...}}, or {"error"}.
"""

from __future__ import annotations

import base64
import json
import runpy
import sys
from pathlib import Path
from typing import Any

import c2pa

MEMORY_BYTES, CPU_S, LONGEST, MOST_BYTES = 4 * 1024**3, 120, 300, 4 * 1024**2
"""Memory, seconds; characters of a fault, bytes of a manifest as JSON."""
limit = runpy.run_path(str(Path(__file__).with_name("sandbox_limits.py")))["limit"]
UNTRUSTED = "signingCredential.untrusted"
STATES = {"Valid": "valid", "Trusted": "known"}


def read(kind: str, anchors: str) -> dict[str, Any]:
    """What the file on standard input says of itself."""
    settings: dict[str, Any] = {
        "core": {"allowed_network_hosts": []},
        "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
    }
    if anchors:
        settings["trust"] = {"user_anchors": anchors}
    try:
        with (
            c2pa.Context.from_dict(settings) as context,
            c2pa.Reader(kind, sys.stdin.buffer, context=context) as reader,
        ):
            state, told = STATES.get(str(reader.get_validation_state()), "invalid"), json.loads(reader.json())
    except c2pa.C2paError as fault:
        if isinstance(fault, c2pa.C2paError.ManifestNotFound):
            return {"state": "none", "problems": [], "manifest": {}}
        return {"state": "invalid", "problems": [str(fault)[:LONGEST]], "manifest": {}}
    manifest = told["manifests"].get(told.get("active_manifest"), {})
    codes = dict.fromkeys(str(s.get("code")) for s in told.get("validation_status", ()))
    problems = [code for code in codes if code != UNTRUSTED]
    out = {"state": state, "problems": problems, "manifest": manifest}
    if len(json.dumps(out)) > MOST_BYTES:
        return {"error": "The manifest is too large to be shown."}
    return out


if __name__ == "__main__":
    limit(MEMORY_BYTES, CPU_S)
    given = "" if sys.argv[2] == "-" else base64.b64decode(sys.argv[2]).decode()
    sys.stdout.write(json.dumps(read(sys.argv[1], given)) + "\n")
