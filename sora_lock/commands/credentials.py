"""The command that shows what a file's content credentials say: ours or anybody's, and whether they hold.

Place in the path: on top; `media.manifests` reads and checks, `export.credentials` is what writes ours.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Mapping
from typing import Any

from sora_lock.commands.opening import Result
from sora_lock.errors import InputError, NotFoundError
from sora_lock.export.certificate import own_authority
from sora_lock.export.credentials import TAKES
from sora_lock.media.manifests import Credentials, read_credentials

LONGEST = 200
"""Characters shown of one text."""
SOURCES: Mapping[str, str] = {
    "trainedAlgorithmicMedia": "made by a model",
    "compositeWithTrainedAlgorithmicMedia": "a composite with parts made by a model",
}
"""What a digital source type means, where this program writes it."""


def credentials(args: Namespace) -> Result:
    """Says what the manifest of a file says; status 1 when it does not hold."""
    if not args.file.exists():
        raise NotFoundError(f"There is no file {args.file}.")
    if not args.file.is_file():
        raise InputError(f"{args.file} is no file; name one.")
    found = read_credentials(args.file, own_authority(args.data))
    row: dict[str, Any] = {"file": str(args.file), "state": found.state if found else "none", "on_a_trust_list": False}
    if found is None:
        return row, [f"{args.file.name} carries no content credentials."], 0
    manifest = found.manifest
    actions = _list(_dict(_first(found, ("c2pa.actions.v2", "c2pa.actions"))).get("actions"))
    row |= {
        "problems": list(found.problems),
        "signed_by": _signer(manifest),
        "title": manifest.get("title"),
        "actions": actions,
        "ingredients": [
            {k: _dict(i).get(k) for k in ("title", "relationship", "description")}
            for i in _list(manifest.get("ingredients"))
        ],
        "takes": _list(_dict(found.assertion(TAKES)).get("takes")),
    }
    return row, [f"{args.file.name}: {_standing(found)}", *_lines(row)], 1 if found.state == "invalid" else 0


def _standing(found: Credentials) -> str:
    """Whether it holds and who says so, in words."""
    who = _text(_signer(found.manifest)) or "somebody without a name"
    if found.state == "invalid":
        return f"its content credentials do not hold ({_text('; '.join(found.problems))}): the file or what it says was changed."
    mine = (
        "this data folder's own certificate"
        if found.state == "known"
        else "a certificate that this data folder does not know"
    )
    return f"its content credentials hold; signed by “{who}”, {mine}, untrusted by lists: no list of trusted signers was asked."


def _lines(row: Mapping[str, Any]) -> Iterator[str]:
    """What was said to have been done, out of what, and of which takes."""
    for action in map(_dict, row["actions"]):
        kind = str(action.get("digitalSourceType") or "").rpartition("/")[2]
        agent = action.get("softwareAgent")
        by = (
            " ".join(str(_dict(agent).get(k, "")) for k in ("name", "version"))
            if isinstance(agent, dict)
            else agent or ""
        )
        said = [_text(action.get("action")), _text(SOURCES.get(kind, kind)), f"by {_text(by)}" if by else ""]
        yield "  " + ", ".join(s for s in said if s)
    for ingredient in row["ingredients"]:
        what = {"inputTo": "given to it", "componentOf": "in it"}.get(str(ingredient["relationship"]), "before it")
        about = f" ({_text(ingredient['description'])})" if ingredient["description"] else ""
        yield f"  {what}: {_text(ingredient['title'])}{about}"
    for take in map(_dict, row["takes"]):
        yield f"  take {_text(take.get('take'))}: {_text(take.get('model'))}, recipe {_text(take.get('recipe_sha256'))}"


def _first(found: Credentials, labels: tuple[str, ...]) -> Any:
    return next((told for told in map(found.assertion, labels) if told is not None), None)


def _signer(manifest: Mapping[str, Any]) -> str:
    """The name in the signer's certificate, else that of their organisation."""
    told = _dict(manifest.get("signature_info"))
    return str(told.get("common_name") or told.get("issuer") or "")


def _dict(x: Any) -> dict[str, Any]:
    """A mapping, or an empty one: what a file says may have any shape."""
    return x if isinstance(x, dict) else {}


def _list(x: Any) -> list[Any]:
    return x if isinstance(x, list) else []


def _text(x: Any) -> str:
    """Text from a file as one short line without control characters."""
    said = "".join(c if c.isprintable() else " " for c in str("" if x is None else x))
    return said if len(said) <= LONGEST else said[: LONGEST - 3] + "..."
