// The face box of a picture on its way into a lock: dragged over the picture or written into its field, each shows in the other.
(() => {
  "use strict";
  const figure = () => document.querySelector("#face-view figure[data-width]");
  const field = () => document.querySelector("#face input, #face textarea");
  const size = (at) => [+at.dataset.width, +at.dataset.height];
  const draw = () => {
    const at = figure();
    if (!at) return;
    const box = at.querySelector(".box"), [width, height] = size(at);
    const numbers = ((field() || {}).value || "").trim().split(/[\s,;]+/).map(Number);
    box.hidden = numbers.length !== 4 || numbers.some((n) => !Number.isFinite(n));
    if (box.hidden) return;
    const [x0, y0, x1, y1] = numbers;
    Object.assign(box.style, {
      left: (100 * x0) / width + "%", top: (100 * y0) / height + "%", width: (100 * (x1 - x0)) / width + "%", height: (100 * (y1 - y0)) / height + "%",
    });
  };
  const write = (to, text) => {
    if (!to || to.value === text) return;
    to.value = text;
    to.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const place = (at, event) => {
    const r = at.getBoundingClientRect(), [width, height] = size(at);
    const within = (v, most) => Math.round(Math.max(0, Math.min(most, v)));
    return [within((width * (event.clientX - r.left)) / r.width, width), within((height * (event.clientY - r.top)) / r.height, height)];
  };
  document.addEventListener("pointerdown", (event) => {
    const at = event.target.closest && event.target.closest("#face-view figure[data-width]");
    if (!at || event.button) return;
    const to = field();
    if (!to || !to.offsetParent) return; // a prop has no face
    event.preventDefault();
    const [x, y] = place(at, event);
    const least = size(at)[0] / 60; // less is a click, which takes the box away
    const move = (moved) => {
      const [u, v] = place(at, moved);
      const small = Math.abs(u - x) < least || Math.abs(v - y) < least;
      write(to, small ? "" : [Math.min(x, u), Math.min(y, v), Math.max(x, u), Math.max(y, v)].join(", "));
    };
    const up = (last) => { move(last); removeEventListener("pointermove", move); removeEventListener("pointerup", up); };
    addEventListener("pointermove", move);
    addEventListener("pointerup", up);
  });
  document.addEventListener("input", (event) => { if (event.target.closest && event.target.closest("#face")) draw(); });
  Object.assign(window.soraLock, { faceBox: draw, drawing: { size, write, place } });
})();
