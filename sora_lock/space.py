"""The hosted Space: reads `Spacefile`, writes the README's front matter, and creates the Space on request.

Place in the path: beside it. huggingface_hub is imported only by `push`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from sora_lock.errors import EngineUnavailableError, InputError

ROOT = Path(__file__).resolve().parent.parent
FRONT = "---\n"


def plan(root: Path = ROOT) -> dict[str, Any]:
    """Spacefile as a mapping.

    Raises:
        InputError: when it is missing, no YAML mapping, or lacks what a Space needs.
    """
    try:
        read = yaml.safe_load((root / "Spacefile").read_text())
    except FileNotFoundError:
        raise InputError(f"There is no Spacefile in {root}.") from None
    except yaml.YAMLError as error:
        raise InputError(f"Spacefile is no YAML: {error}") from None
    wanted = {"title", "sdk", "sdk_version", "app_file", "space"}
    if not isinstance(read, dict) or wanted - read.keys():
        missing = wanted - (read.keys() if isinstance(read, dict) else set())
        raise InputError(f"Spacefile lacks {', '.join(sorted(missing))}.")
    if len(str(read.get("short_description", ""))) > 60:
        raise InputError("Spacefile: short_description may have 60 characters at most.")
    return read


def front_matter(spacefile: dict[str, Any]) -> str:
    """The README's front matter: all of Spacefile but its `space` part."""
    shown = {k: v for k, v in spacefile.items() if k != "space"}
    return FRONT + yaml.safe_dump(shown, sort_keys=False, allow_unicode=True) + FRONT


def write_front_matter(spacefile: dict[str, Any], root: Path = ROOT) -> bool:
    """Makes the README begin with `front_matter`; returns whether it changed."""
    path = root / "README.md"
    text = path.read_text()
    body = text.partition(FRONT)[2].partition("\n" + FRONT)[2] if text.startswith(FRONT) else text
    wanted = front_matter(spacefile) + ("" if body.startswith("\n") else "\n") + body
    if wanted == text:
        return False
    path.write_text(wanted)
    return True


def push(spacefile: dict[str, Any], root: Path = ROOT) -> str:
    """Creates the Space (if need be) and uploads the tree; returns its address.

    Raises:
        EngineUnavailableError: without a token, or when the hub refuses.
    """
    from huggingface_hub import HfApi, get_token
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    if not get_token():
        raise EngineUnavailableError("No token for the hub: log in with `hf auth login`, then push again.")
    told, api = spacefile["space"], HfApi()
    try:
        made = api.create_repo(
            told["repo"],
            repo_type="space",
            space_sdk=spacefile["sdk"],
            private=told.get("private", False),
            exist_ok=True,
        )
        for key, value in told.get("variables", {}).items():
            api.add_space_variable(told["repo"], key, str(value))
        left_out = [p for name in told.get("leave_out", []) for p in (name, f"{name}/**")]
        api.upload_folder(
            repo_id=told["repo"], repo_type="space", folder_path=root, ignore_patterns=[*left_out, "**/__pycache__/**"]
        )
    except (HfHubHTTPError, OfflineModeIsEnabled, OSError) as error:
        raise EngineUnavailableError(f"The hub did not take the Space: {error}") from None
    return str(made)
