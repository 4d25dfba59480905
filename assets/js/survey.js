// The survey of a location still: drags over the picture write the fields, the fields draw over the picture, with a grid of metres and somebody at the mark.
(() => {
  "use strict";
  const NEXT = { horizon: "upright", upright: "mark", mark: "mark", "ground-end": "ground-end" };
  const MOST_POINTS = 14, TALL_M = 1.75, LENS = 26 / 36, EYE_M = 1.55, MARK_M = 4.5;
  let tool = "horizon";
  const figure = () => document.querySelector("#survey-view figure[data-width]");
  const field = (name) => document.querySelector(`#${name === "mark" ? "mark-px" : name} :is(input, textarea)`);
  const { size, place } = window.soraLock.drawing;
  const numbers = (name) => {
    const out = ((field(name) || {}).value || "").trim().split(/[\s,;]+/).filter(Boolean).map(Number);
    return out.some((n) => !Number.isFinite(n)) ? [] : out;
  };
  const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
  const unit = (a) => { const l = Math.hypot(...a) || 1; return a.map((v) => v / l); };
  // The same geometry as sora_lock/subjects/survey.py, so that what is seen here is what will be made.
  const camera = (width, height) => {
    const focal = LENS * Math.max(width, height);
    const ray = (x, y) => [(x - width / 2) / focal, (height / 2 - y) / focal, -1];
    let up = [0, 1, 0];
    const h = numbers("horizon");
    if (h.length === 4 && h[0] !== h[2]) {
      const [a, b] = h[0] < h[2] ? [ray(h[0], h[1]), ray(h[2], h[3])] : [ray(h[2], h[3]), ray(h[0], h[1])];
      up = unit(cross(b, a));
    }
    const back = unit([-up[2] * up[0], -up[2] * up[1], 1 - up[2] * up[2]]), right = cross(up, back);
    const world = (x, y) => { const d = ray(x, y); return [dot(d, right), dot(d, up), dot(d, back)]; };
    let eye = EYE_M;
    const u = numbers("upright"), tall = numbers("upright-m")[0] || TALL_M;
    if (u.length === 4) {
      const [foot, top] = u[1] > u[3] ? [world(u[0], u[1]), world(u[2], u[3])] : [world(u[2], u[3]), world(u[0], u[1])];
      if (foot[1] < -1e-4) {
        const at = [foot[0] / -foot[1], foot[2] / -foot[1]];
        const high = 1 + ((at[0] ** 2 + at[1] ** 2) / (at[0] * top[0] + at[1] * top[2])) * top[1];
        if (high > 0.02) eye = tall / high;
      }
    }
    const seen = (x, y, z) => {
      const v = [x, y - eye, z], c = [0, 1, 2].map((k) => right[k] * v[0] + up[k] * v[1] + back[k] * v[2]);
      return c[2] > -0.25 ? null : [width / 2 - (focal * c[0]) / c[2], height / 2 + (focal * c[1]) / c[2]];
    };
    const ground = (x, y) => { const d = world(x, y); return d[1] > -1e-4 ? null : [(d[0] * eye) / -d[1], (d[2] * eye) / -d[1]]; };
    return { seen, ground };
  };
  const draw = () => {
    const at = figure();
    if (!at) return;
    document.querySelectorAll("#survey-view [data-tool]").forEach((b) => b.classList.toggle("on", b.dataset.tool === tool));
    const [width, height] = size(at), svg = at.querySelector("svg"), view = camera(width, height);
    if (!svg) return;
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const lines = [];
    const line = (a, b, kind) => { if (a && b) lines.push(`<line class="${kind}" x1="${a[0]}" y1="${a[1]}" x2="${b[0]}" y2="${b[1]}"/>`); };
    for (let x = -5; x <= 5; x += 1) for (let z = 1; z < 14; z += 1) {
      line(view.seen(x, 0, -z), view.seen(x, 0, -z - 1), "grid");
      if (x < 5) line(view.seen(x, 0, -z), view.seen(x + 1, 0, -z), "grid");
    }
    const h = numbers("horizon"), u = numbers("upright"), m = numbers("mark"), g = numbers("ground-end");
    if (h.length === 4) line([h[0], h[1]], [h[2], h[3]], "horizon");
    if (u.length === 4) line([u[0], u[1]], [u[2], u[3]], "upright");
    for (let k = 0; k + 3 < g.length; k += 2) line([g[k], g[k + 1]], [g[k + 2], g[k + 3]], "end");
    const on = m.length === 2 ? view.ground(m[0], m[1]) : [0, -MARK_M];
    if (on) {
      const [x, z] = on, body = [[0.05, 0.5, 0.2], [0.52, 0.78, 0.36], [0.92, 0.93, 0.19]];
      for (const [low, high, wide] of body) {
        const a = view.seen(x, low * TALL_M, z), b = view.seen(x, high * TALL_M, z), c = view.seen(x + wide, low * TALL_M, z);
        if (a && b && c) lines.push(`<line class="figure" x1="${a[0]}" y1="${a[1]}" x2="${b[0]}" y2="${b[1]}" style="stroke-width:${Math.hypot(c[0] - a[0], c[1] - a[1])}px"/>`);
      }
    }
    svg.innerHTML = lines.join("");
  };
  const write = (name, text) => window.soraLock.drawing.write(field(name), text);
  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("#survey-view [data-tool]");
    if (button) { tool = button.dataset.tool; draw(); }
  });
  document.addEventListener("pointerdown", (event) => {
    const at = event.target.closest && event.target.closest("#survey-view figure[data-width]");
    if (!at || event.button) return;
    event.preventDefault();
    const begun = place(at, event), way = [begun], [width] = size(at), own = tool;
    const move = (moved) => {
      const now = place(at, moved);
      if (own === "mark") return write(own, now.join(", "));
      if (own === "ground-end") {
        const last = way[way.length - 1];
        if (Math.abs(now[0] - last[0]) > width / MOST_POINTS) way.push(now);
        const points = [...way, now].filter((p, k, all) => !k || p[0] !== all[k - 1][0]).sort((a, b) => a[0] - b[0]);
        return write(own, points.length > 1 ? points.flat().join(", ") : "");
      }
      const short = Math.hypot(now[0] - begun[0], now[1] - begun[1]) < width / 60; // less is a click, which takes the line away
      return write(own, short ? "" : [...begun, ...now].join(", "));
    };
    const up = (last) => {
      move(last);
      if (((field(own) || {}).value || "") !== "") tool = NEXT[own];
      draw();
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", up);
    };
    if (own === "mark") move(event);
    addEventListener("pointermove", move);
    addEventListener("pointerup", up);
  });
  document.addEventListener("input", (event) => { if (event.target.closest && event.target.closest("#survey")) draw(); });
  window.soraLock.survey = draw;
})();
