// The inspector's player: plays, steps by frame, counts frames as an edit does, and wipes against the anchor.
(() => {
  "use strict";
  const root = document.documentElement;
  const FIRST = 1001;
  const box = () => document.querySelector("#inspector .player[data-fps]");
  const film = () => { const b = box(); return b && b.querySelector("video"); };
  const rate = () => parseFloat(box().dataset.fps) || 24;
  const count = () => parseInt(box().dataset.frames, 10) || 1;
  const frame = () => { const v = film(); return v ? Math.max(0, Math.min(count() - 1, Math.floor(v.currentTime * rate() + 1e-3))) : 0; };
  const go = (to) => {
    const v = film();
    if (!v) return;
    v.pause();
    v.currentTime = (Math.max(0, Math.min(count() - 1, to)) + .5) / rate();
    show();
  };
  const toggle = () => { const v = film(); if (v) { if (v.paused) { v.muted = true; v.play().catch(() => {}); } else v.pause(); } };
  let wipe = 50;
  const setWipe = (share) => {
    wipe = Math.max(0, Math.min(100, share));
    root.style.setProperty("--wipe", wipe.toFixed(2) + "%");
    const grip = document.querySelector("#inspector .grip");
    if (grip) grip.setAttribute("aria-valuenow", Math.round(wipe));
  };
  const wiping = (on) => { root.classList.toggle("wiping", on === undefined ? !root.classList.contains("wiping") : on); setWipe(wipe); };

  // The box around what the worst frame is about; it goes with the first other frame.
  let boxed = null;
  const mark = (to, sides) => {
    boxed = sides ? to : null;
    root.classList.toggle("boxed", boxed !== null);
    if (sides) root.style.setProperty("--box", sides);
  };

  let scrubbing = false;
  const show = () => {
    const b = box(), v = film();
    if (!b || !v) { root.classList.remove("playing"); return; }
    root.classList.toggle("playing", !v.paused);
    const now = frame();
    if (boxed !== null && now !== boxed) mark(now, "");
    const out = b.querySelector("output.frame");
    if (out && out.textContent !== String(FIRST + now)) out.textContent = FIRST + now;
    const scrub = b.querySelector(".scrub");
    if (scrub && !scrubbing && +scrub.value !== now) scrub.value = now;
  };
  const loop = () => { show(); requestAnimationFrame(loop); };
  requestAnimationFrame(loop);

  let source = "";
  const drawn = () => {
    const v = film(), b = box();
    if (!v || !b) { source = ""; return; }
    if (v.src !== source) {
      source = v.src;
      mark(0, "");
      v.muted = true;
      v.currentTime = 0;
      v.play().catch(() => {});
      const list = b.querySelector("select.against");
      if (list) list.selectedIndex = 0;
    }
    const list = b.querySelector("select.against"), anchor = b.querySelector("img.anchor");
    if (list && anchor && list.value && !anchor.src.endsWith(list.value)) anchor.src = list.value;
  };

  document.addEventListener("click", (event) => {
    const pressed = event.target.closest && event.target.closest("[data-player]");
    if (pressed) ({ play: toggle, back: () => go(frame() - 1), on: () => go(frame() + 1), wipe: () => wiping() })[pressed.dataset.player]();
    const jump = event.target.closest && event.target.closest("[data-jump]");
    if (jump) { const to = parseInt(jump.dataset.frame, 10); go(to); mark(to, jump.dataset.box); }
    if (event.target.closest && event.target.closest("#inspector .screen") && !event.target.closest(".grip") && !root.classList.contains("wiping")) toggle();
  });
  document.addEventListener("input", (event) => {
    if (event.target.matches("#inspector .scrub")) { scrubbing = true; go(+event.target.value); scrubbing = false; }
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("#inspector select.against")) { const a = document.querySelector("#inspector img.anchor"); if (a) a.src = event.target.value; wiping(true); }
  });
  const drag = (event) => {
    const screen = document.querySelector("#inspector .screen");
    if (!screen) return;
    const r = screen.getBoundingClientRect();
    setWipe(100 * (event.clientX - r.left) / r.width);
  };
  document.addEventListener("pointerdown", (event) => {
    if (!root.classList.contains("wiping") || !event.target.closest || !event.target.closest("#inspector .screen")) return;
    event.preventDefault();
    drag(event);
    const up = () => { removeEventListener("pointermove", drag); removeEventListener("pointerup", up); };
    addEventListener("pointermove", drag);
    addEventListener("pointerup", up);
  });
  document.addEventListener("keydown", (event) => {
    if (!event.target.matches || !event.target.matches("#inspector .grip")) return;
    const by = { ArrowLeft: -2, ArrowRight: 2, ArrowDown: -2, ArrowUp: 2, Home: -100, End: 100 }[event.key];
    if (by) { event.preventDefault(); event.stopPropagation(); setWipe(wipe + by); }
  });

  Object.assign(window.soraLock, {
    frame: () => (film() ? frame() : ""),
    playerDrawn: drawn,
    playerKeys: { " ": toggle, ",": () => go(frame() - 1), ".": () => go(frame() + 1), w: () => wiping() },
  });
})();
