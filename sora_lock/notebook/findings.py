"""Continuity of one take in the inspector: per attribute how it was held, what the judge says, and what there is to look at.

Place in the path: within the inspector. What held is one row, with its evidence and the score over the frames small; what drifted shows them at once.
"""

from __future__ import annotations

from sora_lock.continuity import explain
from sora_lock.edit_frames import in_words, shown
from sora_lock.export.report import said_once
from sora_lock.notebook.feed import in_order, placed
from sora_lock.notebook.text import button, esc, percent
from sora_lock.records import Finding, Grip, Shot, Take

STATUS = {"pass": "held", "flag": "drifted", "not_seen": "not seen"}
CURVE_W, CURVE_H, EDGE = 120, 60, 6


def continuity(take: Take) -> str:
    """The section as HTML, lock by lock."""
    rows = []
    for lock in placed(take):
        grips, findings = take.grips.get(lock, {}), take.report.get(lock, {})
        if grips or findings:
            rows.append(f'<tr class="lock"><th colspan="4" scope="rowgroup">@{esc(lock)}</th></tr>')
        labels = explain(findings, take.recipe.direction)
        names = in_order({**grips, **findings})
        told = [findings.get(name) for name in names]
        unseen = said_once([f.words if f is not None and f.status == "not_seen" else "" for f in told])
        for name, finding, why in zip(names, told, unseen, strict=True):
            rows.append(_row(name, grips.get(name), finding, why, labels.get(name, ""), take.recipe.shot))
    return (
        '<section class="continuity"><h3>Continuity</h3><table><thead class="sr"><tr><th>attribute</th><th>grip</th>'
        f"<th>status</th><th>evidence</th></tr></thead><tbody>{''.join(rows)}</tbody></table></section>"
    )


def _row(attribute: str, grip: Grip | None, finding: Finding | None, unseen: str, label: str, shot: Shot) -> str:
    """One attribute; `unseen` is what is said below it where it was not seen, `label` what the direction asked for."""
    held = '<td class="g"></td>'
    if grip:
        title = f"{percent(grip.core)} of the region is core." + (f" {grip.note}" if grip.note else "")
        held = (
            f'<td class="g {esc(grip.grip)}" title="{esc(title)}">{esc(grip.grip)}'
            f'<span class="core"><i style="width:{100 * grip.core:.0f}%"></i></span></td>'
        )
    if finding is None:
        return f'<tr class="free"><td class="a">{esc(attribute)}</td>{held}<td class="s">not judged</td><td class="e"></td></tr>'
    score = f"<b>{finding.score:.2f}</b>" if finding.score is not None else ""
    limit = f" (limit {finding.threshold:.2f})" if finding.threshold is not None else ""
    words = esc(in_words(finding.words))
    drifted = finding.status == "flag"
    small = "" if drifted else f'<div class="pair">{_pictures(attribute, finding)}</div>'
    row = (
        f'<tr class="{esc(finding.status)}"><td class="a">{esc(attribute)}</td>{held}'
        f'<td class="s" title="{words}{esc(limit)}"><i class="dot {esc(finding.status)}"></i>{esc(STATUS[finding.status])} {score} '
        f'{_jump(finding, shot)}{"" if drifted else curve(finding)}</td><td class="e">{small}</td></tr>'
    )
    if finding.status == "not_seen":
        words = esc(unseen)
    if finding.status == "pass" or not words:
        return row
    asked = f" {esc(label)}" if label else ""
    look = f'<div class="look">{_pictures(attribute, finding)}{curve(finding)}</div>' if drifted else ""
    return f'{row}<tr class="says {esc(finding.status)}"><td colspan="4">{words}{asked}{look}</td></tr>'


def _jump(finding: Finding, shot: Shot) -> str:
    """A press that shows the worst frame in the player, with the box around what it is about."""
    if finding.frame is None:
        return ""
    box = None
    if finding.box is not None:
        x0, y0, x1, y1 = finding.box
        sides = (y0 / shot.height, 1 - x1 / shot.width, 1 - y1 / shot.height, x0 / shot.width)
        box = " ".join(f"{100 * min(1.0, max(0.0, side)):.2f}%" for side in sides)
    more = {"box": box} if box else {}
    return button(
        str(shown(finding.frame)), "", kind="link", title="go to the worst frame", frame=finding.frame, **more
    ).replace(' data-act=""', " data-jump")


def _pictures(attribute: str, finding: Finding) -> str:
    """The crop beside the anchor, and the map of the drift where there is one."""
    kept = ((finding.evidence_sha256, "take beside anchor"), (finding.map_sha256, "where it drifted"))
    return "".join(
        f'<a href="/media/{esc(sha)}" target="_blank" rel="noopener" title="{words}">'
        f'<img src="/media/{esc(sha)}" alt="{esc(attribute)}: {words}" loading="lazy"></a>'
        for sha, words in kept
        if sha
    )


def curve(finding: Finding) -> str:
    """The score over the frames that were looked at as a small drawing, the dashed line being what is wanted; "" where nobody measured it."""
    if not finding.curve:
        return ""
    first, last = finding.curve[0][0], max(finding.curve[-1][0], finding.curve[0][0] + 1)

    def at(frame: int, score: float) -> tuple[float, float]:
        return EDGE + (CURVE_W - 2 * EDGE) * (frame - first) / (last - first), EDGE + (CURVE_H - 2 * EDGE) * (1 - score)

    points = [at(frame, score) for frame, score in finding.curve]
    limit = ""
    if finding.threshold is not None:
        limit = f'<path class="limit" d="M0 {at(first, finding.threshold)[1]:.1f}H{CURVE_W}"/>'
    told = ", ".join(f"{score:.2f} at {shown(frame)}" for frame, score in finding.curve)
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = "".join(
        f"M{x:.1f} {y:.1f}h0" for x, y in points
    )  # round ends without a length stay round however the drawing is stretched
    return (
        f'<svg class="curve" viewBox="0 0 {CURVE_W} {CURVE_H}" preserveAspectRatio="none" role="img" aria-label="score: {told}"><title>score: {told}</title>'
        f'{limit}<polyline points="{line}"/><path class="seen" d="{dots}"/></svg>'
    )
