"""Anchors and lock.json of every baked subject: the last step of `make assets`.

    .venv/bin/python -m assets.bake.anchors [NAME ...]

An anchor is the subject's reflectance seen from a stated view under even light (openness to the sky and a soft fall-off by slope, both
without colour), with coverage as alpha, beside a plate of region numbers. It runs in the project's own environment, through the same stage as
a take, so an anchor shows what a take could show. Sets are seen from each floor mark's default camera, without a figure.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from sora_lock.camera import Camera, Framing, path
from sora_lock.colour import srgb_from_linear
from sora_lock.engines.comp.stage import SUBS, Body, Mesh, SetPlate, Topology, set_plate
from sora_lock.media.images import png
from sora_lock.paths import ASSETS
from sora_lock.records import Anchor, Chip, Direction, Lock, Reading, plain
from sora_lock.subjects.baked import BakedSubject, load

FIGURE_VIEWS = (
    ("medium front", "medium", 0.0),
    ("medium left 35", "medium", -35.0),
    ("medium right 35", "medium", 35.0),
    ("close-up front", "close-up", 0.0),
    ("full front", "wide", 0.0),
)
FIGURE_PX, SET_PX = (640, 640), (960, 540)


def seen(subject: BakedSubject, camera: Camera) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """RGBA uint8 [H, W, 4] under even light, and region numbers uint8 [H, W] (0 outside, k is part k - 1)."""
    body = Body(subject, (0.0, 0.0, 0.0), 0.0, 1)
    plate = set_plate(Mesh(Topology([body]), [body.world(subject.posed({}, 0))]), camera)
    return _picture(plate, camera)


def _even(plate: SetPlate, which: str) -> tuple[torch.Tensor, torch.Tensor]:
    samples = getattr(plate, which)
    facing = (samples.normal * samples.view).sum(0).clamp(0, 1)
    light = (0.55 + 0.3 * facing + 0.15 * samples.normal[1]) * samples.open.clamp(0.25, 1).sqrt() * 1.15
    hit = (samples.region > 0).float()
    return samples.reflectance * light * hit, hit


def _picture(plate: SetPlate, camera: Camera) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    colour, hit = _even(plate, "centre")
    if len(plate.edge):
        edge = torch.from_numpy(plate.edge)
        more, hits = _even(plate, "subs")
        colour[:, edge] = (colour[:, edge] + more.reshape(3, -1, SUBS).sum(2)) / (SUBS + 1)
        hit[edge] = (hit[edge] + hits.reshape(-1, SUBS).sum(1)) / (SUBS + 1)
    h, w = camera.height, camera.width
    straight = (colour / hit.clamp(min=1e-3)).numpy().T.reshape(h, w, 3)
    rgb = np.rint(np.clip(srgb_from_linear(straight), 0, 1) * 255).astype(np.uint8)
    alpha = np.rint(hit.numpy().reshape(h, w, 1) * 255).astype(np.uint8)
    regions = plate.centre.region.numpy().reshape(h, w).astype(np.uint8)
    return np.concatenate([rgb * (alpha > 0), alpha], axis=2), regions


def _views(subject: BakedSubject) -> list[tuple[str, Camera]]:
    info = subject.info
    still = Direction("", (Chip("move", "static"),))
    if subject.kind == "character":
        about = info["character"]
        views = []
        for name, size, yaw in FIGURE_VIEWS:
            framing = Framing(tuple(about["eye_m"]), about["head_radius_m"], about["height_m"], 0.0, yaw, yaw)
            chips = Direction("", (Chip("size", size), *still.chips))
            views.append((name, path(chips, framing, *FIGURE_PX, 1, 0)[0]))
        return views
    views = []
    for name, mark in info["marks"].items():
        x, _, z = mark["position_m"]
        framing = Framing((x, 1.6, z), 0.12, 1.7, 0.0, mark["camera_deg"], mark["camera_deg"])
        chips = Direction("", (Chip("size", "wide"), *still.chips))
        views.append((f"from {name}", path(chips, framing, *SET_PX, 1, 0)[0]))
    return views


def make(folder: Path) -> Lock:
    """Writes `anchors/*.png` and `lock.json` into a subject's folder."""
    subject = load(folder)
    shelf = folder / "anchors"
    shelf.mkdir(exist_ok=True)
    for old in shelf.glob("*.png"):
        old.unlink()

    def keep(data: bytes) -> str:
        sha = hashlib.sha256(data).hexdigest()
        (shelf / f"{sha[:16]}.png").write_bytes(data)
        return sha

    anchors = []
    for view, camera in _views(subject):
        rgba, regions = seen(subject, camera)
        anchors.append(Anchor(view, keep(png(rgba, 9)), keep(png(regions, 9))))
    lock = Lock(
        name=folder.name,
        kind=subject.kind,
        version=1,
        subject=f"{folder.parent.name}/{folder.name}",
        subject_sha256=subject.subject_sha256,
        atlas_sha256=subject.atlas().atlas_sha256,
        regions=subject.regions,
        policies=subject.info["policies"]["default"],
        anchors=tuple(anchors),
        readiness=(
            Reading(
                "geometry", 1.0, "good", "Baked geometry and atlas: it can be lit, turned and checked from any side."
            ),
        ),
    )
    (folder / "lock.json").write_text(json.dumps(plain(lock), indent=1) + "\n")
    return lock


if __name__ == "__main__":
    torch.set_num_threads(1)
    wanted = sys.argv[1:]
    for info in sorted(ASSETS.glob("*/*/subject.json")):
        if not wanted or info.parent.name in wanted:
            made = make(info.parent)
            print(f"{made.subject}: {len(made.anchors)} anchors, lock {made.lock_sha256[:12]}")
