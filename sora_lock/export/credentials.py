"""What is exported of engines that invent says so itself: a signed C2PA manifest with the source type, the model, the recipe and the locks.

Place in the path: export, after a file is written and before it reaches its place; nothing else signs. Comp's takes are renders of what people brought,
which their recipes reproduce bit for bit: they get no manifest, and stay the very bytes of the store. A film or a sheet that gathers takes gets one as soon
as one of them was generated, with each take as an ingredient. So do the pictures of an audition. Matroska holds no manifest, so a master's digest stands in that of its clip.

Source types are those of https://cv.iptc.org/newscodes/digitalsourcetype/, manifests those of https://c2pa.org/specifications/.
"""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sora_lock import __version__
from sora_lock.errors import MediaError
from sora_lock.export.certificate import Certificate, own_certificate
from sora_lock.media.manifests import carrier, read_credentials
from sora_lock.records import Lock, Take

if TYPE_CHECKING:
    from sora_lock.store import Store

SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
GENERATED, COMPOSITE = "trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia"
TAKES = "sora-lock.takes"
"""Label of our assertion: {"takes": [{take, recipe_sha256, engine, model, locks, ...}]}."""
DRAWN = "sora-lock.audition"
"""Label of our assertion in an audition's pictures: {"model", "seed"}."""
THUMBNAIL_PX, GROUND = 256, (33, 30, 27)
"""Longer side of a lock's anchor as it is shown, and what stands behind it."""
SETTINGS: Mapping[str, Any] = {
    "core": {"allowed_network_hosts": []},
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
    "builder": {"thumbnail": {"enabled": False}},
}


def generated(take: Take) -> bool:
    """Whether a model made pictures of it."""
    return take.recipe.shot.generation is not None


def source_type(take: Take) -> str:
    """The digital source type of a generated take: a composite where a held core was put back over what the model made."""
    held = any(grip.grip != "guided" for by in take.grips.values() for grip in by.values())
    return SOURCE_TYPES + (COMPOSITE if held else GENERATED)


def sign_drawn(path: Path, data: Path, model: str, seed: int, title: str) -> None:
    """Puts its manifest into a picture that an audition drew.

    Args:
        data: the data folder whose certificate signs.
        model: its identity, as `audition.json` has it; title: the name the file will have.

    Raises:
        As `Signing.sign_take`.
    """
    said = {DRAWN: {"model": model, "seed": seed}}
    agent = {"name": f"audition: {model}", "version": __version__}
    with _or_gone(path):
        _sign(path, _manifest(title, SOURCE_TYPES + GENERATED, agent, (), said), own_certificate(data))


class Signing:
    """Signs what is exported of one store; the certificate is made when the first file wants it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._certificate: Certificate | None = None

    def sign_take(self, path: Path, take: Take) -> bool:
        """Puts its manifest into a take's clip or poster; False, and nothing done, for a take that no model made.

        Raises:
            MediaError: when the file cannot be signed, or does not say afterwards what it should; it is gone then.
            StoreDamagedError, StoreUnwritableError: as `own_certificate`; the file is gone, too.
        """
        if not generated(take):
            return False
        with _or_gone(path):
            locks = [self._store.lock_by_sha(p.lock_sha256) for p in take.recipe.shot.placed]
            source = source_type(take)
            within = source.endswith(COMPOSITE)
            ingredients, pictures = [], {}
            for number, lock in enumerate(locks):
                label, picture = f"lock-{number}", f"lock-{number}.jpg"
                ingredients.append(_lock_ingredient(lock, label, picture, within))
                pictures[picture] = self._thumbnail(lock)
            shot = take.recipe.shot
            assert shot.generation is not None
            agent = {"name": f"{shot.engine}: {shot.generation.model}", "version": take.recipe.engine_version}
            placed = [i["label"] for i in ingredients] if within else []
            said = {TAKES: {"takes": [_told(take)]}}
            manifest = _manifest(path.name, source, agent, placed, said) | {"ingredients": ingredients}
            _sign(path, manifest, self._own(), pictures)
        return True

    def sign_gathering(self, path: Path, clips: Sequence[tuple[Take, Path]]) -> bool:
        """Puts a manifest into a film or sheet of several takes; False, and nothing done, when no model made any of them.

        Args:
            clips: the takes with their exported clips, in order; those that are signed bring their own manifests in.

        Raises:
            As `sign_take`.
        """
        if not any(generated(take) for take, _ in clips):
            return False
        parts = {f"take-{n}": (take.take, clip) for n, (take, clip) in enumerate(clips)}
        agent = {"name": "Sora Lock", "version": __version__}
        said = {TAKES: {"takes": [_told(take) for take, _ in clips if generated(take)]}}
        manifest = _manifest(path.name, SOURCE_TYPES + COMPOSITE, agent, list(parts), said)
        with _or_gone(path):
            _sign(path, manifest, self._own(), parts=parts)
        return True

    def _own(self) -> Certificate:
        if self._certificate is None:
            self._certificate = own_certificate(self._store.data)
        return self._certificate

    def _thumbnail(self, lock: Lock) -> bytes:
        """The lock's front anchor as a small JPEG."""
        import numpy as np

        from sora_lock.media.images import jpeg, read_own, resize

        rgba = read_own(self._store.blob(lock.anchors[0].image_sha256).read_bytes())
        share = min(1.0, THUMBNAIL_PX / max(rgba.shape[:2]))
        small = resize(rgba, max(1, round(rgba.shape[1] * share)), max(1, round(rgba.shape[0] * share)))
        cover = small[..., 3:].astype(np.float32) / 255
        over = small[..., :3] * cover + np.array(GROUND, np.float32) * (1 - cover)
        return jpeg(np.rint(over).astype(np.uint8), 80)


def _manifest(
    title: str, source: str, agent: Mapping[str, str], placed: Sequence[str], said: Mapping[str, Any]
) -> dict[str, Any]:
    """A manifest as the library wants it, without ingredients.

    Args:
        source: the digital source type; agent: name and version of what made it.
        placed: labels of the ingredients that can be seen in it.
        said: label -> data of our own assertions.
    """
    actions: list[dict[str, Any]] = [
        {"action": "c2pa.created", "digitalSourceType": source, "softwareAgent": dict(agent)}
    ]
    if placed:
        actions.append({"action": "c2pa.placed", "parameters": {"ingredientIds": list(placed)}})
    return {
        "claim_generator_info": [{"name": "Sora Lock", "version": __version__}],
        "title": title,
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": actions}},
            *({"label": label, "data": data} for label, data in said.items()),
        ],
    }


def _told(take: Take) -> dict[str, Any]:
    """What our assertion says of a take: nothing of what was written, who was seen, or where a model lies on somebody's disk."""
    shot = take.recipe.shot
    made = shot.generation
    assert made is not None
    return {
        "take": take.take,
        "recipe_sha256": take.recipe_sha256,
        "engine": shot.engine,
        "engine_version": take.recipe.engine_version,
        "model": made.model,
        "mode": made.mode,
        "seed": shot.seed,
        "master_sha256": take.files.get("master.mkv", ""),
        "locks": [{"name": p.name, "version": p.version, "lock_sha256": p.lock_sha256} for p in shot.placed],
        "grips": {name: {a: grip.grip for a, grip in by.items()} for name, by in take.grips.items()},
    }


def _lock_ingredient(lock: Lock, label: str, picture: str, within: bool) -> dict[str, Any]:
    """A lock as an ingredient: a part of the picture where its core was put back, else what the model was given."""
    return {
        "title": f"@{lock.name} v{lock.version}",
        "description": f"Sora Lock {lock.kind} {lock.name}, version {lock.version}, lock_sha256 {lock.lock_sha256}",
        "format": "image/png",
        "relationship": "componentOf" if within else "inputTo",
        "label": label,
        "instance_id": f"lock:sha256:{lock.lock_sha256}",
        "thumbnail": {"format": "image/jpeg", "identifier": picture},
    }


@contextmanager
def _or_gone(path: Path) -> Iterator[None]:
    """Whatever goes wrong within: what a model made does not stay without its manifest."""
    with ExitStack() as gone:
        gone.callback(path.unlink, missing_ok=True)
        yield
        gone.pop_all()


def _sign(
    path: Path,
    manifest: dict[str, Any],
    own: Certificate,
    pictures: Mapping[str, bytes] = {},
    parts: Mapping[str, tuple[str, Path]] = {},
) -> None:
    """Signs into a file beside `path`, reads that again, and only then puts it in its place.

    Args:
        pictures: name in the manifest -> JPEG.
        parts: label -> title and file of an ingredient.
    """
    import c2pa

    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    signer = c2pa.C2paSignerInfo(c2pa.C2paSigningAlg.ES256, own.chain_pem.encode(), own.key_pem, None)
    try:
        with ExitStack() as held:
            context = held.enter_context(c2pa.Context.from_dict(dict(SETTINGS)))
            builder = held.enter_context(c2pa.Builder(manifest, context))
            for identifier, picture in pictures.items():
                builder.add_resource(identifier, io.BytesIO(picture))
            for label, (title, file) in parts.items():
                told = {"title": title, "relationship": "componentOf", "label": label}
                builder.add_ingredient(told, carrier(file), held.enter_context(file.open("rb")))
            source, out = held.enter_context(path.open("rb")), held.enter_context(temporary.open("w+b"))
            builder.sign(held.enter_context(c2pa.Signer.from_info(signer)), carrier(path), source, out)
        _check(temporary, manifest, own)
        temporary.replace(path)
    except c2pa.C2paError as fault:
        raise MediaError(
            f"{manifest['title']} could not be given its content credentials ({' '.join(str(fault).split())[:120]}); it was not exported."
        ) from None
    finally:
        temporary.unlink(missing_ok=True)


def _check(path: Path, manifest: Mapping[str, Any], own: Certificate) -> None:
    """Reads a signed file again: signature and hashes must agree, and it must say what it was given to say.

    Raises:
        MediaError: when it does not.
    """
    name, found = manifest["title"], read_credentials(path, own.authority_pem)
    if found is None or found.state != "known":
        what = "it has none" if found is None else ", ".join(found.problems) or "signed by somebody else"
        raise MediaError(
            f"The content credentials of {name} do not hold when read again ({what}); it was not exported."
        )
    actions, *said = manifest["assertions"]
    told = found.assertion("c2pa.actions.v2") or {}
    types = [a.get("digitalSourceType") for a in told.get("actions", ())]
    titles = {i.get("title") for i in found.manifest.get("ingredients", ())}
    wanted = {i["title"] for i in manifest.get("ingredients", ())}
    kept = all(found.assertion(a["label"]) == a["data"] for a in said)
    if not kept or actions["data"]["actions"][0]["digitalSourceType"] not in types or not wanted <= titles:
        raise MediaError(f"The content credentials of {name} lost words when they were written; it was not exported.")
